import { Calls, Faults } from './faults.ts';
import { Life, type Step, World } from './world.ts';

/** A world that takes its steps by itself whenever there are some, for tests that await what they cause. */
class SelfRunningWorld extends World {
  #isRunning = false;

  override step(life: Step['life'], label: string, run: () => void): void {
    super.step(life, label, run);
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.run(() => false, Number.POSITIVE_INFINITY).finally(() => {
      this.#isRunning = false;
    });
  }
}

/**
 * The calls of a process alone in a world that takes its steps by itself; nothing fails there unless `faults`
 * says so.
 */
export const simulatedCalls = (seed: number, faults = new Faults()): Calls =>
  new Calls(new SelfRunningWorld(seed), new Life('A'), faults);
