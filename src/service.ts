import { startBackground } from './background.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import type { LoggedEvent } from './domain/event.ts';
import { DEFAULT_OWNER, type ThreadId } from './domain/ids.ts';
import type { ThreadTtl } from './domain/thread.ts';
import { Hub } from './events/hub.ts';
import { LogSubscriptions } from './events/subscriptions.ts';
import { GraphStore } from './graphs/execution/graph-store.ts';
import { LangGraphHost } from './graphs/graph-host.ts';
import { loadSemanticIndex } from './graphs/loading/embeddings.ts';
import {
  type GraphReference,
  type LanggraphJson,
  langgraphVersion,
} from './graphs/loading/langgraph-json.ts';
import { LoadedGraphs } from './graphs/loading/loaded-graphs.ts';
import { loadGraphs } from './graphs/loading/loader.ts';
import { provideSdkClient, provideSdkLogger } from './graphs/loading/sdk-globals.ts';
import { warnOfUnsupported } from './graphs/loading/unsupported-fields.ts';
import { AccessRules } from './http/access-rules.ts';
import { checkReadiness } from './http/health.ts';
import { HealthPort } from './http/health-port.ts';
import { Capacity, tooManyJoins, tooManyStreams } from './http/limits.ts';
import { LoopWatch, readyUnless } from './http/loop-watch.ts';
import { asDefaultOwner, type Identify } from './http/request-context.ts';
import { GraphQLServer } from './http/server.ts';
import { openSignals } from './messaging/open-signals.ts';
import { DefaultAssistants, type ServedGraph } from './orchestrator/commands/default-assistants.ts';
import { DEFAULT_OPTIONS, type OrchestratorOptions, type RunDeps } from './orchestrator/context.ts';
import { EmbeddingStore, NO_TTL } from './orchestrator/embedding-store.ts';
import { Scheduler } from './orchestrator/execution/scheduler.ts';
import { assembleOrchestrator, type Orchestrator } from './orchestrator/orchestrator.ts';
import {
  type AssistantSeed,
  PLAIN_DEPLOYMENT,
  type ThreadTtlSettings,
} from './orchestrator/ports/deployment.ts';
import type { Clock, Logger } from './orchestrator/ports/environment.ts';
import { restApp } from './rest/app.ts';
import type { RestDeps } from './rest/deps.ts';
import { EventSockets } from './rest/event-streaming/event-socket.ts';
import { readCheckpointRefs } from './storage/checkpoints/history.ts';
import { SqlCheckpointStore } from './storage/checkpoints/sql-checkpoint-store.ts';
import { SqlCronStore } from './storage/crons/sql-cron-store.ts';
import { Database } from './storage/database.ts';
import { type NearestItems, nearestByComparing } from './storage/items/item-search.ts';
import { pgvectorOf } from './storage/items/pgvector.ts';
import { SqlItemStore } from './storage/items/sql-item-store.ts';
import { GroupCommit } from './storage/log/group-commit.ts';
import { SqlRetention } from './storage/retention.ts';
import { SqlStore } from './storage/sql-store.ts';
import { SqlWebhookOutbox } from './storage/webhooks/sql-webhook-outbox.ts';
import { HttpWebhooks } from './webhooks/http-webhooks.ts';

/** What the settings and the langgraph.json say to the orchestrator. */
const orchestratorOptions = (config: Config, threadTtl: ThreadTtlSettings | null): OrchestratorOptions => ({
  ...DEFAULT_OPTIONS,
  workerId: config.workerId,
  concurrency: config.concurrency,
  leaseMs: config.leaseMs,
  ...leaseTimes(config.leaseMs),
  graceMs: config.graceMs,
  stuckMs: config.stuckMs,
  maxAttempts: config.maxAttempts,
  limits: config.limits,
  ...(threadTtl === null ? {} : ttlOptions(threadTtl)),
});

