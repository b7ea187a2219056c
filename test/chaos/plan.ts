import type { MultitaskStrategy, StopAction } from '../../src/domain/run.ts';
import { Random } from './random.ts';

export type PlanOptions = {
  readonly seed: number;
  /** How long things go on; then everything is let come to rest. */
  readonly seconds: number;
  readonly processes: number;
  readonly clients: number;
  /** Which faults there can be here. */
  readonly faults: readonly FaultKind[];
  readonly faultsPerMinute: number;
  /** Beside one fault of each kind, again and again. */
  readonly extraKills: number;
};

export type FaultKind =
  | 'kill'
  | 'pause'
  | 'terminate'
  | 'cut'
  | 'restart-messaging'
  | 'cut-database'
  | 'sever-database';
export type Fault =
  /** SIGKILL (or SIGTERM); another one is started in its place after `downMs`. */
  | { readonly do: 'kill' | 'terminate'; readonly process: number; readonly downMs: number }
  /** SIGSTOP, and SIGCONT after `pauseMs`. */
  | { readonly do: 'pause'; readonly process: number; readonly pauseMs: number }
  /** Cuts all connections of the clients. */
  | { readonly do: 'cut' }
  | { readonly do: 'restart-messaging'; readonly downMs: number }
  /** Has the database end all its connections. */
  | { readonly do: 'cut-database' }
  /**
   * Cuts all connections between the servers and the database, whatever is on its way, and resets new ones
   * for `downMs`.
   */
  | { readonly do: 'sever-database'; readonly downMs: number };

export type Wish = 'say' | 'tools' | 'ask' | 'deep' | 'delegate' | 'hold' | 'fail' | 'timer';
/** `pick` chooses among what there is by then, the newest more often. */
export type ClientAction =
  | {
      readonly do: 'create';
      readonly thread: number;
      readonly label: string;
      readonly strategy: MultitaskStrategy;
      readonly wish: Wish;
      readonly isKeyed: boolean;
      readonly afterSeconds: number | null;
      readonly keepPendingInput: boolean;
    }
  /** Sends an earlier request with an idempotency key again. */
  | { readonly do: 'repeat'; readonly pick: number }
  /** Another request with the idempotency key of an earlier one. */
  | { readonly do: 'conflict'; readonly pick: number; readonly label: string }
  | { readonly do: 'resume'; readonly thread: number; readonly label: string }
  | { readonly do: 'cancel'; readonly thread: number; readonly pick: number; readonly action: StopAction }
  /** Of a run as it is, or once it has ended. */
  | { readonly do: 'delete'; readonly thread: number; readonly pick: number; readonly isAwaited: boolean }
  | { readonly do: 'join'; readonly thread: number; readonly pick: number }
  | { readonly do: 'state'; readonly thread: number }
  /** Follows a thread from an earlier event on, and leaves after `count` events. */
  | { readonly do: 'follow-thread'; readonly thread: number; readonly pick: number; readonly count: number }
  | { readonly do: 'follow-run'; readonly thread: number; readonly pick: number };

export type Planned = { readonly atMs: number } & (({ readonly client: number } & ClientAction) | Fault);

/**
 * Threads that are in use at a time, and for how long each: long enough for a conversation, not so long that
 * its states get heavy.
 */
const THREADS_AT_ONCE = 5;
const THREAD_LIFE_MS = 12_000;
const MEAN_MS_BETWEEN_ACTIONS = 70;
/** Longer than the lease of the servers (fleet.ts), with what an executor needs to notice. */
const PAUSE_MS = [2_300, 4_500] as const;
const DOWN_MS = [50, 1_500] as const;

/** What is done when, all of it from the seed: by clients, and to the servers. Pure. */
export function planChaos(options: PlanOptions): Planned[] {
  const random = new Random(options.seed);
  return [
    ...clientActions(new Random(random.between(0, 2 ** 31)), options),
    ...faults(new Random(random.between(0, 2 ** 31)), options),
  ].sort((a, b) => a.atMs - b.atMs);
}

function clientActions(random: Random, { seconds, clients }: PlanOptions): Planned[] {
  const planned: Planned[] = [];
  for (let atMs = 0; atMs < seconds * 1_000; atMs += random.between(0, 2 * MEAN_MS_BETWEEN_ACTIONS)) {
    const thread =
      random.between(0, THREADS_AT_ONCE - 1) + THREADS_AT_ONCE * Math.floor(atMs / THREAD_LIFE_MS);
    planned.push({
      atMs,
      client: random.between(0, clients - 1),
      ...clientAction(random, thread, `r${planned.length}`),
    });
  }
  return planned;
}

function clientAction(random: Random, thread: number, label: string): ClientAction {
  const pick = random.between(0, 1_000);
  const kind = random.pick({
    create: 14,
    repeat: 2,
    conflict: 0.5,
    resume: 2,
    cancel: 3,
    delete: 2,
    join: 4,
    state: 1,
    'follow-thread': 2,
    'follow-run': 2,
  });
  switch (kind) {
    case 'create':
      return {
        do: kind,
        thread,
        label,
        strategy: random.pick({ ENQUEUE: 4, INTERRUPT: 4, ROLLBACK: 2, REJECT: 2 }),
        wish: random.pick({ say: 5, tools: 4, ask: 2, deep: 2, delegate: 2, hold: 2, fail: 1, timer: 1 }),
        isKeyed: random.chance(0.5),
        afterSeconds: random.chance(0.05) ? random.between(1, 10) / 10 : null,
        keepPendingInput: !random.chance(0.05),
      };
    case 'repeat':
      return { do: kind, pick };
    case 'conflict':
      return { do: kind, pick, label };
    case 'resume':
      return { do: kind, thread, label };
    case 'cancel':
      return { do: kind, thread, pick, action: random.pick({ INTERRUPT: 2, ROLLBACK: 1 }) };
    case 'delete':
      return { do: kind, thread, pick, isAwaited: random.chance(0.7) };
    case 'join':
    case 'follow-run':
      return { do: kind, thread, pick };
    case 'state':
      return { do: kind, thread };
    case 'follow-thread':
      return { do: kind, thread, pick, count: random.between(1, 60) };
  }
}

function faults(
  random: Random,
  { seconds, processes, faults: kinds, faultsPerMinute, extraKills }: PlanOptions,
): Planned[] {
  const meanMs = 60_000 / faultsPerMinute;
  const planned: Planned[] = [];
  let coming: FaultKind[] = [];
  for (let atMs = 600; atMs < seconds * 1_000; atMs += random.between(meanMs / 3, (meanMs * 5) / 3)) {
    // Each kind comes once before one comes again, kills more often: a short run has all of them.
    if (coming.length === 0)
      coming = random.shuffle([...kinds, ...Array.from({ length: extraKills }, () => 'kill' as const)]);
    const kind = coming.pop() ?? 'kill';
    const process = random.between(0, processes - 1);
    if (kind === 'kill' || kind === 'terminate')
      planned.push({ atMs, do: kind, process, downMs: random.between(...DOWN_MS) });
    else if (kind === 'pause')
      planned.push({ atMs, do: kind, process, pauseMs: random.between(...PAUSE_MS) });
    else if (kind === 'restart-messaging' || kind === 'sever-database')
      planned.push({ atMs, do: kind, downMs: random.between(...DOWN_MS) });
    else planned.push({ atMs, do: kind });
  }
  return planned;
}
