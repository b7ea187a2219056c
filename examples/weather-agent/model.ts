import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { DemoChatModel } from './demo-model.ts';
import type { Pace } from './pace.ts';

/**
 * Where the most used providers' keys are. Checked here, because not every package looks for its key before
 * the first call.
 */
const KEYS: Readonly<Record<string, string>> = { anthropic: 'ANTHROPIC_API_KEY', openai: 'OPENAI_API_KEY' };

/**
 * The model that the environment names: `INTERJECT_MODEL` (`provider:model`, as LangChain's `initChatModel`
 * takes it) or, without it, the demo's own. Rejects when the provider's package or key is missing.
 */
export async function chooseModel(env: NodeJS.ProcessEnv, pace: Pace): Promise<BaseChatModel> {
  const name = env['INTERJECT_MODEL'];
  if (name === undefined || name === '') return new DemoChatModel(pace);
  const refused = (reason: string, options?: ErrorOptions) =>
    new Error(`INTERJECT_MODEL is "${name}", but ${reason}`, options);

  const [provider = '', model] = name.split(/:(.*)/s);
  if (model === undefined)
    throw refused('it has to name the provider too, as in "openai:gpt-5" or "anthropic:claude-sonnet-4-5"');
  const key = KEYS[provider];
  if (key !== undefined && !env[key]) throw refused(`${key} is not set`);
  // Imported only where it is needed: it costs as much time as everything else here.
  const { initChatModel } = await import('langchain/chat_models/universal');
  try {
    return await initChatModel(name);
  } catch (cause) {
    throw refused(`that model can't be used: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
