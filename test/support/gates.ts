/**
 * Gates hold code at an exact instant while a test does something else. Code marks the instant with
 * `pass(name)`; that goes right through unless a test has called `gate(name)`, which holds whoever comes by
 * until `open()`. So a graph runs to its end by itself for tests that don't care where it is.
 *
 * A server in a child process has gates of its own: those that `INTERJECT_TEST_GATES` names (separated by
 * commas) hold there until it gets the signal SIGUSR2, or for ever in one that is killed.
 */
export type Gate = {
  /** Resolves when the first one is held. */
  readonly reached: Promise<void>;
  /** Resolves when that many have been held, those that have left since included. */
  reachedBy(count: number): Promise<void>;
  /** How many have been held so far. */
  readonly held: number;
  /** Lets everyone through, now and from now on. */
  open(): void;
  /** As new: lets go of everyone held, then holds again, and `reached` waits anew. */
  reset(): void;
};

type State = { holds: number; held: number; waiting: Set<() => void>; watchers: Set<() => void> };

// Kept by the process, not by this module: the test and the graph that a loader imported may each have their
// own copy of it.
const KEY = Symbol.for('interject.test.gates');
const kept = globalThis as { [KEY]?: Map<string, State> };
kept[KEY] ??= new Map(
  (process.env['INTERJECT_TEST_GATES'] ?? '')
    .split(',')
    .filter((name) => name !== '')
    .map((name) => [name, closed(Number.POSITIVE_INFINITY)]),
);
const gates = kept[KEY];
if (gates.size > 0) process.once('SIGUSR2', resetGates);

function closed(holds: number): State {
  return { holds, held: 0, waiting: new Set(), watchers: new Set() };
}

/**
 * Closes the gate of this name, unless that is done, and returns it.
 *
 * @param holds how many to hold, everyone if it isn't given; with 1 a second run passes where the first one
 * stands
 */
export function gate(
  name: string,
  { holds = Number.POSITIVE_INFINITY }: { readonly holds?: number } = {},
): Gate {
  const state = gates.get(name) ?? closed(holds);
  gates.set(name, state);
  const reachedBy = (count: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = (): void => {
      if (state.held < count) return;
      state.watchers.delete(check);
      resolve();
    };
    state.watchers.add(check);
    check();
    return promise;
  };
  return {
    get reached() {
      return reachedBy(1);
    },
    reachedBy,
    get held() {
      return state.held;
    },
    open() {
      state.holds = 0;
      for (const release of state.waiting) release();
    },
    reset() {
      for (const release of state.waiting) release();
      state.holds = holds;
      state.held = 0;
    },
  };
}

/** Opens and forgets every gate: call it after each test. */
export function resetGates(): void {
  for (const state of gates.values()) for (const release of state.waiting) release();
  gates.clear();
}

/**
 * Goes through the gate of this name: at once if no test has closed it, otherwise when it is opened. Rejects
 * with the signal's reason as soon as it aborts; without a signal it ignores aborts.
 */
export async function pass(name: string, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const state = gates.get(name);
  if (state === undefined || state.holds === 0) return;
  state.holds -= 1;
  state.held += 1;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => reject(signal?.reason);
  state.waiting.add(resolve);
  signal?.addEventListener('abort', abort, { once: true });
  for (const check of state.watchers) check();
  try {
    await promise;
  } finally {
    state.waiting.delete(resolve);
    signal?.removeEventListener('abort', abort);
  }
}
