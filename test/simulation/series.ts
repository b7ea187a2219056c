import type { Violation } from '../chaos/history/observed.ts';
import { type Counts, type HistoryOptions, playHistory } from './history.ts';
import { planOf } from './plan.ts';
import { seedOf } from './random.ts';

/** Which histories of a series: the `first`, and every `stride`th after it, below `end`. */
export type Part = {
  readonly series: number;
  readonly first: number;
  readonly stride: number;
  readonly end: number;
};
export type Failure = { readonly seed: number; readonly violations: readonly Violation[] };

/** What many histories came to. */
export class Tally {
  histories = 0;
  /** Of each count of a history the sum, by its name. */
  readonly sums = new Map<string, number>();

  add(counts: Counts): void {
    this.histories += 1;
    this.#add('', counts);
  }

  join(other: { readonly histories: number; readonly sums: Iterable<readonly [string, number]> }): void {
    this.histories += other.histories;
    for (const [name, value] of other.sums) this.#sum(name, value);
  }

  #add(prefix: string, counts: object): void {
    for (const [name, value] of Object.entries(counts))
      if (typeof value === 'number') this.#sum(`${prefix}${name}`, value);
      else this.#add(`${name}: `, value as object);
  }

  #sum(name: string, value: number): void {
    this.sums.set(name, (this.sums.get(name) ?? 0) + value);
  }
}

/**
 * Plays a part of a series, and tells of each history that violates something. Ends early when `onFailure`
 * returns false.
 */
export async function playSeries(
  { series, first, stride, end }: Part,
  tally: Tally,
  onFailure: (failure: Failure) => boolean,
  options: HistoryOptions = {},
): Promise<void> {
  for (let index = first; index < end; index += stride) {
    const seed = seedOf(series, index);
    const { violations, counts } = await playHistory(planOf(seed), options);
    tally.add(counts);
    if (violations.length > 0 && !onFailure({ seed, violations })) return;
  }
}
