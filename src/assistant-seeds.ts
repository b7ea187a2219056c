import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { isJsonObject, type JsonObject } from './domain/json.ts';
import { configFaults } from './domain/run-options.ts';
import type { AssistantSeed } from './orchestrator/ports/deployment.ts';

const jsonObject = z.custom<JsonObject>(isJsonObject, 'must be a JSON object');
const schema = z.record(
  z.string(),
  z
    .looseObject(
      {
        configurable: jsonObject.optional(),
        context: jsonObject.optional(),
      },
      'must be a JSON object',
    )
    .superRefine(({ context: _context, ...config }, check) => {
      for (const { path, message } of configFaults(config as JsonObject, null))
        check.addIssue({ code: 'custom', path: [...path], message });
    })
    .refine(({ configurable, context }) => configurable === undefined || context === undefined, 'give configurable or context, not both'),
  'must be a JSON object of graph ids',
);

/**
 * LANGGRAPH_CONFIG: a JSON map from graph ids to what their default assistants begin with, { configurable?, tags?, recursion_limit?, …,
 * context? }. Its values may be secrets: no error repeats them.
 *
 * @throws ConfigError for what isn't that
 */
export function readAssistantSeeds(text: string | undefined): Readonly<Record<string, AssistantSeed>> {
  if (text === undefined || text.trim() === '') return {};
  const parsed = schema.safeParse(parse(text));
  if (!parsed.success) {
    const told = parsed.error.issues.map(({ path, message }) => `${path.length === 0 ? '' : `${path.join('.')}: `}${message}`);
    throw new ConfigError(`LANGGRAPH_CONFIG: ${told.join('; ')}`);
  }
  return Object.fromEntries(
    Object.entries(parsed.data).map(([graphId, { context = {}, ...config }]) => [graphId, { config: config as JsonObject, context }]),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigError('LANGGRAPH_CONFIG: must be JSON, such as {"agent":{"context":{"model":"…"}}}');
  }
}
