import { databaseTroubleBehind } from '../../src/orchestrator/ports/database-unavailable.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Watch } from './watch.ts';
import type { World } from './world.ts';

export type Answer<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'lost'; readonly why: string };

/**
 * Carries what clients ask to the processes and the answers back. Each way is a step of the world; an answer
 * is lost when the process is gone before it has sent it, or when the database failed it.
 */
export class Requests {
  /** Requests that were not answered yet. */
  pending = 0;
  readonly #world: World;
  readonly #watch: Watch;
  #instant = 0;

  constructor(world: World, watch: Watch) {
    this.#world = world;
    this.#watch = watch;
  }

  /** An instant of the clients' common clock: each is later than the one before. */
  instant(): number {
    this.#instant += 1;
    return this.#instant;
  }

  /** Calls `answered` once. */
  send<T>(
    process: SimulatedProcess,
    label: string,
    work: () => Promise<T>,
    answered: (answer: Answer<T>) => void,
  ): void {
    let isOpen = true;
    this.pending += 1;
    const end = (answer: Answer<T>): void => {
      if (!isOpen) return;
      isOpen = false;
      this.pending -= 1;
      process.onGone.delete(onGone);
      answered(answer);
    };
    const onGone = () =>
      this.#world.step(null, `${label}: connection closed`, () =>
        end({ kind: 'lost', why: 'the process is gone' }),
      );
    const sent = (answer: Answer<T>) => this.#world.step(null, `${label}: answer`, () => end(answer));
    if (!process.isUp) {
      onGone();
      return;
    }
    process.onGone.add(onGone);
    this.#world.step(process.life, label, () => {
      work().then(
        (value) => sent({ kind: 'answer', value }),
        (error: unknown) => {
          if (databaseTroubleBehind(error) === null)
            this.#watch.report('I3', '', `${label} rejected: ${String(error)}`);
          sent({ kind: 'lost', why: String(error) });
        },
      );
    });
  }
}
