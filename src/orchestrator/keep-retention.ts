import type { Clock } from './ports/clock.ts';
import type { Logger } from './ports/logger.ts';
import type { Retention, Sweep, Swept } from './ports/retention.ts';

/** Ages in ms; null: kept as long as their thread. */
export type RetentionOptions = { readonly eventsMs: number | null; readonly checkpointsMs: number | null };
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
/** Threads per step; between two steps everybody else gets the database. */
const THREADS_PER_STEP = 100;

type Removed = { readonly events: number; readonly checkpoints: number };

/** Removes what is older than its retention, if it is this process's turn; null: it isn't. */
export async function applyRetention(deps: RetentionDeps, stop: AbortSignal): Promise<Removed | null> {
  const { retention, holder, eventsMs, checkpointsMs } = deps;
  if (!(await retention.takeTurn('retention', holder, EVERY_MS))) return null;
  // The logs first: a checkpoint stays as long as an event refers to it.
  const events = eventsMs === null ? 0 : await overAllThreads(deps, (sweep) => retention.cutLogs(eventsMs, sweep), stop);
  const checkpoints =
    checkpointsMs === null ? 0 : await overAllThreads(deps, (sweep) => retention.pruneCheckpoints(checkpointsMs, sweep), stop);
  // Also where nothing was removed here: threads are deleted too.
  while (!stop.aborted && (await retention.giveBackSpace())) await deps.clock.nextTurn();
  return { events, checkpoints };
}

async function overAllThreads({ clock }: RetentionDeps, step: (sweep: Sweep) => Promise<Swept>, stop: AbortSignal): Promise<number> {
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

/** Applies the retention now and then until it is disposed; then resolves when the step that is under way has ended. */
export function keepRetention(deps: RetentionDeps): AsyncDisposable {
  const { clock, logger } = deps;
  const stop = new AbortController();
  let working: Promise<void> = Promise.resolve();
  let timer: Disposable | null = null;
  const work = async (): Promise<void> => {
    try {
      const removed = await applyRetention(deps, stop.signal);
      if (removed !== null && removed.events + removed.checkpoints > 0) logger.info(removed, 'Removed what is older than its retention');
    } catch (error) {
      logger.error({ err: error }, 'Could not remove what is older than its retention; the next turn tries again');
    }
    if (!stop.signal.aborted) arm();
  };
  const arm = (): void => {
    timer = clock.timer(ASK_MS, () => {
      working = work();
    });
  };
  arm();
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      timer?.[Symbol.dispose]();
      await working;
    },
  };
}