/**
 * An executor gives up well before its lease is over, and lost workers are looked for often enough for the
 * lease to mean something.
 */
const leaseTimes = (leaseMs: number): Pick<OrchestratorOptions, 'leaseMarginMs' | 'sweepMs'> => ({
  leaseMarginMs: Math.min(DEFAULT_OPTIONS.leaseMarginMs, leaseMs / 4),
  sweepMs: Math.min(DEFAULT_OPTIONS.sweepMs, leaseMs / 6),
});

const ttlOptions = (
  settings: ThreadTtlSettings,
): Pick<OrchestratorOptions, 'defaultTtl' | 'ttlSweepMs' | 'ttlSweepLimit'> => ({
  defaultTtl: defaultTtl(settings),
  ttlSweepMs: settings.sweepMinutes * 60_000,
  ttlSweepLimit: settings.sweepLimit,
});

const defaultTtl = ({ strategy, defaultMinutes }: ThreadTtlSettings): ThreadTtl | null =>
  defaultMinutes === null ? null : { strategy, minutes: defaultMinutes };

/**
 * What has been opened so far; disposing of it closes that again, the last first, unless `move` has handed it
 * on. It is what the package needs of AsyncDisposableStack, which Node 22 doesn't have.
 */
export class OpenedResources implements AsyncDisposable {
  #resources: (Disposable | AsyncDisposable)[] = [];

  use<R extends Disposable | AsyncDisposable>(resource: R): R {
    this.#resources.push(resource);
    return resource;
  }

