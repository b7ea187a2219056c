import type { MultitaskStrategy, StopAction } from '../../src/domain/run.ts';
import { Random } from '../chaos/random.ts';
import type { CallFault, PlannedFault } from './faults.ts';
import type { SignalFaults } from './memory-network.ts';
import { oneOf } from './random.ts';
import type { Script } from './script.ts';

export type Create = {
  readonly do: 'create';
  readonly thread: number;
  /** Unique in its history: in the run's metadata, and the first word of its message. */
  readonly label: string;
  readonly strategy: MultitaskStrategy;
  readonly script: Script;
  readonly isKeyed: boolean;
  readonly afterSeconds: number | null;
  readonly timeoutSeconds: number | null;
  readonly keepPartialOutput: boolean;
  readonly keepPendingInput: boolean;
};
/** `pick` chooses among what there is by then, the newest first. */
export type ClientAction =
  | Create
  /** Sends an earlier request with its idempotency key again. */
  | { readonly do: 'repeat'; readonly pick: number }
  /** Another request with the idempotency key of an earlier one. */
  | { readonly do: 'conflict'; readonly pick: number; readonly label: string }
  | { readonly do: 'resume'; readonly thread: number; readonly label: string }
  | { readonly do: 'cancel'; readonly thread: number; readonly pick: number; readonly action: StopAction }
  | { readonly do: 'join'; readonly thread: number; readonly pick: number }
  | { readonly do: 'follow-thread'; readonly thread: number; readonly leavesAfter: number | null }
  | { readonly do: 'follow-run'; readonly thread: number; readonly pick: number };

/**
 * What a client does at a time; `process` says which of the processes it asks, counted among those that are
 * there.
 */
export type Planned = {
  readonly atMs: number;
  readonly client: number;
  readonly process: number;
  readonly action: ClientAction;
};

/**
 * What happens to a process before a step of the history. Another one takes the place of one that is gone,
 * `forMs` later.
 */
export type Trouble = {
  readonly atStep: number;
  readonly process: number;
  readonly do: 'kill' | 'pause' | 'terminate' | 'resync';
  readonly forMs: number;
};

/** A simulated process: an `api` serves clients and executes nothing. */
export type ProcessPlan = {
  readonly role: 'all' | 'api';
  readonly skewMs: number;
  readonly concurrency: number;
};

/** Everything in a history that is not decided by the order in which things happen; that is `order`'s. */
export type Plan = {
  /** Seed of the order. */
  readonly order: number;
  readonly threads: number;
  /** A run lost so often is given up. */
  readonly maxAttempts: number;
  readonly processes: readonly ProcessPlan[];
  readonly actions: readonly Planned[];
  readonly troubles: readonly Trouble[];
  readonly faults: readonly PlannedFault[];
  readonly signals: SignalFaults;
};

/**
 * Port calls, writes among them, and steps of a history of middle length: faults and troubles fall within.
 */
const CALLS = 130;
const WRITES = 45;
const STEPS = 350;

/** The history of a seed. */
export function planOf(seed: number): Plan {
  const random = new Random(seed);
  const threads = random.chance(0.75) ? 1 : 2;
  const processes = Array.from({ length: random.between(1, 3) }, (_, index): ProcessPlan => {
    return {
      role: index > 0 && random.chance(0.3) ? 'api' : 'all',
      skewMs: random.chance(0.3) ? random.between(-20_000, 20_000) : 0,
      concurrency: random.between(1, 4),
    };
  });
  const calm = random.chance(0.1);
  const many = (chance: number, most: number): number =>
    calm || !random.chance(chance) ? 0 : random.between(1, most);
  return {
    actions: actionsOf(random, threads),
    threads,
    maxAttempts: random.between(1, 3),
    processes,
    troubles: list(many(0.6, 3), () => troubleOf(random, processes.length)),
    faults: list(many(0.6, 5), () => faultOf(random)),
    signals: {
      lose: calm ? 0 : oneOf(random, [0, 0, 0.2, 1]),
      repeat: calm ? 0 : oneOf(random, [0, 0.2]),
      delay: calm ? 0 : oneOf(random, [0, 0.2]),
    },
    order: Math.floor(random.next() * 2 ** 32),
  };
}

