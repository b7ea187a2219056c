import { connect } from '@nats-io/transport-node';
import { Redis } from 'ioredis';
import { systemClock } from '../../src/clock.ts';
import { databaseIdentity } from '../../src/messaging/engines/postgres.ts';
import { channelName, openSignals } from '../../src/messaging/open-signals.ts';
import type { SharedFixture } from '../contract/shared-signals.contract.ts';
import { POSTGRES_URL, PostgresSchema } from '../support/postgres.ts';
import { silentLogger } from '../support/silent-logger.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

/** Writes to a channel as a stranger does. */
type Write = (channel: string, text: string) => Promise<void>;

/**
 * @param url of the messaging engine; null: PostgreSQL itself. The database is a schema of its own, so the
 * channel is one too.
 */
function fixture(
  url: string | null,
  write: (schema: PostgresSchema) => Write,
): SharedFixture & { readonly schema: PostgresSchema } {
  const schema = PostgresSchema.create();
  return {
    schema,
    open: ({ channel, logger = silentLogger, through, clock = systemClock } = {}) =>
      openSignals({
        url: url === null || through === undefined ? url : throughProxy(url, through),
        database: {
          kind: 'postgres',
          url: url === null && through !== undefined ? schema.through(through.port) : schema.url,
        },
        ...(channel === undefined ? {} : { channel }),
        logger,
        clock,
      }),
    proxy: () => TcpProxy.before(url ?? POSTGRES_URL),
    write: async (prefix, text) =>
      write(schema)(channelName(prefix, await databaseIdentity(schema.url, systemClock)), text),
    [Symbol.asyncDispose]: () => schema[Symbol.asyncDispose](),
  };
}

export const postgresFixture = () =>
  fixture(null, (schema) => async (channel, text) => {
    await schema.query('select pg_notify($1, $2)', [channel, text]);
  });

export const redisFixture = (url: string): SharedFixture =>
  fixture(url, () => async (channel, text) => {
    const client = new Redis(url);
    await client.publish(`${channel}:signals`, text);
    await client.quit();
  });

export const natsFixture = (url: string): SharedFixture =>
  fixture(url, () => async (channel, text) => {
    const connection = await connect({ servers: new URL(url).host });
    connection.publish(`${channel}:signals`, text);
    await connection.drain();
  });

function throughProxy(url: string, { port }: TcpProxy): string {
  const through = new URL(url);
  through.host = `127.0.0.1:${port}`;
  return through.href;
}
