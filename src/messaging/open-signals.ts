import { createHash } from 'node:crypto';
import type { Clock, Logger, Signals } from '../orchestrator/ports/environment.ts';
import { MemorySignals } from './memory-signals.ts';
import { SharedSignals } from './shared-signals.ts';
import { addressOf, type Engine, type EngineOptions, SignalsError } from './signal-engine.ts';

/**
 * Goes into a notification channel's name, a Redis channel and a NATS subject alike; 63 characters are what
 * PostgreSQL takes.
 */
const PREFIX = /^[A-Za-z0-9_-]{1,40}$/;

/**
 * The channel that all processes of one database share and others don't, whatever way they reach it: the
 * prefix and a hash of what the database says of itself.
 * @throws SignalsError when the prefix isn't allowed
 */
export function channelName(prefix: string, identity: string): string {
  if (!PREFIX.test(prefix)) {
    throw new SignalsError(
      `The signals channel's prefix must be 1 to 40 letters, digits, "_" or "-" (got ${JSON.stringify(prefix)})`,
    );
  }
  return `${prefix}-${createHash('sha256').update(identity).digest('hex').slice(0, 16)}`;
}

export type SignalsOptions = {
  /**
   * `redis:`, `rediss:` or `nats:` URL; null: PostgreSQL itself carries the signals, or memory where one
   * process has the database.
   */
  readonly url: string | null;
  readonly database: { readonly kind: 'sqlite' | 'postgres'; readonly url: string };
  /**
   * The beginning of the channel's name. Default: the messaging URL's `channel` parameter, else `interject`.
   */
  readonly channel?: string;
  readonly logger: Logger;
  readonly clock: Clock;
};

/**
 * Signals between all processes of this database. A loss of the engine later is survived: it is logged, and
 * followed by a `resync`.
 * @throws SignalsError when the engine, or the database that names the channel, can't be reached now
 */
export async function openSignals(options: SignalsOptions): Promise<Signals & AsyncDisposable> {
  const { url, database, logger, clock } = options;
  if (database.kind === 'sqlite') {
    if (url !== null)
      throw new SignalsError(
        'A messaging engine requires a PostgreSQL database: an SQLite file belongs to one process',
      );
    return Object.assign(new MemorySignals(), { [Symbol.asyncDispose]: async () => {} });
  }
  const [address, prefix] = split(url);
  const channel = channelName(
    options.channel ?? prefix ?? 'interject',
    await identityOf(database.url, clock),
  );
  const engine = await engineFor(address, { url: address ?? database.url, channel, clock });
  return orSignalsError(engine.name, () => SharedSignals.open({ engine, logger, clock }));
}

/** The engine's URL without our own parameter, and that. */
function split(url: string | null): [address: string | null, prefix: string | null] {
  if (url === null) return [null, null];
  if (!URL.canParse(url))
    throw new SignalsError('The messaging URL is not valid; use redis://, rediss:// or nats://');
  const address = new URL(url);
  const prefix = address.searchParams.get('channel');
  address.searchParams.delete('channel');
  return [address.href, prefix];
}

async function identityOf(databaseUrl: string, clock: Clock): Promise<string> {
  const { databaseIdentity } = await import('./engines/postgres.ts');
  return orSignalsError(`PostgreSQL at ${addressOf(databaseUrl)}`, () =>
    databaseIdentity(databaseUrl, clock),
  );
}

/** Drivers are loaded when they are used: most installations need one of them. */
async function engineFor(url: string | null, options: EngineOptions): Promise<Engine> {
  const protocol = url === null ? 'postgres:' : new URL(url).protocol;
  switch (protocol) {
    case 'postgres:':
      return new (await import('./engines/postgres.ts')).ListenNotifyEngine(options);
    case 'redis:':
    case 'rediss:':
      return new (await import('./engines/redis.ts')).RedisEngine(options);
    case 'nats:':
      return new (await import('./engines/nats.ts')).NatsEngine(options);
    default:
      throw new SignalsError(
        `No messaging engine supports ${protocol} URLs; use redis://, rediss:// or nats://`,
      );
  }
}

/**
 * The driver's error isn't passed on as the cause: some of them carry the command that failed, and the
 * password in it.
 */
async function orSignalsError<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason =
      error instanceof Error
        ? error.message.split('\n')[0] || (error as NodeJS.ErrnoException).code
        : String(error);
    throw new SignalsError(`Cannot use ${what} for signals between processes: ${reason}`);
  }
}
