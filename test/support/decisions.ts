/** What a run that is held may do next: finish, fail, or pause for a human. */
export type Decision = 'FINISH' | 'FAIL' | 'PAUSE';

// Kept by the process, as in gates.ts.
const KEY = Symbol.for('interject.test.decisions');
const kept = globalThis as { [KEY]?: Map<string, (decision: Decision) => void> };
kept[KEY] ??= new Map();
const held = kept[KEY];

/** Holds the run until a test decides for it; rejects with the signal's reason as soon as that aborts. */
export async function holdForDecision(runId: string, signal?: AbortSignal): Promise<Decision> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Decision>();
  const abort = (): void => reject(signal?.reason);
  held.set(runId, resolve);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await promise;
  } finally {
    held.delete(runId);
    signal?.removeEventListener('abort', abort);
  }
}

/** Does this run wait for a decision now? */
export const isHeld = (runId: string): boolean => held.has(runId);

/** Lets a held run go on; throws when it isn't held. */
export function decide(runId: string, decision: Decision): void {
  const resolve = held.get(runId);
  if (resolve === undefined) throw new Error(`Run ${runId} is not held`);
  held.delete(runId);
  resolve(decision);
}
