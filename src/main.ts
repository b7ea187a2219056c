#!/usr/bin/env -S node --max-semi-space-size=16
import { readFileSync } from 'node:fs';
import { systemClock } from './clock.ts';
import { applyEnv, type Config, environment, readConfig, withLanggraphEnv, withoutSecrets } from './config.ts';
import { ConfigError } from './config-error.ts';
import { surviveGraphFaults } from './graph-faults.ts';
import { EmbeddingLoadError } from './graphs/embeddings.ts';
import { LanggraphJsonError, readLanggraphJson } from './graphs/langgraph-json.ts';
import { GraphLoadError } from './graphs/loader.ts';
import { createLogger } from './logger.ts';
import { SignalsError } from './messaging/signals-error.ts';
import { startService } from './service.ts';
import { DatabaseError } from './storage/database-error.ts';

/** What a user can do something about: told in one line. */
const EXPECTED = [ConfigError, EmbeddingLoadError, LanggraphJsonError, GraphLoadError, DatabaseError, SignalsError];

const { version } = JSON.parse(readFileSync(findPackageJson(), 'utf8')) as { version: string };

try {
  const command = readConfig(process.argv.slice(2));
  if (command.kind === 'help') process.stdout.write(`${command.text}\n`);
  else await serve(command.config);
} catch (error) {
  fail(error);
}

async function serve(settings: Config): Promise<void> {
  const langgraph = await readLanggraphJson(settings.langgraphJson, environment());
  const config = withLanggraphEnv(settings, langgraph.env);
  applyEnv(langgraph.env);
  const logger = createLogger(config);
  surviveGraphFaults(logger);
  const service = await startService({ config, langgraph, logger, clock: systemClock, version });
  const onSignal = (signal: NodeJS.Signals) => {
    logger.info({ signal, drainMs: config.drainMs }, 'Stopping: running runs may end, the others are handed back');
    service.stop('The server restarts').then(() => {
      logger.info({}, 'Stopped');
      process.exit(); // timers and connections that a graph's module holds would keep the process alive
    }, fail);
  };
  process.once('SIGTERM', onSignal);
  process.once('SIGINT', onSignal);

  // Said last: whoever reads it may stop the process at once.
  logger.info(
    {
      role: config.role,
      database: withoutSecrets(config.database),
      langgraphJson: config.langgraphJson,
      graphs: langgraph.graphs.map(({ graphId }) => graphId),
      version,
      ...(service.healthPort === null ? {} : { healthPort: service.healthPort }),
    },
    'Serving',
  );
  process.stdout.write(`${config.role === 'worker' ? workerEndpoints(service.url) : `Playground and GraphQL endpoint: ${service.url}`}\n`);
}

function workerEndpoints(url: string): string {
  return `Worker: executes runs and serves only ${['/health', '/ready'].map((path) => new URL(path, url)).join(' and ')}`;
}

/** One line that says what was wrong, and exit 1; the whole error for what nobody expected. */
function fail(error: unknown): never {
  const isExpected = EXPECTED.some((kind) => error instanceof kind);
  const told = isExpected ? (error as Error).message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`interject: ${whyNotListening(error) ?? told}\n`);
  process.exit(1);
}

/** Null for what has nothing to do with the address. */
function whyNotListening(error: unknown): string | null {
  const { code, syscall, message, address, port } = (error ?? {}) as Partial<NodeJS.ErrnoException & { address: string; port: number }>;
  if (syscall !== 'listen' && syscall !== 'getaddrinfo') return null;
  if (code === 'EADDRINUSE') return `${address}:${port} is taken; choose another port with --port or PORT`;
  return `can't listen (${message}); choose the address with --host or HOST, the port with --port or PORT`;
}

/** package.json is beside src/, or beside dist/ in the published package. */
function findPackageJson(): URL {
  const near = new URL('../package.json', import.meta.url);
  const published = new URL('../../package.json', import.meta.url);
  return import.meta.url.includes('/dist/src/') ? published : near;
}
