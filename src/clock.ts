import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from './orchestrator/ports/environment.ts';

/** The machine's clock: the one place where time is read and timers are made. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    await sleep(ms, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) });
  },
  nextTurn: () => nextTurn(),
  timer: (ms, fire) => {
    // setTimeout takes at most 2^31 - 1 ms and fires at once beyond: a longer wait is made of several.
    const longest = 2 ** 31 - 1;
    let left = ms;
    let handle: NodeJS.Timeout;
    const arm = () => {
      const step = Math.min(Math.max(left, 0), longest);
      left -= step;
      handle = setTimeout(() => (left > 0 ? arm() : fire()), step);
      handle.unref();
    };
    arm();
    return { [Symbol.dispose]: () => clearTimeout(handle) };
  },
};
