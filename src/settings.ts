import { z } from 'zod';
import { isHostPattern, isOrigin } from './http/access-rules.ts';
import { DEFAULT_LIMITS } from './http/limits.ts';
import { parseAllowed } from './webhooks/allowed-addresses.ts';

/** One setting as text: its flag, its environment variable, and how its text is read. */
export type Setting<T> = {
  readonly flag: string;
  readonly env: string;
  readonly value: string;
  readonly help: string;
  readonly default: string;
  /** Not to be shown, not even where it is wrong. */
  readonly isSecret?: true;
  readonly schema: z.ZodType<T>;
};

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
const ROLES = ['all', 'api', 'worker'] as const;
/** What a process does: serve clients, execute runs, or both. */
export type Role = (typeof ROLES)[number];

const setting = <T>(made: Setting<T>): Setting<T> => made;

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);
const seconds = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, `must be a number of seconds from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a number of seconds from ${min} to ${max}`);
const MAX_DAYS = 36_500;
const days = z
  .string()
  .regex(/^\d+(\.\d+)?$/, `must be a number of days from 0 to ${MAX_DAYS}`)
  .transform(Number)
  .refine((value) => value <= MAX_DAYS, `must be a number of days from 0 to ${MAX_DAYS}`);
/** Separated by commas. */
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== ''),
);
const isSecret = (secret: string): boolean => {
  const base64 = secret.replace(/^whsec_/, '');
  const bytes = Buffer.from(base64, 'base64').length;
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) && bytes >= 24 && bytes <= 64;
};
const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `must be one of ${values.join(', ')}`);

