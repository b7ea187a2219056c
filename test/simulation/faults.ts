import { DatabaseUnavailableError } from '../../src/orchestrator/ports/database-unavailable.ts';
import type { Life, World } from './world.ts';

/** What goes wrong at one call of a port. */
export type CallFault =
  /** It fails and nothing was done. For a transaction: before it began. */
  | { readonly kind: 'FAIL_BEFORE' }
  /** A transaction fails when it is to commit; nothing was stored. Other calls: as FAIL_BEFORE. */
  | { readonly kind: 'FAIL_AT_COMMIT' }
  /** It was done, but its answer is lost. */
  | { readonly kind: 'FAIL_AFTER' }
  /** It is done later. */
  | { readonly kind: 'DELAY'; readonly ms: number };

/** The connection broke, as the store's ports tell of it: whoever called can't know what became of it. */
export const connectionLost = (where: string): Error =>
  new DatabaseUnavailableError('UNREACHABLE', new Error(where));

/**
 * The way of one simulated process to the outside: every call of a port is a step of the world, and may go
 * wrong as the plan says.
 */
export class Calls {
  readonly world: World;
  readonly life: Life;
  readonly #faults: Faults;

  constructor(world: World, life: Life, faults: Faults) {
    this.world = world;
    this.life = life;
    this.#faults = faults;
  }

  /** What goes wrong with the next call, which reads or writes. */
  nextFault(does: 'READ' | 'WRITE'): CallFault | null {
    return this.#faults.next(does === 'WRITE');
  }

  /** Has `run` happen as a step of this process, later where the fault is a delay. */
  step(label: string, fault: CallFault | null, run: () => void): void {
    if (fault?.kind === 'DELAY') this.world.after(fault.ms, this.life, label, run);
    else this.world.step(this.life, label, run);
  }

  /** One call that reads: done at one instant. */
  read<T>(label: string, read: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const fault = this.nextFault('READ');
      this.step(label, fault, () => {
        if (fault !== null && fault.kind !== 'DELAY')
          return reject(connectionLost(`${label}: ${fault.kind}`));
        try {
          resolve(read());
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}

/**
 * A fault and the call that it hits: so manieth of all port calls of a history, or of those that write
 * (transactions and flushes), over all processes.
 */
export type PlannedFault = {
  readonly among: 'CALLS' | 'WRITES';
  readonly at: number;
  readonly fault: CallFault;
};

/** The faults of one history. */
export class Faults {
  readonly #planned: Readonly<Record<PlannedFault['among'], ReadonlyMap<number, CallFault>>>;
  /** False: nothing goes wrong any more. */
  isOn = true;
  calls = 0;
  #writes = 0;
  /** How many have struck, by kind. */
  readonly struck: Record<CallFault['kind'], number> = {
    FAIL_BEFORE: 0,
    FAIL_AT_COMMIT: 0,
    FAIL_AFTER: 0,
    DELAY: 0,
  };

  constructor(planned: readonly PlannedFault[] = []) {
    const of = (wanted: PlannedFault['among']) =>
      new Map(planned.filter(({ among }) => among === wanted).map(({ at, fault }) => [at, fault] as const));
    this.#planned = { CALLS: of('CALLS'), WRITES: of('WRITES') };
  }

  next(writes: boolean): CallFault | null {
    this.calls += 1;
    if (writes) this.#writes += 1;
    if (!this.isOn) return null;
    const fault =
      this.#planned.CALLS.get(this.calls) ?? (writes ? this.#planned.WRITES.get(this.#writes) : undefined);
    if (fault === undefined) return null;
    this.struck[fault.kind] += 1;
    return fault;
  }
}
