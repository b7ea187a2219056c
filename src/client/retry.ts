/**
 * The client's clock, separate because it also runs in browsers; no other file of the client accesses time.
 */

/** Resolves after `ms`; rejects with the signal's reason as soon as it is aborted. */
function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Calls `action` after `ms` unless the returned function is called before. */
export function schedule(ms: number, action: () => void): () => void {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
}

/** Milliseconds on a clock that never jumps; only differences mean something. */
export const monotonicMs = (): number => performance.now();

/**
 * Waits before the next retry. `failures` is the number of consecutive failures, ≥ 1. Rejects when `signal`
 * is aborted.
 */
export type RetryWait = (failures: number, signal?: AbortSignal) => Promise<void>;

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/**
 * Doubles from 0.1 s up to 5 s, minus up to half at random, so that clients do not reconnect simultaneously.
 */
export const backoff: RetryWait = (failures, signal) => {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
  return sleep(full * (1 - Math.random() / 2), signal);
};