export const SETTINGS = {
  port: setting({
    flag: 'port',
    env: 'PORT',
    value: 'NUMBER',
    default: '4000',
    help: 'Port to listen on. 0: any free port.',
    schema: wholeNumber(0, 65_535),
  }),
  host: setting({
    flag: 'host',
    env: 'HOST',
    value: 'ADDRESS',
    default: '127.0.0.1',
    help: 'Address to listen on.',
    schema: z.string().min(1, 'must not be empty'),
  }),
  healthPort: setting({
    flag: 'health-port',
    env: 'INTERJECT_HEALTH_PORT',
    value: 'NUMBER',
    default: '',
    help: 'Port that serves /health and /ready from a separate thread, unaffected by graphs that block the event loop. 0: any free port. Default: none.',
    schema: z.union(
      [z.literal('').transform(() => null), wholeNumber(0, 65_535)],
      'must be a whole number from 0 to 65535',
    ),
  }),
  busy: setting({
    flag: 'busy-seconds',
    env: 'INTERJECT_BUSY_SECONDS',
    value: 'SECONDS',
    default: '2',
    help: '/ready returns 503 (busy) after the event loop was blocked for longer than this, until it has been free for as long.',
    schema: seconds(0.5, 3_600),
  }),
  stuck: setting({
    flag: 'stuck-seconds',
    env: 'INTERJECT_STUCK_SECONDS',
    value: 'SECONDS',
    default: '300',
    help: '/ready returns 503 (stuck) if all run slots are taken, runs are waiting, and no run has started, ended or written anything for longer than this. 0: no check.',
    schema: seconds(0, 86_400),
  }),
  allowedHosts: setting({
    flag: 'allowed-hosts',
    env: 'INTERJECT_ALLOWED_HOSTS',
    value: 'LIST',
    default: '',
    help: 'Comma-separated host names of this server, such as chat.example.com or *.example.com. Loopback names and IP addresses are always allowed. *: no check.',
    schema: list.refine(
      (hosts) => hosts.every(isHostPattern),
      'must be comma-separated host names without scheme, port or path',
    ),
  }),
  allowedOrigins: setting({
    flag: 'allowed-origins',
    env: 'INTERJECT_ALLOWED_ORIGINS',
    value: 'LIST',
    default: '',
    help: 'Comma-separated origins whose pages may call this server, such as https://chat.example.com. Its own origin is always allowed. *: all origins.',
    schema: list.refine(
      (origins) => origins.every(isOrigin),
      'must be comma-separated origins such as https://chat.example.com',
    ),
  }),
  database: setting({
    flag: 'database',
    env: 'INTERJECT_DATABASE_URL',
    value: 'URL',
    default: 'interject.db',
    help: 'An SQLite file path, a sqlite: URL, :memory:, or a postgres: URL.',
    schema: z
      .string()
      .min(1, 'must not be empty')
      .refine(
        (url) => !/^[a-z][a-z0-9+.-]+:/i.test(url) || /^(sqlite|postgres(ql)?):/i.test(url),
        'must be a file path, a sqlite: URL, :memory:, or a postgres: URL (other databases are not supported)',
      ),
  }),
  databasePool: setting({
    flag: 'database-pool',
    env: 'INTERJECT_DATABASE_POOL',
    value: 'NUMBER',
    default: '10',
    help: 'Maximum PostgreSQL connections of this process. One more carries signals if no messaging engine is set.',
    schema: wholeNumber(2, 1_000),
  }),
  messaging: setting({
    flag: 'messaging',
    env: 'INTERJECT_MESSAGING_URL',
    value: 'URL',
    default: '',
    help: 'redis: or nats: URL of the engine that carries signals between processes. Default: PostgreSQL.',
    schema: z
      .string()
      .refine(
        (url) => url === '' || (/^(rediss?|nats):\/\//i.test(url) && URL.canParse(url)),
        'must be a redis://, rediss:// or nats:// URL',
      ),
  }),
  role: setting({
    flag: 'role',
    env: 'INTERJECT_ROLE',
    value: 'ROLE',
    default: 'all',
    help: 'api: serves clients and executes no runs. worker: executes runs and serves only /health and /ready. all: both.',
    schema: oneOf(ROLES),
  }),
  config: setting({
    flag: 'config',
    env: 'INTERJECT_CONFIG',
    value: 'FILE',
    default: "langgraph.json in the working directory, else the demo agent's",
    help: 'The langgraph.json with the graphs to serve.',
    schema: z.string().min(1, 'must not be empty'),
  }),
  concurrency: setting({
    flag: 'concurrency',
    env: 'INTERJECT_WORKER_CONCURRENCY',
    value: 'NUMBER',
    default: '64',
    help: 'Maximum concurrent runs.',
    schema: wholeNumber(1, 10_000),
  }),
  drain: setting({
    flag: 'drain-seconds',
    env: 'INTERJECT_DRAIN_SECONDS',
    value: 'SECONDS',
    default: '10',
    help: 'How long active runs may continue after SIGTERM before they are released.',
    schema: seconds(0, 3_600),
  }),
  grace: setting({
    flag: 'grace-seconds',
    env: 'INTERJECT_GRACE_SECONDS',
    value: 'SECONDS',
    default: '5',
    help: 'How long a stopped graph may take to finish before its run is finalized without it.',
    schema: seconds(0, 600),
  }),
  lease: setting({
    flag: 'lease-seconds',
    env: 'INTERJECT_LEASE_SECONDS',
    value: 'SECONDS',
    default: '30',
    help: 'How long a run belongs to a process that does not renew its lease.',
    schema: seconds(2, 3_600),
  }),
  maxAttempts: setting({
    flag: 'max-attempts',
    env: 'INTERJECT_MAX_ATTEMPTS',
    value: 'NUMBER',
    default: '3',
    help: 'A run whose process died this many times while it was the only run ends with WORKER_LOST.',
    schema: wholeNumber(1, 1_000),
  }),
  eventRetention: setting({
    flag: 'event-retention-days',
    env: 'INTERJECT_EVENT_RETENTION_DAYS',
    value: 'DAYS',
    default: '30',
    help: 'Events older than this are removed, and cursors that need them expire. 0: kept as long as their thread.',
    schema: days,
  }),
  checkpointRetention: setting({
    flag: 'checkpoint-retention-days',
    env: 'INTERJECT_CHECKPOINT_RETENTION_DAYS',
    value: 'DAYS',
    default: '0',
    help: 'Checkpoints older than this are removed unless still needed. 0: kept as long as their thread.',
    schema: days,
  }),
  maxRequestBytes: setting({
    flag: 'max-request-bytes',
    env: 'INTERJECT_MAX_REQUEST_BYTES',
    value: 'BYTES',
    default: String(DEFAULT_LIMITS.maxRequestBytes),
    help: 'Maximum size of an HTTP body or WebSocket message, on every protocol.',
    schema: wholeNumber(1_024, 512 * 1024 * 1024),
  }),
  maxMetadataBytes: setting({
    flag: 'max-metadata-bytes',
    env: 'INTERJECT_MAX_METADATA_BYTES',
    value: 'BYTES',
    default: String(DEFAULT_LIMITS.maxMetadataBytes),
    help: 'Maximum size of the metadata of a thread, run, assistant or cron, as JSON.',
    schema: wholeNumber(1_024, 512 * 1024 * 1024),
  }),
  maxJoins: setting({
    flag: 'max-joins',
    env: 'INTERJECT_MAX_JOINS',
    value: 'NUMBER',
    default: String(DEFAULT_LIMITS.maxJoins),
    help: 'Maximum concurrent requests that wait for the end of a run. Beyond: 503.',
    schema: wholeNumber(1, 1_000_000),
  }),
  maxStreams: setting({
    flag: 'max-streams',
    env: 'INTERJECT_MAX_STREAMS',
    value: 'NUMBER',
    default: String(DEFAULT_LIMITS.maxStreams),
    help: 'Maximum open event streams over HTTP (SSE) of this process. Beyond: 503.',
    schema: wholeNumber(1, 1_000_000),
  }),
  maxSockets: setting({
    flag: 'max-sockets',
    env: 'INTERJECT_MAX_SOCKETS',
    value: 'NUMBER',
    default: String(DEFAULT_LIMITS.maxSockets),
    help: 'Maximum open WebSockets of this process. Beyond: 503.',
    schema: wholeNumber(1, 1_000_000),
  }),
  maxSocketOperations: setting({
    flag: 'max-socket-operations',
    env: 'INTERJECT_MAX_SOCKET_OPERATIONS',
    value: 'NUMBER',
    default: String(DEFAULT_LIMITS.maxSocketOperations),
    help: 'Maximum concurrent operations (GraphQL) or subscriptions (event streaming) per WebSocket.',
    schema: wholeNumber(1, 100_000),
  }),
  maxSocketCommands: setting({
    flag: 'max-socket-commands',
    env: 'INTERJECT_MAX_SOCKET_COMMANDS',
    value: 'NUMBER',
    default: String(DEFAULT_LIMITS.maxSocketCommands),
    help: 'Maximum unanswered commands per event streaming WebSocket.',
    schema: wholeNumber(1, 100_000),
  }),
  maxUnsentBytes: setting({
    flag: 'max-unsent-bytes',
    env: 'INTERJECT_MAX_UNSENT_BYTES',
    value: 'BYTES',
    default: String(DEFAULT_LIMITS.maxUnsentBytes),
    help: 'Maximum unsent bytes per WebSocket. Beyond: closed with 1013.',
    schema: wholeNumber(64 * 1024, 4 * 1024 * 1024 * 1024),
  }),
  synchronous: setting({
    flag: 'sqlite-synchronous',
    env: 'INTERJECT_SQLITE_SYNCHRONOUS',
    value: 'MODE',
    default: 'NORMAL',
    help: 'NORMAL: commits survive a process crash. FULL: also a power failure, at a performance cost.',
    schema: oneOf(['NORMAL', 'FULL']),
  }),
  webhookSecret: setting({
    flag: 'webhook-secret',
    isSecret: true,
    env: 'INTERJECT_WEBHOOK_SECRET',
    value: 'SECRET',
    default: '',
    help: 'Signs webhooks (Standard Webhooks): base64 of 24 to 64 bytes, with or without whsec_. For rotation: two, separated by a comma.',
    schema: list.refine(
      (secrets) => secrets.every(isSecret),
      'must be base64 of 24 to 64 bytes, with or without whsec_',
    ),
  }),
  webhookAllow: setting({
    flag: 'webhook-allow',
    env: 'INTERJECT_WEBHOOK_ALLOW',
    value: 'LIST',
    default: '',
    help: 'Comma-separated hosts, addresses and CIDR ranges that webhooks may reach although they are private, loopback or link-local.',
    schema: list.refine(
      (allowed) => allowed.every((one) => parseAllowed(one) !== null),
      'must be comma-separated hosts, IP addresses or CIDR ranges',
    ),
  }),
  logLevel: setting({
    flag: 'log-level',
    env: 'INTERJECT_LOG_LEVEL',
    value: 'LEVEL',
    default: 'info',
    help: `One of ${LOG_LEVELS.join(', ')}.`,
    schema: oneOf(LOG_LEVELS),
  }),
} as const;
