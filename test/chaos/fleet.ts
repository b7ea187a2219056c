import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ServerProcess } from '../support/server-process.ts';
import type { Balancer } from './balancer.ts';

const GRAPHS = fileURLToPath(new URL('./graphs/langgraph.json', import.meta.url));
/** The shortest lease there is. Pauses last longer (plan.ts). */
const LEASE_SECONDS = 2;
const FLAGS = [
  ...['--config', GRAPHS],
  ...['--lease-seconds', String(LEASE_SECONDS)],
  ...['--drain-seconds', '0.3'],
  ...['--grace-seconds', '1'],
  // Processes die all the time here, and that is no fault of a run's.
  ...['--max-attempts', '50'],
];
/** Of a short list of processes each role is there, and some API process is. */
const ROLES = ['all', 'worker', 'api', 'all', 'worker'] as const;
type Role = (typeof ROLES)[number];

/** A start that fails because something it needs is away is tried again, this often and after this long. */
const STARTS = 30;
const START_AGAIN_MS = 200;
/**
 * How long a process lives at least that has something waiting for it: one that is always starting does
 * nothing that could be broken.
 */
const LIFE_MS = 1_000;

type State = 'UP' | 'PAUSED' | 'DOWN' | 'CHANGING';
type Slot = {
  readonly role: Role;
  readonly flags: readonly string[];
  process: ServerProcess | null;
  state: State;
  /** Kills it while it starts; null: it does not, or was killed so already. */
  starting: AbortController | null;
  /**
   * What came while the process could not take it, to be done when it has been up for a while. One at most: a
   * slow machine shall not pile them up.
   */
  waiting: (() => void) | null;
};

export type FleetOptions = {
  readonly database: string;
  readonly processes: number;
  /** Null on an SQLite file, which belongs to one process. */
  readonly messaging: string | null;
  readonly isShared: boolean;
  readonly balancer: Balancer;
};

export type LoggedError = { readonly message: string; readonly detail: string };

/**
 * Server processes that are killed, paused, terminated and started again. What a process can't take now comes
 * when it is up.
 */
export class Fleet implements AsyncDisposable {
  readonly counts = { started: 0, refusedStarts: 0, killed: 0, killedAtStart: 0, paused: 0, terminated: 0 };
  /** What should not happen, whatever is done to the servers. */
  readonly problems: string[] = [];
  readonly errors: LoggedError[] = [];
  readonly #options: FleetOptions;
  readonly #slots: Slot[];
  readonly #changes = new Set<Promise<void>>();

