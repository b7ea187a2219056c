import type { Faults } from './faults.ts';
import type { MemoryDatabase } from './memory-database.ts';
import type { MemoryNetwork } from './memory-network.ts';
import type { Plan, Trouble } from './plan.ts';
import { SimulatedProcess } from './simulated-process.ts';
import type { Watch } from './watch.ts';
import type { World } from './world.ts';

export type FleetParts = {
  readonly plan: Plan;
  readonly world: World;
  readonly database: MemoryDatabase;
  readonly network: MemoryNetwork;
  readonly faults: Faults;
  readonly watch: Watch;
};

/** A process that died of a run is started again after this. */
const RESTART_MS = 100;

/** The processes of a history: each has a place, which another one takes some time after it is gone. */
export class Fleet {
  /** How often processes were killed, paused, … */
  readonly suffered: Record<Trouble['do'], number> = { kill: 0, pause: 0, terminate: 0, resync: 0 };
  readonly #parts: FleetParts;
  readonly #places: SimulatedProcess[];
  #started = 0;

  constructor(parts: FleetParts) {
    this.#parts = parts;
    this.#places = parts.plan.processes.map((_, place) => this.#start(place));
  }

  /**
   * A process that a client may ask: whichever there is, those that are paused too. Null: none is there at
   * this time.
   */
  choose(number: number): SimulatedProcess | null {
    const up = this.#places.filter(({ isUp }) => isUp);
    return up[number % Math.max(up.length, 1)] ?? null;
  }

  suffer({ process: number, do: what, forMs }: Trouble): void {
    const place = number % this.#places.length;
    const process = this.#places[place] as SimulatedProcess;
    if (process.life.state !== 'UP') return;
    this.suffered[what] += 1;
    if (what === 'pause') process.pause(forMs);
    if (what === 'resync') this.#parts.network.resync(process.life);
    if (what === 'pause' || what === 'resync') return;
    this.#replaceOnceGone(process, place, forMs);
    if (what === 'kill') process.kill();
    else process.terminate(forMs);
  }

  #replaceOnceGone(process: SimulatedProcess, place: number, inMs: number): void {
    process.onGone.add(() =>
      this.#parts.world.after(inMs, null, 'another process starts', () => {
        this.#places[place] = this.#start(place);
      }),
    );
  }

  #start(place: number): SimulatedProcess {
    const { plan, ...parts } = this.#parts;
    this.#started += 1;
    const own = plan.processes[place];
    if (own === undefined) throw new Error(`There is no place ${place}`);
    const kill = (): void => {
      this.#replaceOnceGone(process, place, RESTART_MS);
      process.kill();
    };
    const process = new SimulatedProcess({
      ...parts,
      plan: own,
      maxAttempts: plan.maxAttempts,
      name: `P${this.#started}`,
      kill,
    });
    return process;
  }
}
