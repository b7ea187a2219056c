import { setTimeout as sleep } from 'node:timers/promises';

const DEADLINE_MS = 5_000;
const PAUSE_MS = 1;

type Options<T> = {
  readonly deadlineMs?: number;
  /** Between two reads. */
  readonly pauseMs?: number;
  /** What to print when the time is over; default: the last value. */
  readonly describe?: (last: T) => string;
};

/**
 * Resolves with the first value of `read` that `isThere` accepts; rejects at the deadline, with the last
 * value in the message.
 */
export async function until<T>(
  read: () => Promise<T> | T,
  isThere: (value: T) => boolean,
  {
    deadlineMs = DEADLINE_MS,
    pauseMs = PAUSE_MS,
    describe = (last) => JSON.stringify(last, null, 2),
  }: Options<T> = {},
): Promise<T> {
  const endsAt = performance.now() + deadlineMs;
  for (;;) {
    const value = await read();
    if (isThere(value)) return value;
    if (performance.now() > endsAt)
      throw new Error(`Not so after ${deadlineMs} ms. The last state was:\n${describe(value)}`);
    await sleep(pauseMs);
  }
}

/**
 * Resolves in a later millisecond of the machine's clock: what is stored from then on has another time than
 * what was stored before.
 */
export async function laterMillisecond(): Promise<void> {
  const before = Date.now();
  await until(Date.now, (instant) => instant > before);
}