  private constructor(options: FleetOptions) {
    this.#options = options;
    const { processes, isShared, messaging } = options;
    this.#slots = Array.from({ length: processes }, (_, index) => {
      const role = isShared ? ROLES[index % ROLES.length]! : 'all';
      const shared = isShared
        ? ['--role', role, '--database-pool', '5', ...(messaging === null ? [] : ['--messaging', messaging])]
        : [];
      return {
        role,
        flags: [...FLAGS, ...shared],
        process: null,
        state: 'DOWN',
        starting: null,
        waiting: null,
      };
    });
  }

  /** Starts all of them at once. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options);
    await Promise.all(fleet.#slots.map((slot) => fleet.#start(slot)));
    return fleet;
  }

  kill(index: number, downMs: number): void {
    const slot = this.#slot(index);
    if (slot.starting !== null) {
      this.counts.killed += 1;
      this.counts.killedAtStart += 1;
      slot.starting.abort();
      return;
    }
    if (slot.state !== 'UP' && slot.state !== 'PAUSED') {
      this.#later(slot, () => this.kill(index, downMs));
      return;
    }
    this.counts.killed += 1;
    this.#change(slot, async (process) => {
      await process.kill();
      await sleep(downMs);
      await this.#start(slot);
    });
  }

  terminate(index: number, downMs: number): void {
    const slot = this.#slot(index);
    if (slot.state !== 'UP') {
      this.#later(slot, () => this.terminate(index, downMs));
      return;
    }
    this.counts.terminated += 1;
    this.#change(slot, async (process) => {
      await this.#stop(process);
      await sleep(downMs);
      await this.#start(slot);
    });
  }

  pause(index: number, pauseMs: number): void {
    const slot = this.#slot(index);
    const { process } = slot;
    if (process === null || slot.state !== 'UP') {
      this.#later(slot, () => this.pause(index, pauseMs));
      return;
    }
    this.counts.paused += 1;
    slot.state = 'PAUSED';
    process.pause();
    this.#track(
      sleep(pauseMs).then(() => {
        // It may have been killed meanwhile, and another one be in its place.
        if (slot.process !== process || slot.state !== 'PAUSED') return;
        process.resume();
        this.#isUp(slot);
      }),
    );
  }

  /** Resolves when nothing is paused or down any more. */
  async heal(): Promise<void> {
    while (this.#changes.size > 0) await Promise.all(this.#changes);
  }

  /** Ends all of them by SIGTERM. */
  async stop(): Promise<void> {
    await this.heal();
    await Promise.all(
      this.#slots.map(async (slot) => {
        const { process } = slot;
        slot.state = 'CHANGING';
        if (process !== null) await this.#stop(process);
        slot.process = null;
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.heal();
    for (const slot of this.#slots) {
      slot.state = 'CHANGING';
      await slot.process?.[Symbol.asyncDispose]();
    }
  }

  async #start(slot: Slot): Promise<void> {
    const process = await this.#launch(slot);
    this.counts.started += 1;
    slot.process = process;
    if (slot.role !== 'worker') this.#options.balancer.add(process.port);
    void process.exited.then((code) => {
      this.#options.balancer.remove(process.port);
      for (const { level, msg, err } of process.logs)
        if (Number(level) >= 50)
          this.errors.push({
            message: String(msg),
            detail: String((err as { message?: string } | undefined)?.message),
          });
      if (slot.process === process && slot.state !== 'CHANGING')
        this.problems.push(`A server (${slot.role}) exited by itself with ${code}`);
    });
    this.#isUp(slot);
  }

  #slot(index: number): Slot {
    const slot = this.#slots[index];
    if (slot === undefined) throw new Error(`There is no process ${index}`);
    return slot;
  }

  #later(slot: Slot, act: () => void): void {
    slot.waiting ??= act;
  }

  #isUp(slot: Slot): void {
    const { waiting } = slot;
    slot.state = 'UP';
    if (waiting === null) return;
    this.#track(
      sleep(LIFE_MS).then(() => {
        slot.waiting = null;
        waiting();
      }),
    );
  }

  /**
   * As a supervisor does: a server that could not start, because the engine or the database is away, is
   * started again.
   */
  async #launch(slot: Slot): Promise<ServerProcess> {
    const killed = new AbortController();
    for (let left = STARTS; ; left -= 1) {
      const mayBeKilled = !killed.signal.aborted;
      slot.starting = mayBeKilled ? killed : null;
      try {
        const process = await this.#launchOnce(slot);
        if (!mayBeKilled || !killed.signal.aborted) return process;
        await process.exited; // it was up the very moment in which it was killed
      } catch (error) {
        if (mayBeKilled && killed.signal.aborted) continue;
        if (left === 0) throw error;
        if (!/interject: Cannot (use|open) /.test(String(error))) this.problems.push(String(error));
        this.counts.refusedStarts += 1;
        await sleep(START_AGAIN_MS);
      }
    }
  }

  async #launchOnce(slot: Slot): Promise<ServerProcess> {
    const { flags, starting } = slot;
    try {
      return await ServerProcess.start({
        database: this.#options.database,
        flags,
        ...(starting && { killed: starting.signal }),
      });
    } finally {
      slot.starting = null;
    }
  }

  async #stop(process: ServerProcess): Promise<void> {
    const code = await process.terminate();
    if (code !== 0)
      this.problems.push(
        `A server exited with ${code} after SIGTERM: ${JSON.stringify(process.logs.slice(-3))}`,
      );
  }

  #change(slot: Slot, change: (process: ServerProcess) => Promise<void>): void {
    const { process } = slot;
    if (process === null) return;
    slot.state = 'CHANGING';
    this.#track(change(process));
  }

  #track(change: Promise<void>): void {
    const tracked = change
      .catch((error: unknown) => {
        this.problems.push(String(error));
      })
      .finally(() => this.#changes.delete(tracked));
    this.#changes.add(tracked);
  }
}
