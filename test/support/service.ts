import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/clock.ts';
import type { Config } from '../../src/config.ts';
import { readLanggraphJson } from '../../src/graphs/loading/langgraph-json.ts';
import { DEFAULT_LIMITS } from '../../src/http/limits.ts';
import type { Identify } from '../../src/http/request-context.ts';
import type { OrchestratorOptions } from '../../src/orchestrator/context.ts';
import type { Clock, Logger } from '../../src/orchestrator/ports/environment.ts';
import { type Service, startService } from '../../src/service.ts';
import { AdvancingClock } from './advancing-clock.ts';
import { silentLogger } from './silent-logger.ts';
import { TestDatabase, testedDatabase } from './test-database.ts';

/** The langgraph.json of the gated graph fixtures. */
export const FIXTURE_GRAPHS = fileURLToPath(new URL('./graphs/langgraph.json', import.meta.url));
/** The demo agent's; set INTERJECT_DEMO_PACE=0 before it is loaded, or it takes five seconds a run. */
export const DEMO_GRAPHS = fileURLToPath(
  new URL('../../examples/weather-agent/langgraph.json', import.meta.url),
);

export type ServiceOptions = {
  readonly database?: string;
  readonly langgraphJson?: string;
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly config?: Partial<Config>;
  readonly options?: Partial<OrchestratorOptions>;
  readonly identify?: Identify;
};

const CONFIG: Config = {
  port: 0,
  host: '127.0.0.1',
  healthPort: null,
  busyMs: 2_000,
  stuckMs: 300_000,
  allowedHosts: [],
  allowedOrigins: [],
  database: ':memory:',
  synchronous: 'NORMAL',
  langgraphJson: FIXTURE_GRAPHS,
  concurrency: 64,
  databasePool: 10,
  messaging: null,
  role: 'all',
  leaseMs: 30_000,
  maxAttempts: 3,
  drainMs: 0,
  graceMs: 5_000,
  eventRetentionMs: null,
  checkpointRetentionMs: null,
  limits: DEFAULT_LIMITS,
  webhookSecrets: [],
  webhookAllow: [],
  logLevel: 'silent',
  assistantSeeds: {},
  workerId: 'test',
};

/**
 * Commands that a test sends at once are taken in the order of its calls, as they are on SQLite: by one
 * connection.
 */
export const IN_CALL_ORDER = { databasePool: 1 } as const;

/**
 * A whole service in this process, on a free port, with the gated fixtures. Use it with `await using`. Its
 * database, unless one is given, is of the kind under test, and is gone with it.
 */
export async function startTestService({
  database,
  langgraphJson,
  logger,
  clock,
  config,
  options,
  identify,
}: ServiceOptions = {}): Promise<Service> {
  const own = database === undefined && testedDatabase === 'postgres' ? await TestDatabase.create() : null;
  const merged = {
    ...CONFIG,
    ...config,
    database: database ?? own?.url ?? CONFIG.database,
    langgraphJson: langgraphJson ?? CONFIG.langgraphJson,
  };
  if (clock instanceof AdvancingClock) own?.follow(clock);
  const service = await startService({
    config: merged,
    langgraph: await readLanggraphJson(merged.langgraphJson),
    logger: logger ?? silentLogger,
    clock: clock ?? systemClock,
    version: '0.0.0-test',
    ...(options === undefined ? {} : { options }),
    ...(identify === undefined ? {} : { identify }),
  });
  if (own === null) return service;
  const stop = async (reason: string, drainMs?: number): Promise<void> => {
    await service.stop(reason, drainMs);
    await own[Symbol.asyncDispose]();
  };
  return Object.create(service, {
    stop: { value: stop },
    [Symbol.asyncDispose]: { value: () => stop('The test is over', 0) },
  }) as Service;
}
