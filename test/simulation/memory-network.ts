import type { Signal, Signals } from '../../src/orchestrator/ports/environment.ts';
import type { Life, World } from './world.ts';

/** How badly signals travel, as probabilities. */
export type SignalFaults = { readonly lose: number; readonly repeat: number; readonly delay: number };

type Listener = { readonly life: Life; readonly listener: (signal: Signal) => void };

/**
 * Carries signals between the simulated processes. A process hears its own at once, as with the real engines;
 * on the way to another one each delivery is a step, and may be lost, repeated or late.
 */
export class MemoryNetwork {
  readonly #world: World;
  readonly #listeners = new Set<Listener>();
  faults: SignalFaults = { lose: 0, repeat: 0, delay: 0 };

  lost = 0;
  repeated = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** The network as one process sees it. */
  of(life: Life): Signals {
    return {
      send: (signal) => {
        for (const listening of [...this.#listeners])
          if (listening.life === life) this.#hand(listening, signal);
          else if (signal.kind !== 'resync') this.#deliver(listening, signal);
      },
      listen: (listener) => {
        const listening = { life, listener };
        this.#listeners.add(listening);
        return { [Symbol.dispose]: () => this.#listeners.delete(listening) };
      },
    };
  }

  /** Tells a process that it may have missed signals. */
  resync(life: Life): void {
    for (const listening of this.#listeners)
      if (listening.life === life) this.#post(listening, { kind: 'resync' });
  }

  disconnect(life: Life): void {
    for (const listening of [...this.#listeners])
      if (listening.life === life) this.#listeners.delete(listening);
  }

  #deliver(listening: Listener, signal: Signal): void {
    const { random } = this.#world;
    const { lose, repeat, delay } = this.faults;
    if (lose > 0 && random.chance(lose)) {
      this.lost += 1;
      return;
    }
    if (repeat > 0 && random.chance(repeat)) {
      this.repeated += 1;
      this.#post(listening, signal);
    }
    if (delay > 0 && random.chance(delay))
      this.#world.after(random.between(0, 3_000), listening.life, `late ${signal.kind}`, () =>
        this.#hand(listening, signal),
      );
    else this.#post(listening, signal);
  }

  #post(listening: Listener, signal: Signal): void {
    this.#world.step(listening.life, signal.kind, () => this.#hand(listening, signal));
  }

  #hand(listening: Listener, signal: Signal): void {
    if (this.#listeners.has(listening)) listening.listener(signal);
  }
}