function actionsOf(random: Random, threads: number): Planned[] {
  let atMs = 0;
  return list(random.between(2, 8), (index) => {
    atMs +=
      random.pick({ together: 5, soon: 3, later: 2 }) === 'together'
        ? 0
        : random.between(1, random.chance(0.8) ? 20 : 3_000);
    return {
      atMs,
      client: random.between(1, 3),
      process: random.between(0, 2),
      action: actionOf(random, threads, index),
    };
  });
}

function actionOf(random: Random, threads: number, index: number): ClientAction {
  const kinds = {
    create: 9,
    cancel: 3,
    join: 2,
    resume: 2,
    repeat: 1,
    conflict: 0.5,
    'follow-thread': 1,
    'follow-run': 1,
  };
  const kind = index === 0 ? 'create' : random.pick(kinds);
  const thread = random.between(0, threads - 1);
  const pick = random.chance(0.7) ? 0 : random.between(0, 3);
  const label = `${kind === 'create' ? 'say' : kind}-${index}`;
  switch (kind) {
    case 'create':
      return {
        do: kind,
        thread,
        label,
        strategy: random.pick({ REJECT: 1, ENQUEUE: 3, INTERRUPT: 4, ROLLBACK: 3 }),
        script: scriptOf(random),
        isKeyed: random.chance(0.4),
        afterSeconds: random.chance(0.1) ? random.between(1, 20) / 10 : null,
        timeoutSeconds: random.chance(0.1) ? random.between(1, 30) / 100 : null,
        keepPartialOutput: random.chance(0.8),
        keepPendingInput: random.chance(0.8),
      };
    case 'repeat':
      return { do: kind, pick };
    case 'conflict':
      return { do: kind, pick, label };
    case 'resume':
      return { do: kind, thread, label };
    case 'cancel':
      return { do: kind, thread, pick, action: random.chance(0.5) ? 'INTERRUPT' : 'ROLLBACK' };
    case 'join':
    case 'follow-run':
      return { do: kind, thread, pick };
    case 'follow-thread':
      return { do: kind, thread, leavesAfter: random.chance(0.3) ? random.between(1, 8) : null };
  }
}

const scriptOf = (random: Random): Script =>
  list(random.between(1, 3), (index) => ({
    tokens: random.between(0, 3),
    paceMs: random.chance(0.9) ? random.between(1, 8) : random.between(100, 1_500),
    ends:
      index === 0
        ? random.pick({ GO_ON: 8, PAUSE: 2, FAIL: 1 })
        : random.pick({ GO_ON: 12, PAUSE: 2, FAIL: 1 }),
    ignoresAbortMs: random.chance(0.1) ? random.between(100, 1_500) : 0,
  }));

const troubleOf = (random: Random, processes: number): Trouble => ({
  atStep: random.between(10, STEPS),
  process: random.between(0, processes - 1),
  do: random.pick({ kill: 4, pause: 5, terminate: 2, resync: 1 }),
  forMs: random.chance(0.3) ? random.between(1, 200) : random.between(1_000, 7_000),
});

function faultOf(random: Random): PlannedFault {
  const among = random.pick({ CALLS: 1, WRITES: 2 });
  const at = random.between(1, among === 'CALLS' ? CALLS : WRITES);
  const kind = random.pick({ FAIL_BEFORE: 1, FAIL_AT_COMMIT: 1, FAIL_AFTER: 2, DELAY: 2 });
  const fault: CallFault =
    kind === 'DELAY'
      ? { kind, ms: random.chance(0.6) ? random.between(1, 50) : random.between(500, 5_000) }
      : { kind };
  return { among, at, fault };
}

const list = <T>(length: number, make: (index: number) => T): T[] =>
  Array.from({ length }, (_, index) => make(index));
