import { Hub } from '../../src/events/hub.ts';
import { LogSubscriptions } from '../../src/events/subscriptions.ts';
import { type Context, DEFAULT_OPTIONS } from '../../src/orchestrator/context.ts';
import { Scheduler } from '../../src/orchestrator/execution/scheduler.ts';
import { assembleOrchestrator, type Orchestrator } from '../../src/orchestrator/orchestrator.ts';
import type { Logger } from '../../src/orchestrator/ports/environment.ts';
import { plainDefaults } from '../support/plain-defaults.ts';
import { UNUSED_PORTS } from '../support/unused-ports.ts';
import { Calls, type Faults } from './faults.ts';
import { MemoryCheckpointStore } from './memory-checkpoint-store.ts';
import type { MemoryDatabase } from './memory-database.ts';
import type { MemoryNetwork } from './memory-network.ts';
import { MemoryStore } from './memory-store.ts';
import type { ProcessPlan } from './plan.ts';
import { ScriptedGraphs } from './scripted-graphs.ts';
import { VirtualClock } from './virtual-clock.ts';
import type { Watch } from './watch.ts';
import { Life, type World } from './world.ts';

/** Short enough for histories of a few seconds, in the proportions of the real ones. */
const OPTIONS = {
  leaseMs: 3_000,
  leaseMarginMs: 500,
  graceMs: 300,
  sweepMs: 1_000,
  idempotencyTtlMs: 24 * 60 * 60 * 1_000,
  ttlSweepMs: 60_000,
  ttlSweepLimit: null,
  defaultTtl: null,
};
/** After this a database rolls back the transactions of a process that stands still. */
const IDLE_IN_TRANSACTION_MS = 1_000;

export type ProcessParts = {
  readonly name: string;
  readonly plan: ProcessPlan;
  readonly maxAttempts: number;
  readonly world: World;
  readonly database: MemoryDatabase;
  readonly network: MemoryNetwork;
  readonly faults: Faults;
  readonly watch: Watch;
  /** Kills this process, and has another take its place. */
  readonly kill: () => void;
};

/** One server of the service, put together as src/service.ts does, over the simulated ports. */
export class SimulatedProcess {
  readonly life: Life;
  readonly role: ProcessPlan['role'];
  readonly orchestrator: Orchestrator;
  /** Called once, when it is gone. */
  readonly onGone = new Set<() => void>();
  readonly #parts: ProcessParts;
  readonly #scheduler: Scheduler;

  constructor(parts: ProcessParts) {
    const { name, plan, maxAttempts, world, database, network, faults, watch } = parts;
    this.#parts = parts;
    this.life = new Life(name);
    this.role = plan.role;
    const calls = new Calls(world, this.life, faults);
    const clock = new VirtualClock(world, this.life, plan.skewMs);
    const logger = loggerOf(watch, name);
    const store = new MemoryStore(database, calls, (events) => {
      watch.published(events, this.life);
      hub.publish(events);
      const newest = new Map(events.map(({ threadId, seq }) => [threadId, seq]));
      for (const [threadId, seq] of newest) signals.send({ kind: 'events', threadId, seq });
    });
    const checkpoints = new MemoryCheckpointStore(database, store.commits, calls);
    const signals = network.of(this.life);
    const graphs = new ScriptedGraphs({
      clock,
      newId: () => `c${watch.nextId()}`,
      onSuperstep: (runId, step) => watch.superstep(runId, step, this.life),
      kill: () => {
        world.step(this.life, 'dies of a run', parts.kill);
        return new Promise<never>(() => {});
      },
    });
    const hub = new Hub({ reads: store.reads, clock, logger });
    signals.listen((signal) => {
      if (signal.kind === 'resync')
        hub.catchUp().catch((error: unknown) => logger.warn({ err: error }, 'Could not catch up'));
      if (signal.kind !== 'events') return;
      if (signal.seq === null) hub.threadDeleted(signal.threadId);
      else hub.grown(signal.threadId, signal.seq);
    });
    const subscriptions = new LogSubscriptions({ hub, reads: store.reads, graphs, checkpoints });
    const sweepMs = database.bugs.lostWakeUp ? Number.POSITIVE_INFINITY : OPTIONS.sweepMs;
    const options = {
      ...DEFAULT_OPTIONS,
      ...OPTIONS,
      maxAttempts,
      sweepMs,
      workerId: name,
      concurrency: plan.concurrency,
    };
    const context: Context = {
      ...UNUSED_PORTS,
      store,
      checkpoints,
      graphs,
      signals,
      subscriptions,
      clock,
      logger,
      options,
    };
    this.orchestrator = assembleOrchestrator({ ...context, defaults: plainDefaults(context) });
    this.#scheduler = new Scheduler(context);
    if (plan.role === 'all') this.#scheduler.start();
  }

  get isUp(): boolean {
    return this.life.state !== 'DEAD';
  }

  /** As kill -9: nothing of it happens any more, its transactions are rolled back. */
  kill(): void {
    if (!this.isUp) return;
    this.life.state = 'DEAD';
    this.#parts.database.disconnect(this.life);
    this.#parts.network.disconnect(this.life);
    for (const tell of this.onGone) tell();
    this.onGone.clear();
  }

  /** As SIGSTOP, and SIGCONT `forMs` later. */
  pause(forMs: number): void {
    if (this.life.state !== 'UP') return;
    const { world, database } = this.#parts;
    this.life.state = 'PAUSED';
    world.after(IDLE_IN_TRANSACTION_MS, null, 'idle transactions end', () => {
      if (this.life.state === 'PAUSED') database.disconnect(this.life);
    });
    world.after(forMs, null, `${this.life.name} goes on`, () => world.resume(this.life));
  }

  /** As SIGTERM: drains, releases, ends. */
  terminate(drainMs: number): void {
    if (this.life.state !== 'UP') return;
    this.#parts.world.step(this.life, 'SIGTERM', () => {
      void this.#scheduler
        .stop(drainMs)
        .then(() => this.#parts.world.step(this.life, 'exit', () => this.kill()));
    });
  }
}

/** What the product logs as an error is one of its own, unless the simulated database was in trouble. */
const loggerOf = (watch: Watch, name: string): Logger => ({
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (fields, message) => watch.loggedError(name, fields, message),
});
