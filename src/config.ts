import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { isJsonObject, type JsonObject } from './domain/json.ts';
import { configFaults } from './domain/run-options.ts';
import type { Limits } from './http/limits.ts';
import { describeIssues } from './orchestrator/outcomes.ts';
import type { AssistantSeed } from './orchestrator/ports/deployment.ts';
import { type LogLevel, type Role, SETTINGS, type Setting } from './settings.ts';
import { endpointSecret } from './webhooks/http-webhooks.ts';

/** A setting that makes no sense; the message is one line that names it and says what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const jsonObject = z.custom<JsonObject>(isJsonObject, 'must be a JSON object');
const schema = z.record(
  z.string(),
  z
    .looseObject(
      {
        configurable: jsonObject.optional(),
        context: jsonObject.optional(),
      },
      'must be a JSON object',
    )
    .superRefine(({ context: _context, ...config }, check) => {
      for (const { path, message } of configFaults(config as JsonObject, null))
        check.addIssue({ code: 'custom', path: [...path], message });
    })
    .refine(
      ({ configurable, context }) => configurable === undefined || context === undefined,
      'must not contain both configurable and context',
    ),
  'must be a JSON object with graph ids as keys',
);

/**
 * LANGGRAPH_CONFIG: a JSON map from graph ids to what their default assistants begin with, { configurable?,
 * tags?, recursion_limit?, …, context? }. Its values may be secrets: no error repeats them.
 *
 * @throws ConfigError for what isn't that
 */
function readAssistantSeeds(text: string | undefined): Readonly<Record<string, AssistantSeed>> {
  if (text === undefined || text.trim() === '') return {};
  const parsed = schema.safeParse(parse(text));
  if (!parsed.success) {
    throw new ConfigError(`LANGGRAPH_CONFIG: ${describeIssues(parsed.error.issues)}`);
  }
  return Object.fromEntries(
    Object.entries(parsed.data).map(([graphId, { context = {}, ...config }]) => [
      graphId,
      { config: config as JsonObject, context },
    ]),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigError('LANGGRAPH_CONFIG: must be JSON, such as {"agent":{"context":{"model":"…"}}}');
  }
}

/** Every setting of the server, validated. */
export type Config = {
  /** 0: any free one. */
  readonly port: number;
  readonly host: string;
  /** Where /health and /ready are served from a thread of their own; 0: any free one; null: nowhere. */
  readonly healthPort: number | null;
  /** An event loop that was blocked longer than this makes the process not ready. */
  readonly busyMs: number;
  /**
   * Run slots of which all are taken while none has moved for this long make the process not ready; null:
   * they don't.
   */
  readonly stuckMs: number | null;
  /** Host names by which the server is reached, beside loopback names and addresses. */
  readonly allowedHosts: readonly string[];
  /** Origins whose pages may call the server, beside those of langgraph.json. */
  readonly allowedOrigins: readonly string[];
  /** A file's path, a `sqlite:` URL, `:memory:` or a `postgres:` URL. */
  readonly database: string;
  /** Connections to PostgreSQL at once. */
  readonly databasePool: number;
  /**
   * `redis:` or `nats:` URL of what carries signals between processes; null: the database, or memory where
   * one process has it.
   */
  readonly messaging: string | null;
  readonly role: Role;
  /** FULL makes every commit survive a power failure too. */
  readonly synchronous: 'NORMAL' | 'FULL';
  /** Absolute path of the langgraph.json to serve. */
  readonly langgraphJson: string;
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly drainMs: number;
  readonly graceMs: number;
  /** A run that was alone with its process at so many deaths ends WORKER_LOST. */
  readonly maxAttempts: number;
  /** Events older than this (ms) are removed; null: none is. */
  readonly eventRetentionMs: number | null;
  /**
   * Checkpoints older than this (ms) are removed if nothing needs them; null: none is. Not less than
   * eventRetentionMs, and null where that is.
   */
  readonly checkpointRetentionMs: number | null;
  /** How much clients may ask of this process. */
  readonly limits: Limits;
  /** Each signs webhooks. */
  readonly webhookSecrets: readonly string[];
  /** Hosts, addresses and ranges that webhooks may be sent to though they are not public. */
  readonly webhookAllow: readonly string[];
  readonly logLevel: LogLevel;
  /** LANGGRAPH_CONFIG: what graphs' default assistants begin with. */
  readonly assistantSeeds: Readonly<Record<string, AssistantSeed>>;
  /**
   * Names this process in leases and logs: another one at each start, also where host and process id are the
   * same again (containers).
   */
  readonly workerId: string;
};

