import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { openSignals, type SignalsOptions } from '../../src/messaging/open-signals.ts';
import { SignalsError } from '../../src/messaging/signal-engine.ts';
import { grown, hears, listenTo } from '../contract/signals.contract.ts';
import { hasPostgres, POSTGRES_URL, PostgresSchema } from '../support/postgres.ts';
import { hasRedis, REDIS_URL } from '../support/signal-engines.ts';
import { silentLogger } from '../support/silent-logger.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const open = (url: string | null, databaseUrl: string, more: Partial<SignalsOptions> = {}) =>
  openSignals({
    url,
    database: { kind: 'postgres', url: databaseUrl },
    logger: silentLogger,
    clock: systemClock,
    ...more,
  });

test('an SQLite file with a messaging engine is refused: one process has the file', async () => {
  const opened = openSignals({
    url: 'redis://127.0.0.1',
    database: { kind: 'sqlite', url: 'file.db' },
    logger: silentLogger,
    clock: systemClock,
  });

  await expect(opened).rejects.toThrow(SignalsError);
});

test('a database that cannot be reached is an error of one line, without the password', async () => {
  await using proxy = await TcpProxy.before(POSTGRES_URL);
  proxy.refuse();

  const error = await open(null, `postgres://me:secret@127.0.0.1:${proxy.port}/test`).catch(
    (reason: unknown) => reason,
  );

  expect(error).toBeInstanceOf(SignalsError);
  expect(String(error)).toMatch(
    /^SignalsError: Cannot use PostgreSQL at 127\.0\.0\.1:\d+ for signals between processes: .+$/,
  );
  expect(String(error)).not.toContain('secret');
});

describe.skipIf(!hasPostgres)('on PostgreSQL', () => {
  test('an engine nobody knows, and a prefix that no channel may have, are refused', async () => {
    await expect(open('amqp://127.0.0.1', POSTGRES_URL)).rejects.toThrow(
      'No messaging engine supports amqp: URLs; use redis://, rediss:// or nats://',
    );
    await expect(open('no url', POSTGRES_URL)).rejects.toThrow(
      'The messaging URL is not valid; use redis://, rediss:// or nats://',
    );
    await expect(open(null, POSTGRES_URL, { channel: 'a b' })).rejects.toThrow(
      'The signals channel\'s prefix must be 1 to 40 letters, digits, "_" or "-" (got "a b")',
    );
  });

  test('two schemas of one database have nothing to do with each other', async () => {
    await using here = PostgresSchema.create();
    await using there = PostgresSchema.create();
    await using one = await open(null, here.url);
    await using other = await open(null, here.url);
    await using stranger = await open(null, there.url);
    await using neighbour = await open(null, there.url);
    using atOther = listenTo(other);
    using atStranger = listenTo(stranger);

    one.send({ kind: 'wake' });
    await hears(atOther, { kind: 'wake' });
    neighbour.send({ kind: 'released' });
    await hears(atStranger, { kind: 'released' });

    expect(atStranger.heard).toEqual([{ kind: 'released' }]);
  });

  test.skipIf(!hasRedis)('processes that reach one database by different names share a channel', async () => {
    await using schema = PostgresSchema.create();
    await using proxy = await TcpProxy.before(POSTGRES_URL);
    await using one = await open(REDIS_URL, schema.url);
    await using other = await open(REDIS_URL, schema.through(proxy.port));
    using ears = listenTo(other);
    const signal = grown();

    one.send(signal);

    await hears(ears, signal);
  });

  test.skipIf(!hasRedis)(
    'the channel parameter of the messaging URL keeps apart what has one database',
    async () => {
      await using schema = PostgresSchema.create();
      await using one = await open(`${REDIS_URL}?channel=copy`, schema.url);
      await using other = await open(REDIS_URL, schema.url, { channel: 'copy' });
      await using original = await open(REDIS_URL, schema.url);
      await using neighbour = await open(REDIS_URL, schema.url);
      using atOther = listenTo(other);
      using atOriginal = listenTo(original);

      one.send({ kind: 'wake' });
      await hears(atOther, { kind: 'wake' });
      neighbour.send({ kind: 'released' });
      await hears(atOriginal, { kind: 'released' });

      expect(atOriginal.heard).toEqual([{ kind: 'released' }]);
    },
  );
});
