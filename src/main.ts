#!/usr/bin/env -S node --max-semi-space-size=16
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { systemClock } from './clock.ts';
import {
  applyEnv,
  type Config,
  ConfigError,
  environment,
  readConfig,
  withLanggraphEnv,
  withoutSecrets,
} from './config.ts';
import { describeThrown, toldOf } from './domain/thrown.ts';
import { currentScope } from './graphs/execution/graph-scope.ts';
import { EmbeddingLoadError } from './graphs/loading/embeddings.ts';
import { LanggraphJsonError, readLanggraphJson } from './graphs/loading/langgraph-json.ts';
import { GraphLoadError } from './graphs/loading/loader.ts';
import { createLogger } from './logger.ts';
import { SignalsError } from './messaging/signal-engine.ts';
import type { Logger } from './orchestrator/ports/environment.ts';
import { startService } from './service.ts';
import { DatabaseError } from './storage/database-error.ts';

/**
 * Graphs are other people's code: what one of them throws where nothing catches it (in a timer, a listener, a
 * promise that is not awaited) ends the run that it belongs to, and neither the process nor other runs. Node
 * calls these handlers in the async context of the code that threw.
 *
 * What a subscriber of a diagnostics channel throws ends nothing either: Node reports it once the publisher
 * has gone on. For requests to this server that is in no graph's context.
 *
 * Any other exception that belongs to no graph is the server's own and leaves it in an unknown state: the
 * process exits 1 with the stack, as it would without a handler. A rejection that belongs to none is logged.
 */
export function surviveGraphFaults(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    if (blamesGraph(error, logger)) return;
    if (isOfSubscriber(error)) {
      logger.error({ err: error }, 'Diagnostics channel subscriber threw');
      return;
    }
    process.stderr.write(`interject: uncaught exception: ${inWords(error)}\n`);
    process.exit(1);
  });
  process.on('unhandledRejection', (reason) => {
    if (!blamesGraph(reason, logger)) logger.error({ err: reason }, 'Unhandled promise rejection');
  });
}

/** `publish` catches it, and leaves nothing behind that was under way. */
const PUBLISHED = /^ +at \w*Channel\.publish \(node:diagnostics_channel:/m;

const isOfSubscriber = (error: unknown): boolean => PUBLISHED.test(describeThrown(error).stack ?? '');

/** The whole error, or what can be read of it: this must not throw. */
function inWords(error: unknown): string {
  try {
    return inspect(error);
  } catch {
    return describeThrown(error).stack ?? toldOf(error);
  }
}

function blamesGraph(thrown: unknown, logger: Logger): boolean {
  const scope = currentScope();
  if (scope === undefined) return false;
  const fields = { err: thrown, graph: scope.graphId, ...scope.run };
  if (scope.execution?.fail(thrown) === true)
    logger.error(fields, 'Graph threw outside its nodes; failing its run');
  else logger.error(fields, 'Graph threw outside an active run');
  return true;
}

/** Errors that a user can act on: one line each. */
const EXPECTED = [
  ConfigError,
  EmbeddingLoadError,
  LanggraphJsonError,
  GraphLoadError,
  DatabaseError,
  SignalsError,
];

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
    logger.info(
      { signal, drainMs: config.drainMs },
      'Shutting down: draining active runs; the rest will be released',
    );
    service.stop('The server is restarting').then(() => {
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
  process.stdout.write(
    `${config.role === 'worker' ? workerEndpoints(service.url) : `Playground and GraphQL endpoint: ${service.url}`}\n`,
  );
}

function workerEndpoints(url: string): string {
  return `Worker: executes runs and serves only ${['/health', '/ready'].map((path) => new URL(path, url)).join(' and ')}`;
}

/** One line that says what was wrong, and exit 1; the whole error for what nobody expected. */
function fail(error: unknown): never {
  const isExpected = EXPECTED.some((kind) => error instanceof kind);
  const text = isExpected ? (error as Error).message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`interject: ${whyNotListening(error) ?? text}\n`);
  process.exit(1);
}

/** Null for what has nothing to do with the address. */
function whyNotListening(error: unknown): string | null {
  const { code, syscall, message, address, port } = (error ?? {}) as Partial<
    NodeJS.ErrnoException & { address: string; port: number }
  >;
  if (syscall !== 'listen' && syscall !== 'getaddrinfo') return null;
  if (code === 'EADDRINUSE') return `${address}:${port} is in use; choose another port with --port or PORT`;
  return `cannot listen (${message}); choose the address with --host or HOST, the port with --port or PORT`;
}

/** package.json is beside src/, or beside dist/ in the published package. */
function findPackageJson(): URL {
  const near = new URL('../package.json', import.meta.url);
  const published = new URL('../../package.json', import.meta.url);
  return import.meta.url.includes('/dist/src/') ? published : near;
}