const DEMO = fileURLToPath(new URL('../examples/weather-agent/langgraph.json', import.meta.url));

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What the command line asks for: serving with these settings, or a text to print: the help, or secrets of
 * webhook receivers.
 */
export type Command =
  | { readonly kind: 'serve'; readonly config: Config }
  | { readonly kind: 'help'; readonly text: string };

/**
 * Reads the settings from flags, then the environment, then the defaults.
 * @throws ConfigError for an unknown flag or a value that isn't allowed
 */
export function readConfig(
  args: readonly string[],
  env: Environment = process.env,
  cwd: string = process.cwd(),
): Command {
  const flags = parseFlags(args);
  if (flags['help'] === true) return { kind: 'help', text: helpText() };
  const endpoint = flags[ENDPOINT_FLAG];
  const read = <T>(made: Setting<T>): T => {
    const flag = flags[made.flag];
    const given =
      typeof flag === 'string'
        ? { name: `--${made.flag}`, text: flag }
        : { name: made.env, text: env[made.env] };
    const parsed = made.schema.safeParse(
      given.text === undefined || given.text === '' ? made.default : given.text,
    );
    if (parsed.success) return parsed.data;
    const reason = `${given.name} ${parsed.error.issues[0]?.message ?? 'is not valid'}`;
    throw new ConfigError(
      made.isSecret === true
        ? reason
        : `${reason} (got ${JSON.stringify(given.text === undefined ? undefined : withoutSecrets(given.text))})`,
    );
  };
  if (typeof endpoint === 'string')
    return { kind: 'help', text: endpointSecrets(endpoint, read(SETTINGS.webhookSecret)) };
  const config: Config = {
    port: read(SETTINGS.port),
    host: read(SETTINGS.host),
    healthPort: read(SETTINGS.healthPort),
    busyMs: read(SETTINGS.busy) * 1_000,
    stuckMs: read(SETTINGS.stuck) * 1_000 || null,
    allowedHosts: read(SETTINGS.allowedHosts),
    allowedOrigins: read(SETTINGS.allowedOrigins),
    database: read(SETTINGS.database),
    databasePool: read(SETTINGS.databasePool),
    messaging: read(SETTINGS.messaging) || null,
    role: read(SETTINGS.role),
    synchronous: read(SETTINGS.synchronous),
    langgraphJson: findLanggraphJson(flags['config'], env[SETTINGS.config.env], cwd),
    concurrency: read(SETTINGS.concurrency),
    leaseMs: read(SETTINGS.lease) * 1_000,
    drainMs: read(SETTINGS.drain) * 1_000,
    graceMs: read(SETTINGS.grace) * 1_000,
    maxAttempts: read(SETTINGS.maxAttempts),
    eventRetentionMs: daysInMs(read(SETTINGS.eventRetention)),
    checkpointRetentionMs: daysInMs(read(SETTINGS.checkpointRetention)),
    limits: {
      maxRequestBytes: read(SETTINGS.maxRequestBytes),
      maxMetadataBytes: read(SETTINGS.maxMetadataBytes),
      maxJoins: read(SETTINGS.maxJoins),
      maxStreams: read(SETTINGS.maxStreams),
      maxSockets: read(SETTINGS.maxSockets),
      maxSocketOperations: read(SETTINGS.maxSocketOperations),
      maxSocketCommands: read(SETTINGS.maxSocketCommands),
      maxUnsentBytes: read(SETTINGS.maxUnsentBytes),
    },
    webhookSecrets: read(SETTINGS.webhookSecret),
    webhookAllow: read(SETTINGS.webhookAllow),
    logLevel: read(SETTINGS.logLevel),
    assistantSeeds: readAssistantSeeds(env['LANGGRAPH_CONFIG']),
    workerId: `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`,
  };
  refuseSeveralProcessesOnOneFile(config);
  refuseCheckpointsThatEventsNeed(config);
  return { kind: 'serve', config };
}

/** An SQLite file belongs to one process, which then has to do everything. */
function refuseSeveralProcessesOnOneFile({ database, role, messaging }: Config): void {
  if (isPostgres(database)) return;
  const needsPostgres =
    'requires a PostgreSQL database (--database postgres://…): an SQLite file belongs to one process';
  if (role !== 'all') throw new ConfigError(`--${SETTINGS.role.flag} ${role} ${needsPostgres}`);
  if (messaging !== null) throw new ConfigError(`--${SETTINGS.messaging.flag} ${needsPostgres}`);
}

