import type { DefaultAssistants } from './assistants/default-assistants.ts';
import { findAssistant } from './assistants/find-assistant.ts';
import type { Context } from './context.ts';
import { createRun } from './create-run.ts';
import type { CreateRunOutcome, CreateStatelessRun } from './orchestrator.ts';
import { createThread, deleteThread } from './threads.ts';

/** A run on a thread of its own. If the run is refused, the thread is gone again. */
export async function createStatelessRun(
  deps: Context & { readonly defaults: DefaultAssistants },
  { keepThread, ...command }: CreateStatelessRun,
): Promise<CreateRunOutcome> {
  const assistant = await findAssistant(deps, command.owner, command.assistantId);
  if (assistant === null) return { kind: 'notFound', what: 'Assistant', id: command.assistantId };
  const { owner } = command;
  const metadata = { graph_id: assistant.graphId, assistant_id: assistant.id };
  const thread = await createThread(deps, { owner, metadata, ifExists: 'RAISE', temporary: !keepThread });
  if (thread.kind === 'exists') throw new Error(`The new id ${thread.id} is taken`);
  if (thread.kind === 'invalid') return thread;
  const outcome = await createRun(deps, { ...command, threadId: thread.value.id, strategy: 'ENQUEUE' });
  if (outcome.kind !== 'ok') await deleteThread(deps, { owner, threadId: thread.value.id });
  return outcome;
}
