export type Repetition = {
  /** Rounds that don't count. */
  readonly warmUp: number;
  readonly rounds: number;
  /**
   * No round that counts is begun after this, but for the first; warming up takes a quarter of it at most.
   */
  readonly forMs: number;
};

/** As many rounds as there is time for, so that a slow machine measures less often and not for longer. */
export async function repeat(
  { warmUp, rounds, forMs }: Repetition,
  round: (counts: boolean) => Promise<void>,
): Promise<void> {
  await within(warmUp, forMs / 4, () => round(false));
  await within(rounds, forMs, () => round(true));
}

async function within(rounds: number, forMs: number, round: () => Promise<void>): Promise<void> {
  const startedMs = performance.now();
  for (let done = 0; done < rounds; done += 1) {
    if (done > 0 && performance.now() - startedMs > forMs) return;
    await round();
  }
}
