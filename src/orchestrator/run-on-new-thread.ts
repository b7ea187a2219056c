import type { JsonObject } from '../domain/json.ts';
import type { Run } from '../domain/run.ts';
import { admitRun, type PreparedRun, type RunDeps, resumableOfNewThread } from './create-run.ts';
import type { CreateRunOutcome } from './orchestrator.ts';
import type { Signal } from './ports/signals.ts';
import type { Tx } from './ports/store.ts';
import { newThread } from './threads.ts';

export type RunRefusal = Exclude<CreateRunOutcome, { kind: 'ok' }>;

/** Rolls the transaction back: a run that is refused must not leave its thread behind, nor the runs that were admitted with it. */
export class RunRefused extends Error {
  readonly refusal: RunRefusal;
  constructor(refusal: RunRefusal) {
    super(`The run was refused: ${refusal.kind}`);
    this.refusal = refusal;
  }
}

/** What the thread is made with; a temporary one is discarded after its run. */
export type NewThreadFields = { readonly metadata: JsonObject; readonly temporary: boolean };

/** Stores the thread of a prepared run, and the run on it, within the caller's transaction. Signals are for the caller to send after the commit. Throws RunRefused. */
export async function admitOnNewThread(
  deps: RunDeps,
  tx: Tx,
  { request }: PreparedRun,
  { metadata, temporary }: NewThreadFields,
): Promise<{ readonly run: Run; readonly signals: readonly Signal[] }> {
  const { threadId: id, command } = request;
  const ttl = temporary ? null : deps.options.defaultTtl;
  if (!(await tx.threads.insert(newThread({ id, owner: command.owner, metadata, temporary, ttl }, tx.now))))
    throw new Error(`The new id ${id} is taken`);
  const { command: asked } = request.valid;
  const decided = await admitRun(deps, tx, request, asked === null || !('resume' in asked) ? null : resumableOfNewThread(asked));
  if (decided === 'STATE_CHANGED') throw new Error(`The run on the new thread ${id} was checked against another state`);
  if (decided.outcome.kind !== 'ok') throw new RunRefused(decided.outcome);
  return { run: decided.outcome.value, signals: decided.signals };
}
