import { type Cron, overdue } from '../../domain/cron.ts';
import { newThreadId, type ThreadId } from '../../domain/ids.ts';
import { nextStart } from '../../domain/schedule.ts';
import { unreachable } from '../../domain/unreachable.ts';
import { admitRun, type PreparedRun, prepareRun, type RunDeps } from '../create-run.ts';
import type { CreateRunOutcome } from '../orchestrator.ts';
import type { Signal } from '../ports/signals.ts';
import type { Tx } from '../ports/store.ts';
import { newThread } from '../threads.ts';
import { cronRun } from './cron-run.ts';

/** What became of a claimed occurrence. `lost`: it is another's by now, or nobody's; nothing was stored. */
export type Started = { readonly kind: 'started' | 'refused' | 'lost' };

type Refusal = Exclude<CreateRunOutcome, { kind: 'ok' }>;
type Occurrence = { readonly claimed: Cron; readonly threadId: ThreadId; readonly prepared: PreparedRun };

/** Rolls the transaction back: nothing of a run that doesn't start may stay, its new thread neither. */
class NotStarted extends Error {
  /** Null: the claim is no longer current. */
  readonly refusal: Refusal | null;
  constructor(refusal: Refusal | null) {
    super(`The run of a cron was not started: ${refusal?.kind ?? 'the claim is lost'}`);
    this.refusal = refusal;
  }
}

/**
 * Starts the run of a claimed cron's occurrence. One transaction stores the run (with its thread, where it gets a new one) and sets the cron to its
 * next occurrence, under the claim's fence: whoever dies, at whatever moment, both are there or neither is (ADR 0022). An occurrence whose run is
 * refused is over, too, and the cron says why. Rejects when the database or the graph's own code does; then it is due again after the claim.
 */
export async function startOccurrence(deps: RunDeps, claimed: Cron): Promise<Started> {
  const late = overdue(claimed, deps.store.reads.now);
  if (late !== null) return skip(deps, claimed, late);
  const threadId = claimed.threadId ?? newThreadId();
  const prepared = await prepareRun(deps, cronRun(claimed, threadId));
  if (prepared.kind !== 'prepared') return skip(deps, claimed, reasonOf(prepared));
  try {
    const signals = await deps.store.transaction((tx) => storeRun(deps, tx, { claimed, threadId, prepared }));
    for (const signal of signals) deps.signals.send(signal);
    return { kind: 'started' };
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error;
    return error.refusal === null ? { kind: 'lost' } : skip(deps, claimed, reasonOf(error.refusal));
  }
}

async function storeRun(deps: RunDeps, tx: Tx, { claimed, threadId, prepared }: Occurrence): Promise<readonly Signal[]> {
  const { owner } = claimed;
  // The thread's lock comes before the cron's row: who deletes a thread takes them in this order.
  if (claimed.threadId === null) {
    const { assistant } = prepared.request;
    const metadata = { graph_id: assistant.graphId, assistant_id: assistant.id, cron_id: claimed.id };
    const temporary = claimed.onRunCompleted !== 'KEEP';
    await tx.threads.insert(
      newThread({ id: threadId, owner, metadata, temporary, ttl: temporary ? null : deps.options.defaultTtl }, tx.now),
    );
  }
  const decided = await admitRun(deps, tx, prepared.request, null);
  if (decided === 'STATE_CHANGED') throw new Error(`The run of cron ${claimed.id} resumes nothing, yet was checked against a state`);
  const { outcome, signals } = decided;
  if (outcome.kind !== 'ok') throw new NotStarted(outcome);
  const isCurrent = await tx.crons.finish(claimed, { nextAt: nextAfter(claimed, tx.now), runId: outcome.value.id, error: null });
  if (!isCurrent) throw new NotStarted(null);
  return signals;
}

async function skip({ store, logger }: RunDeps, claimed: Cron, error: string): Promise<Started> {
  const isCurrent = await store.transaction((tx) => tx.crons.finish(claimed, { nextAt: nextAfter(claimed, tx.now), runId: null, error }));
  if (!isCurrent) return { kind: 'lost' };
  logger.warn({ cronId: claimed.id, occurrence: claimed.nextAt, reason: error }, 'A scheduled run was not started');
  return { kind: 'refused' };
}

/** From now on, however many were missed; never the same again, also where the database's clock was put back. */
function nextAfter(cron: Cron, now: Date): Date | null {
  const { nextAt } = cron;
  return nextStart(cron, nextAt !== null && nextAt > now ? nextAt : now);
}

function reasonOf(refusal: Refusal): string {
  switch (refusal.kind) {
    case 'notFound':
      return `${refusal.what} ${refusal.id} is not there`;
    case 'busy':
      return `its thread is busy: run ${refusal.blockingRun.id} has not ended`;
    case 'invalid':
      return refusal.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    case 'idempotencyConflict':
      return `the idempotency key ${refusal.idempotencyKey} is taken`;
    default:
      return unreachable(refusal);
  }
}
