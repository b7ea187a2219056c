import type { Context } from './context.ts';

export type Sweep = {
  readonly everyMs: number;
  readonly sweep: () => Promise<unknown>;
  /** What the log says when a sweep has failed; the next one tries again. */
  readonly failed: string;
};

/** Sweeps now and then, one sweep at a time, until it is disposed. */
export function keepSweeping({ clock, logger }: Pick<Context, 'clock' | 'logger'>, { everyMs, sweep, failed }: Sweep): Disposable {
  let timer: Disposable | null = null;
  const arm = (): void => {
    timer = clock.timer(everyMs, () => {
      sweep()
        .catch((error: unknown) => logger.error({ err: error }, failed))
        .finally(() => {
          if (timer !== null) arm();
        });
    });
  };
  arm();
  return {
    [Symbol.dispose]: () => {
      timer?.[Symbol.dispose]();
      timer = null;
    },
  };
}
