import { deleteThread } from '../commands/threads.ts';
import type { Context } from '../context.ts';
import type { Clock, Logger } from '../ports/environment.ts';
import type { ItemStore } from '../ports/item-store.ts';
import type { Retention, Sweep, Swept } from '../ports/retention.ts';

type Repeated = {
  readonly everyMs: number;
  /** `stop` aborts when no more is to be begun: what is disposed waits for the sweep. */
  readonly sweep: (stop: AbortSignal) => Promise<unknown>;
  /** What the log says when a sweep has failed; the next one tries again. */
  readonly failed: string;
};

/**
 * Sweeps now and then, one sweep at a time, until it is disposed; that resolves when the sweep that is under
 * way has ended.
 */
export function startSweeping(
  { clock, logger }: Pick<Context, 'clock' | 'logger'>,
  { everyMs, sweep, failed }: Repeated,
): AsyncDisposable {
  const stop = new AbortController();
  let sweeping: Promise<void> = Promise.resolve();
  let timer: Disposable | null = null;
  const work = async (): Promise<void> => {
    try {
      await sweep(stop.signal);
    } catch (error) {
      logger.error({ err: error }, failed);
    }
    if (!stop.signal.aborted) arm();
  };
  const arm = (): void => {
    timer = clock.timer(everyMs, () => {
      sweeping = work();
    });
  };
  arm();
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      timer?.[Symbol.dispose]();
      await sweeping;
    },
  };
}

/** Ages in ms; null: kept as long as their thread. */
type RetentionOptions = { readonly eventsMs: number | null; readonly checkpointsMs: number | null };
export type RetentionDeps = RetentionOptions & {
  readonly retention: Retention;
  /** Names this process. */
  readonly holder: string;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** How often the work is done, by one process of all. */
const EVERY_MS = 60 * 60 * 1_000;
/** How often a process asks whether it is to do it. */
const ASK_MS = 5 * 60 * 1_000;
/** Threads per step; other work gets the database between two steps. */
const THREADS_PER_STEP = 100;

type Removed = { readonly events: number; readonly checkpoints: number };

/** Removes what is older than its retention, if it is this process's turn; null: it isn't. */
async function applyRetention(deps: RetentionDeps, stop: AbortSignal): Promise<Removed | null> {
  const { retention, holder, eventsMs, checkpointsMs } = deps;
  if (!(await retention.takeTurn('retention', holder, EVERY_MS))) return null;
  // The logs first: a checkpoint stays as long as an event refers to it.
  const events =
    eventsMs === null ? 0 : await overAllThreads(deps, (sweep) => retention.cutLogs(eventsMs, sweep), stop);
  const checkpoints =
    checkpointsMs === null
      ? 0
      : await overAllThreads(deps, (sweep) => retention.pruneCheckpoints(checkpointsMs, sweep), stop);
  // Also where nothing was removed here: threads are deleted too.
  while (!stop.aborted && (await retention.reclaimSpace())) await deps.clock.nextTurn();
  return { events, checkpoints };
}

async function overAllThreads(
  { clock }: RetentionDeps,
  step: (sweep: Sweep) => Promise<Swept>,
  stop: AbortSignal,
): Promise<number> {
  let removed = 0;
  for (let after: Sweep['after'] = null; !stop.aborted; ) {
    const swept: Swept = await step({ after, limit: THREADS_PER_STEP });
    removed += swept.removed;
    if (swept.next === null) break;
    after = swept.next;
    await clock.nextTurn();
  }
  return removed;
}

/**
 * Applies the retention now and then until it is disposed; that resolves when the step that is under way has
 * ended.
 */
export const startRetention = (deps: RetentionDeps): AsyncDisposable =>
  startSweeping(deps, {
    everyMs: ASK_MS,
    sweep: async (stop) => {
      const removed = await applyRetention(deps, stop);
      if (removed !== null && removed.events + removed.checkpoints > 0)
        deps.logger.info(removed, 'Removed events and checkpoints older than their retention');
    },
    failed: 'Applying the retention failed; the next sweep retries',
  });

/** Minutes between sweeps where langgraph.json says nothing. What has expired is hidden in any case. */
export const DEFAULT_SWEEP_MINUTES = 60;
/** Items of one transaction: others wait for it on SQLite. */
const ITEMS_AT_ONCE = 500;

type ExpiryDeps = {
  readonly items: ItemStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sweepMinutes: number;
};

/** Removes what has expired, batch by batch. Resolves with how many items and empty namespaces that were. */
export async function removeExpired(items: ItemStore, stop?: AbortSignal): Promise<number> {
  let removed = 0;
  while (stop?.aborted !== true) {
    const count = await items.removeExpired(ITEMS_AT_ONCE);
    removed += count;
    if (count === 0) break;
  }
  return removed;
}

/**
 * Removes what has expired now and then, until it is disposed. Of several processes each may do it: each
 * takes other items.
 */
export const startRemovingExpired = ({ items, clock, logger, sweepMinutes }: ExpiryDeps): AsyncDisposable =>
  startSweeping(
    { clock, logger },
    {
      everyMs: sweepMinutes * 60_000,
      sweep: (stop) => removeExpired(items, stop),
      failed: 'Removing expired store items failed; the next sweep retries',
    },
  );

/** How often it is looked for threads to discard. */
const SWEEP_MS = 60_000;
const THREADS_AT_ONCE = 100;

/** Removes temporary threads whose time has come. */
async function discardThreads(context: Context, stop: AbortSignal): Promise<void> {
  for (const { owner, id } of await context.store.reads.discardable(THREADS_AT_ONCE)) {
    if (stop.aborted) return;
    await deleteThread(context, { owner, threadId: id });
  }
}

/** Several processes may do it at once: a thread that is already gone is skipped. */
export const startDiscarding = (context: Context): AsyncDisposable =>
  startSweeping(context, {
    everyMs: SWEEP_MS,
    sweep: (stop) => discardThreads(context, stop),
    failed: 'Discarding the threads of ended runs failed; the next sweep retries',
  });