/** An event refers to checkpoints, so that these can only go after it. */
function refuseCheckpointsThatEventsNeed({ eventRetentionMs, checkpointRetentionMs }: Config): void {
  if (
    checkpointRetentionMs === null ||
    (eventRetentionMs !== null && checkpointRetentionMs >= eventRetentionMs)
  )
    return;
  throw new ConfigError(
    `--${SETTINGS.checkpointRetention.flag} must be 0 or at least --${SETTINGS.eventRetention.flag}: events refer to checkpoints`,
  );
}

/** 0 days are no retention: null. */
const daysInMs = (days: number): number | null => (days === 0 ? null : days * 24 * 60 * 60 * 1_000);

const isPostgres = (url: string): boolean => /^postgres(ql)?:/i.test(url);

/** A URL as it may be logged: without a password and the query. */
export function withoutSecrets(url: string): string {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(url) || !URL.canParse(url)) return url;
  const { protocol, username, host, pathname } = new URL(url);
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`;
}

const ENDPOINT_FLAG = 'print-webhook-secret';

/** The secret that a receiver at this URL verifies with, a line for each of the server's. */
function endpointSecrets(url: string, secrets: readonly string[]): string {
  if (!URL.canParse(url))
    throw new ConfigError(
      `--${ENDPOINT_FLAG} must be the absolute URL of a receiver (got ${JSON.stringify(url)})`,
    );
  if (secrets.length === 0)
    throw new ConfigError(`--${ENDPOINT_FLAG} requires ${SETTINGS.webhookSecret.env}`);
  return secrets.map((secret) => endpointSecret(secret, new URL(url))).join('\n');
}

function parseFlags(args: readonly string[]): Record<string, string | boolean | undefined> {
  const options = Object.fromEntries(
    Object.values(SETTINGS).map(({ flag }) => [flag, { type: 'string' as const }]),
  );
  try {
    return parseArgs({
      args: [...args],
      options: { ...options, [ENDPOINT_FLAG]: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: false,
    }).values;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new ConfigError(`${reason}; see interject --help`);
  }
}

function findLanggraphJson(
  flag: string | boolean | undefined,
  variable: string | undefined,
  cwd: string,
): string {
  const [name, given] =
    typeof flag === 'string' ? [`--${SETTINGS.config.flag}`, flag] : [SETTINGS.config.env, variable ?? ''];
  if (given !== '') {
    const file = resolve(cwd, given);
    if (!existsSync(file))
      throw new ConfigError(`${name}: ${file} does not exist; set it to the path of a langgraph.json`);
    return file;
  }
  const here = resolve(cwd, 'langgraph.json');
  return existsSync(here) ? here : DEMO;
}

/** The process's environment, for what a langgraph.json refers to in it. */
export const environment = (): Environment => process.env;

/**
 * The settings with what a langgraph.json's `env` adds to them: LANGGRAPH_CONFIG, unless the environment sets
 * it. The other settings are read before there is a langgraph.json.
 *
 * @throws ConfigError for a LANGGRAPH_CONFIG that isn't allowed
 */
export function withLanggraphEnv(
  config: Config,
  entries: Readonly<Record<string, string>>,
  env: Environment = process.env,
): Config {
  return {
    ...config,
    assistantSeeds: readAssistantSeeds(env['LANGGRAPH_CONFIG'] ?? entries['LANGGRAPH_CONFIG']),
  };
}

/** Adds a langgraph.json's `env` to the process's environment; what is set already wins. */
export function applyEnv(entries: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(entries)) process.env[name] ??= value;
}

function helpText(): string {
  const settings = Object.values(SETTINGS);
  const width = Math.max(...settings.map(({ flag, value }) => `--${flag} ${value}`.length));
  const row = (name: string, help: string): string => `  ${name.padEnd(width)}  ${help}`;
  const rows = settings.flatMap(({ flag, value, env, help, default: fallback }) => [
    row(`--${flag} ${value}`, help),
    row('', fallback === '' ? `(${env})` : `(${env}; default: ${fallback})`),
  ]);
  return [
    'interject: runs LangGraph.js agents on threads, with GraphQL and subscriptions.',
    '',
    'Usage: interject [flags]',
    '',
    'Serves the graphs of a langgraph.json. A flag overrides its environment variable.',
    '',
    ...rows,
    row(`--${ENDPOINT_FLAG} URL`, 'Prints the signing secret of the webhook receiver at URL and exits.'),
    row('--help', 'Prints this help.'),
    '',
    'The demo agent needs no API key. To use a real model, set INTERJECT_MODEL (such as',
    "anthropic:… or openai:…) and the provider's API key.",
  ].join('\n');
}
