import { systemClock } from '../../src/clock.ts';
import type { Run } from '../../src/domain/run.ts';
import { runOptions } from '../../src/domain/run-options.ts';
import { Hub } from '../../src/events/hub.ts';
import { LogSubscriptions } from '../../src/events/subscriptions.ts';
import { LangGraphHost } from '../../src/graphs/graph-host.ts';
import { readLanggraphJson } from '../../src/graphs/loading/langgraph-json.ts';
import { LoadedGraphs } from '../../src/graphs/loading/loaded-graphs.ts';
import { loadGraphs } from '../../src/graphs/loading/loader.ts';
import { MemorySignals } from '../../src/messaging/memory-signals.ts';
import { type Context, DEFAULT_OPTIONS } from '../../src/orchestrator/context.ts';
import { type ClaimedRun, claimRuns } from '../../src/orchestrator/execution/claim-runs.ts';
import { executeRun } from '../../src/orchestrator/execution/execute-run.ts';
import { prepareStart, type RunStart } from '../../src/orchestrator/execution/prepare-start.ts';
import type { Room } from '../../src/orchestrator/execution/quarantine.ts';
import { type Recovered, recoverRuns } from '../../src/orchestrator/execution/recover-runs.ts';
import { StopRegistry } from '../../src/orchestrator/execution/stop-registry.ts';
import { assembleOrchestrator, type Orchestrator } from '../../src/orchestrator/orchestrator.ts';
import type { ClaimedSaver } from '../../src/orchestrator/ports/checkpoints.ts';
import type { Execution } from '../../src/orchestrator/ports/graph-host.ts';
import { Underway } from '../../src/orchestrator/ports/underway.ts';
import { graphCallOf } from '../../src/orchestrator/queries/thread-state.ts';
import { readCheckpointRefs } from '../../src/storage/checkpoints/history.ts';
import { SqlCheckpointStore } from '../../src/storage/checkpoints/sql-checkpoint-store.ts';
import { Database } from '../../src/storage/database.ts';
import { GroupCommit } from '../../src/storage/log/group-commit.ts';
import { SqlStore } from '../../src/storage/sql-store.ts';
import { AdvancingClock } from './advancing-clock.ts';
import { plainDefaults } from './plain-defaults.ts';
import { FIXTURE_GRAPHS } from './service.ts';
import { silentLogger } from './silent-logger.ts';
import { TestDatabase } from './test-database.ts';
import { laterMillisecond } from './until.ts';
import { UNUSED_PORTS } from './unused-ports.ts';

/**
 * A service without a scheduler: the test takes each step of a worker, and loses the worker between any two.
 * Use it with `await using`.
 */
export class SteppedWorker implements AsyncDisposable {
  readonly orchestrator: Orchestrator;
  /** What the worker's timers go by. */
  readonly clock: AdvancingClock;
  readonly #context: Context;
  readonly #stops = new StopRegistry();
  readonly #dispose: () => Promise<void>;

  private constructor(context: Context, clock: AdvancingClock, dispose: () => Promise<void>) {
    this.#context = context;
    this.clock = clock;
    this.#dispose = dispose;
    this.orchestrator = assembleOrchestrator({ ...context, defaults: plainDefaults(context) });
  }

  /**
   * @param decorate puts what the test needs around a port, to do something at the instant in which it is
   * asked
   */
  static async start(decorate: (context: Context) => Context = (context) => context): Promise<SteppedWorker> {
    const [clock, logger, signals] = [new AdvancingClock(), silentLogger, new MemorySignals()];
    const graphs = new LangGraphHost(
      new LoadedGraphs(await loadGraphs((await readLanggraphJson(FIXTURE_GRAPHS)).graphs)),
    );
    const own = await TestDatabase.create();
    const database = await Database.open({ url: own.url, clock: systemClock });
    const commits = new GroupCommit(database, (events) => hub.publish(events));
    const checkpoints = new SqlCheckpointStore({ database, commits, logger });
    const store = new SqlStore({
      database,
      commits,
      checkpointTx: (sql) => checkpoints.tx(sql),
      checkpointReads: readCheckpointRefs,
    });
    const hub = new Hub({ reads: store.reads, clock, logger });
    const subscriptions = new LogSubscriptions({ hub, reads: store.reads, graphs, checkpoints });
    const options = { ...DEFAULT_OPTIONS, workerId: 'stepped' };
    const context = decorate({
      ...UNUSED_PORTS,
      store,
      checkpoints,
      graphs,
      signals,
      subscriptions,
      clock,
      logger,
      options,
    });
    return new SteppedWorker(context, clock, async () => {
      await commits.idle();
      hub.close();
      await checkpoints.idle();
      await database.close();
      await own[Symbol.asyncDispose]();
    });
  }