  /** Hands everything on to the one that is returned. */
  move(): OpenedResources {
    const moved = new OpenedResources();
    moved.#resources = this.#resources;
    this.#resources = [];
    return moved;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const resource = this.#resources.pop();
    if (resource === undefined) return;
    try {
      if (Symbol.asyncDispose in resource) await resource[Symbol.asyncDispose]();
      else resource[Symbol.dispose]();
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }
}

/** The graphs as their default assistants show them. Of seeds for graphs that there are not it is told. */
function servedGraphs(
  graphs: readonly GraphReference[],
  seeds: Readonly<Record<string, AssistantSeed>>,
  logger: Logger,
): ServedGraph[] {
  const known = new Set(graphs.map(({ graphId }) => graphId));
  for (const graphId of Object.keys(seeds))
    if (!known.has(graphId))
      logger.warn({ graphId }, `LANGGRAPH_CONFIG: langgraph.json has no graph "${graphId}"; ignored`);
  return graphs.map(({ graphId, description }) => ({
    graphId,
    description,
    seed: seeds[graphId] ?? { config: {}, context: {} },
  }));
}

export type ServiceParts = {
  readonly config: Config;
  readonly langgraph: Pick<LanggraphJson, 'graphs'> & Partial<LanggraphJson>;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly version: string;
  readonly options?: Partial<OrchestratorOptions>;
  /** Default: every caller is the same owner. */
  readonly identify?: Identify;
};

/** A running service. */
export type Service = AsyncDisposable & {
  /** Where GraphQL and the playground are. */
  readonly url: string;
  readonly orchestrator: Orchestrator;
  /** The port that serves /health and /ready from a thread of its own; null: there is none. */
  readonly healthPort: number | null;
  /** The threads whose events somebody follows at this moment. */
  readonly followed: readonly ThreadId[];
  /**
   * Claims nothing more, lets runs end for the drain time, releases what is left, breaks subscriptions off,
   * closes the database. Once.
   */
  stop(reason: string, drainMs?: number): Promise<void>;
};

/**
 * Builds the parts from the configuration and starts them. Rejects, with everything closed again, when the
 * database can't be opened, a graph doesn't load or the port is taken.
 */
export async function startService(parts: ServiceParts): Promise<Service> {
  const { config, langgraph, logger, clock, version } = parts;
  const { deployment = PLAIN_DEPLOYMENT, unsupported } = langgraph;
  if (unsupported !== undefined) warnOfUnsupported(unsupported, logger);
  await using opened = new OpenedResources();
  opened.use(provideSdkLogger(logger));
  const loaded = await loadGraphs(langgraph.graphs);
  const { index: indexed } = deployment.store;
  const index =
    indexed === null ? null : await loadSemanticIndex(indexed, langgraph.file ?? config.langgraphJson);
  const database = opened.use(
    await Database.open({
      url: config.database,
      poolSize: config.databasePool,
      synchronous: config.synchronous,
      clock,
      logger,
    }),
  );
  // An SQLite file is this process's alone, so what it remembers of a thread's state is current. PostgreSQL
  // is shared with other processes.
  const isShared = database.kind === 'postgres';
  // The hub and the scheduler need the store, so they follow; the first commit comes after them.
  const commits = new GroupCommit(database, (events) => {
    hub.publish(events);
    scheduler.committed(events);
    if (isShared)
      for (const [threadId, seq] of newestSeqs(events)) signals.send({ kind: 'events', threadId, seq });
  });
  const checkpoints = new SqlCheckpointStore({
    database,
    commits,
    logger,
    freshness: isShared ? 'compare' : 'trust',
  });
  const store = new SqlStore({
    database,
    commits,
    checkpointTx: (sql) => checkpoints.tx(sql),
    checkpointReads: readCheckpointRefs,
  });
  const items = new SqlItemStore(database, index === null ? undefined : await nearestItems(database, logger));
  const longTerm = new EmbeddingStore(items, index, deployment.store.ttl ?? NO_TTL);
  const graphs = new LangGraphHost(new LoadedGraphs(loaded, new GraphStore(longTerm, DEFAULT_OWNER)));
  const hub = new Hub({ reads: store.reads, clock, logger });
  const signals = opened.use(
    await openSignals({
      url: config.messaging,
      database: { kind: database.kind, url: config.database },
      logger,
      clock,
    }),
  );
  opened.use(
    signals.listen((signal) => {
      if (signal.kind === 'resync')
        hub
          .catchUp()
          .catch((error: unknown) =>
            logger.warn({ err: error }, 'Catching up with the log failed; the next sweep retries'),
          );
      if (signal.kind !== 'events') return;
      if (signal.seq !== null) hub.grown(signal.threadId, signal.seq);
      else {
        checkpoints.forgetThread(signal.threadId);
        hub.threadDeleted(signal.threadId);
      }
    }),
  );
  const subscriptions = new LogSubscriptions({ hub, reads: store.reads, graphs, checkpoints });
  const options: OrchestratorOptions = {
    ...orchestratorOptions(config, deployment.threadTtl),
    configurableHeaders: deployment.configurableHeaders,
    ...parts.options,
  };
  const webhooks = opened.use(
    new HttpWebhooks({
      ...{
        settings: deployment.webhooks,
        allowed: config.webhookAllow,
        secrets: config.webhookSecrets,
        clock,
      },
      baseUrl: () => server.url,
    }),
  );
  const served = servedGraphs(langgraph.graphs, config.assistantSeeds, logger);
  const context: RunDeps = {
    store,
    longTerm,
    webhooks,
    outbox: new SqlWebhookOutbox(database),
    crons: new SqlCronStore(database),
    checkpoints,
    graphs,
    signals,
    subscriptions,
    clock,
    logger,
    options,
    defaults: new DefaultAssistants(store, served),
  };
  const orchestrator = assembleOrchestrator(context);
  const scheduler = new Scheduler(context);

  let draining = false;
  const closing = new AbortController();
  const access = new AccessRules({
    hosts: config.allowedHosts,
    origins: config.allowedOrigins,
    cors: deployment.cors,
  });
  const { limits } = config;
  const joins = new Capacity(limits.maxJoins, tooManyJoins(limits));
  const streams = new Capacity(limits.maxStreams, tooManyStreams(limits));
  const { identify = asDefaultOwner } = parts;
  const rest: RestDeps = {
    orchestrator,
    access,
    identify,
    limits,
    joins,
    streams,
    logger,
    clock,
    version,
    closing: closing.signal,
    checkDatabase: () => store.check(),
    langgraphVersion,
    countUnfinishedRuns: () => store.countUnfinishedRuns(),
  };
  const protocol = restApp(rest);
  // What is watched is this process's own loop, so it takes the machine's clock, whatever the service counts
  // by.
  const loop = opened.use(new LoopWatch(systemClock, config.busyMs));
  const readiness = readyUnless([
    () => (draining ? 'the server is draining' : null),
    () => loop.reason,
    () => scheduler.stuck(),
    () => store.check().then(() => null),
  ]);
  const server = new GraphQLServer({
    orchestrator,
    logger,
    clock,
    version,
    playground: true,
    serves: config.role === 'worker' ? 'HEALTH' : 'ALL',
    readiness,
    access,
    identify,
    limits,
    joins,
    streams,
    otherwise: protocol.listener,
    otherSockets: new EventSockets(rest),
  });
  // No other process has an SQLite file: every run that is RUNNING in it was lost with the process that ran
  // it.
  const lost = isShared ? 0 : await store.transaction((tx) => tx.runs.expireAllLeases());
  if (lost > 0) logger.warn({ runs: lost }, 'Taking over runs left unfinished by a previous process');
  const base = await server.listen(config.port, config.host);
  const { host, healthPort, busyMs } = config;
  const health =
    healthPort === null
      ? null
      : await HealthPort.listen({
          ...{ host, port: healthPort, busyMs, beats: loop.beats, logger },
          readiness: () => checkReadiness(readiness, logger, clock),
        });
  if (health !== null) opened.use(health);
  opened.use(provideSdkClient(protocol.fetch, base));
  if (config.role !== 'api') {
    scheduler.start();
    const background = startBackground({
      ...{ deps: context, orchestrator, sender: webhooks, items, config },
      retention: new SqlRetention(database, checkpoints),
      itemSweepMinutes: deployment.store.ttl?.sweepMinutes ?? null,
    });
    for (const kept of background) opened.use(kept);
  }

  const resources = opened.move();
  let stopped: Promise<void> | null = null;
  const stop = async (reason: string, drainMs: number): Promise<void> => {
    draining = true;
    const drainUntilMs = clock.monotonicMs() + drainMs;
    await scheduler.stop(drainMs);
    await commits.idle();
    // The sockets first: an iterator that ended would be told as the end of the subscription, and its client
    // would not come back.
    closing.abort();
    await server.close(reason);
    hub.close();
    await checkpoints.idle();
    await database.settle(Math.max(0, drainUntilMs - clock.monotonicMs()));
    await resources[Symbol.asyncDispose]();
  };
  const stopOnce = (reason: string, drainMs = config.drainMs): Promise<void> => {
    stopped ??= stop(reason, drainMs);
    return stopped;
  };
  return {
    url: `${base}/graphql`,
    orchestrator,
    healthPort: health?.port ?? null,
    get followed() {
      return hub.followed;
    },
    stop: stopOnce,
    [Symbol.asyncDispose]: () => stopOnce('The server is stopping', 0),
  };
}

/** Who compares vectors: PostgreSQL where it has pgvector, else this process. */
async function nearestItems(database: Database, logger: Logger): Promise<NearestItems> {
  if (database.kind !== 'postgres') return nearestByComparing;
  const told = (why: string) =>
    logger.warn({ why }, 'pgvector is not installed; comparing vectors in process');
  return (await pgvectorOf(database.read, told)) ?? nearestByComparing;
}

/** The newest seq of each thread among these events. */
function newestSeqs(events: readonly LoggedEvent[]): Map<ThreadId, number> {
  // in the order of seq per thread: the last one counts
  return new Map(events.map(({ threadId, seq }) => [threadId, seq]));
}
