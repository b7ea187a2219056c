import { isJsonObject, type Json } from '../../domain/json.ts';
import type { Run } from '../../domain/run.ts';
import type { JoinRunOutcome } from '../../orchestrator/orchestrator.ts';
import type { StateValuesJson } from '../../orchestrator/ports/graph-host.ts';
import type { RestDeps } from '../deps.ts';

/** What a joined run answers: the state it left, with its interrupts if it paused, or `__error__` (protocol.md §2.6). Never null. */
export async function runResult({ orchestrator }: RestDeps, outcome: JoinRunOutcome): Promise<Json> {
  if (outcome.kind !== 'joined') return { __error__: { error: 'NotFoundError', message: 'The run was removed before it ended.' } };
  const { run } = outcome;
  if (run.status === 'ERROR' || run.status === 'TIMEOUT') return { __error__: failureOf(run) };
  // A run that answered one of several questions, say, has written no checkpoint of its own: it left the thread's state as it is.
  const state = (await orchestrator.queries.valuesAfter(run)) ?? (await currentValues({ orchestrator }, run));
  const values = state?.values ?? {};
  if (run.endReason !== 'AWAITING_HUMAN') return values;
  const interrupts = Object.values(state?.interrupts ?? {})
    .flat()
    .map(({ id, value }) => ({ id, value }));
  return { ...(isJsonObject(values) ? values : {}), __interrupt__: interrupts };
}

/** How a run's failure is told: the name of what was thrown, or of what ended it. */
export function failureOf(run: Run): { readonly error: string; readonly message: string } {
  if (run.error !== null) return { error: run.error.name, message: run.error.message };
  if (run.status === 'TIMEOUT') return { error: 'TimeoutError', message: 'The run took longer than its limit.' };
  return { error: 'WorkerLostError', message: 'The processes that executed the run died too often.' };
}

async function currentValues({ orchestrator }: Pick<RestDeps, 'orchestrator'>, run: Run): Promise<StateValuesJson | null> {
  const thread = await orchestrator.queries.thread(run.owner, run.threadId);
  return thread === null ? null : orchestrator.queries.values(thread);
}
