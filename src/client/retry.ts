import { sleep } from './timer.ts';

/** Waits before the next try. `failures` is how many tries have failed in a row, ≥ 1. Rejects when `signal` is aborted. */
export type RetryWait = (failures: number, signal?: AbortSignal) => Promise<void>;

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/** Doubles from 0.1 s up to 5 s, of which a random half is taken off so that many clients don't return in the same instant. */
export const backoff: RetryWait = (failures, signal) => {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
  return sleep(full * (1 - Math.random() / 2), signal);
};
