import type { Admission } from '../../domain/admission.ts';
import { withoutDamage } from '../../domain/damage.ts';
import type { RunId } from '../../domain/ids.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { Run } from '../../domain/run.ts';
import { raiseStop, type StopRequest } from '../../domain/run.ts';
import { type RestingStatus, restingStatusAfter, type Thread } from '../../domain/thread.ts';
import type { Tx } from '../ports/store.ts';
import { eventOf } from '../queries/thread-state.ts';

type Supersede = Extract<Admission, { kind: 'supersede' }>;
type Keep = { readonly keepPartialOutput: boolean; readonly keepPendingInput: boolean };
type Superseded = {
  /** The running run, if it is to stop. */
  readonly running: RunId | null;
  /** What the thread rests in after the waiting runs that ended; undefined: none did. */
  readonly restingStatus: RestingStatus | undefined;
  /** True if one of them has a webhook to notify. */
  readonly hasWebhooks: boolean;
};

/**
 * Ends or removes the waiting runs and asks the running one to stop, on behalf of the run `by`, which is
 * stored already.
 */
export async function supersede(
  tx: Tx,
  thread: Thread,
  unfinished: readonly Run[],
  admission: Supersede,
  by: RunId,
  keep: Keep,
): Promise<Superseded> {
  const waiting = unfinished.filter((run) => admission.waiting.includes(run.id));
  for (const run of waiting) {
    if (admission.action === 'ROLLBACK') await removeWaiting(tx, thread, run);
    else
      await endWaiting(tx, thread, run, {
        endReason: 'SUPERSEDED',
        by,
        carry: keep.keepPendingInput && hasMessages(run),
      });
  }
  const running = unfinished.find((run) => run.id === admission.running);
  if (running !== undefined) {
    const { keepPartialOutput } = keep;
    await requestStop(tx, running, { action: admission.action, reason: 'SUPERSEDED', by, keepPartialOutput });
  }
  const ended = admission.action === 'INTERRUPT' && waiting.length > 0;
  return {
    hasWebhooks: ended && waiting.some(({ webhook }) => webhook !== null),
    running: admission.running,
    restingStatus: ended ? restingStatusAfterWaiting(thread, 'SUPERSEDED') : undefined,
  };
}

/** Does its input bring messages? */
export const hasMessages = (run: Run): boolean => {
  const { input } = withoutDamage(run);
  const messages = isJsonObject(input) ? input['messages'] : undefined;
  return messages !== undefined && messages !== null && !(Array.isArray(messages) && messages.length === 0);
};

/** What a thread rests in after runs of it that ended without having started. */
export const restingStatusAfterWaiting = (
  thread: Thread,
  endReason: WaitingEnd['endReason'],
): RestingStatus =>
  restingStatusAfter({ status: 'INTERRUPTED', endReason, headAfter: null }, thread.restingStatus);

type WaitingEnd = {
  readonly endReason: 'SUPERSEDED' | 'CANCELLED';
  readonly by: RunId | null;
  readonly carry: boolean;
};

/**
 * Ends a run that never started: INTERRUPTED, with its messages left for the next run to carry if `carry`
 * says so. Returns it as it is then.
 */
export async function endWaiting(
  tx: Tx,
  thread: Thread,
  run: Run,
  { endReason, by, carry }: WaitingEnd,
): Promise<Run> {
  const patch = {
    status: 'INTERRUPTED',
    endReason,
    supersededBy: by,
    carry: carry ? 'WAITING' : 'NONE',
    finishedAt: tx.now,
    updatedAt: tx.now,
  } as const;
  await tx.runs.update(run.id, patch);
  await tx.events.append(thread.id, [
    eventOf(run, { kind: 'RUN_ENDED', status: 'INTERRUPTED', endReason, error: null, interrupts: [] }),
  ]);
  const ended = { ...run, ...patch };
  await enqueueWebhook(tx, ended);
  return ended;
}

/** Enqueues the notification of the run's webhook, in the transaction that ends the run. */
export async function enqueueWebhook(tx: Tx, run: Run): Promise<void> {
  const { webhook } = run;
  if (webhook !== null) await tx.webhooks.enqueue({ ...run, webhook });
}

/** Removes a run that never started; RUN_ROLLED_BACK stands in its events' place. */
export async function removeWaiting(tx: Tx, thread: Thread, run: Run): Promise<void> {
  await tx.events.removeRun(thread.id, run.id);
  await tx.runs.delete(run.id);
  await tx.events.append(thread.id, [eventOf(run, { kind: 'RUN_ROLLED_BACK' })]);
}

/** Asks a RUNNING run to stop; a request that stands can only be raised. Returns the run as it is then. */
export async function requestStop(tx: Tx, run: Run, requested: StopRequest): Promise<Run> {
  const stop = raiseStop(run.stop, requested);
  if (stop === run.stop) return run;
  await tx.runs.update(run.id, { stop });
  return { ...run, stop };
}