  /** Claims the next due run. */
  async claim(): Promise<ClaimedRun> {
    return only(await claimRuns(this.#context, 1));
  }

  /** Does what comes before a run's graph is called. */
  prepare(claimed: ClaimedRun): Promise<RunStart> {
    return prepareStart(this.#context, claimed);
  }

  /** Executes and settles the run, and holds it at these instants; releases it when `release` aborts. */
  execute(
    claimed: ClaimedRun,
    instants: Instants = {},
    release: AbortSignal = new AbortController().signal,
    onPassed = () => {},
  ): Promise<void> {
    const context = withInstants(this.#context, instants, () => this.stop(claimed.run));
    return executeRun(context, this.#stops, claimed, release, onPassed);
  }

  /** Brings the run's stop signal, before or while it is executed. */
  stop({ id }: Pick<Run, 'id'>): void {
    this.#stops.stop(id);
  }

  /**
   * Runs the graph like a worker whose process dies when its checkpoints are stored and its events are not.
   */
  async executeUnpublished(claimed: ClaimedRun, start: RunStart): Promise<void> {
    await this.#execute(claimed, start, this.#context.checkpoints.claimed(claimed.claim));
  }

  async #execute({ claim, run }: ClaimedRun, start: RunStart, saver: ClaimedSaver): Promise<void> {
    await this.#context.graphs.execute({
      ...start,
      graphId: run.graphId,
      call: graphCallOf(run),
      attempt: claim.attempt,
      ...runOptions(run),
      saver,
      underway: new Underway(),
      signal: new AbortController().signal,
      emit: () => undefined,
    });
  }

  /**
   * The same, but it dies as soon as the first checkpoint is stored: the input's, before anything has made
   * use of it.
   */
  async executeInputOnly(claimed: ClaimedRun, start: RunStart): Promise<void> {
    const { checkpoints } = this.#context;
    const saver = checkpoints.claimed(claimed.claim);
    const inner = saver.saver as { put: (...args: unknown[]) => Promise<unknown> };
    const put = inner.put.bind(inner);
    inner.put = async (...args) => {
      await put(...args);
      throw new Error('The process is gone');
    };
    await this.#execute(claimed, start, saver);
  }

  /** The worker of the running run is gone, and another takes it over. */
  async takeOver(): Promise<ClaimedRun> {
    await this.lose();
    return only((await this.recover()).claimed);
  }

  /** Workers of the running run are lost, one after another, until it is given up. */
  async giveUp(): Promise<void> {
    const { maxAttempts } = this.#context.options;
    for (let lost = 1; lost < maxAttempts; lost += 1) await this.takeOver();
    await this.lose();
  }

  /**
   * The worker is gone with all that it held, and another finds that. A millisecond passes: suspects are
   * tried in the order of those instants.
   */
  async lose(): Promise<void> {
    await laterMillisecond();
    await this.#context.store.transaction((tx) => tx.runs.expireAllLeases());
    await this.recover('NONE');
  }

  /** Ends the lease of one run, as the worker's death does when it was the first that ran out. */
  async expire({ id }: Pick<Run, 'id'>): Promise<void> {
    await this.#context.store.transaction((tx) => tx.runs.update(id, { leaseUntil: tx.now }));
  }

  /** One look for runs whose lease is over, with this room for a suspect. */
  recover(room: Room = 'ALONE'): Promise<Recovered> {
    return recoverRuns(this.#context, this.#context.options.concurrency, { isHere: () => false, room });
  }

  /** Writes to the log as the attempt of this claim. */
  write({ claim }: ClaimedRun): Promise<void> {
    return this.#context.store.append(claim, [
      { runId: claim.runId, body: { kind: 'CUSTOM', ns: '', node: 'node', data: null } },
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispose();
  }
}

/**
 * What happens to a run at an instant. `stop`: the signal that it is to stop comes. `signal`: aborts as the
 * execution is told to end.
 */
type Instant = (stop: () => void, signal: AbortSignal) => Promise<unknown>;

/** Instants of an execution at which nothing goes on until the test has done what it does there. */
export type Instants = {
  /** What a task asks a human is stored; the graph doesn't know it yet. */
  readonly asked?: Instant;
  /** The graph's stream has ended by itself; the run is not settled yet. */
  readonly streamed?: Instant;
};

function withInstants(context: Context, { asked, streamed }: Instants, stop: () => void): Context {
  const execute = async (execution: Execution) => {
    const saver = execution.saver.saver as {
      putWrites: (...args: [unknown, [string, unknown][], ...unknown[]]) => Promise<void>;
    };
    const put = saver.putWrites.bind(saver);
    saver.putWrites = async (...args) => {
      await put(...args);
      if (args[1].some(([channel]) => channel === '__interrupt__')) await asked?.(stop, execution.signal);
    };
    const end = await context.graphs.execute(execution);
    if (end.kind === 'finished') await streamed?.(stop, execution.signal);
    return end;
  };
  const graphs = new Proxy(context.graphs, {
    get(target, key) {
      const member: unknown = key === 'execute' ? execute : Reflect.get(target, key);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  return { ...context, graphs };
}

function only([claimed]: readonly ClaimedRun[]): ClaimedRun {
  if (claimed === undefined) throw new Error('No run to execute');
  return claimed;
}
