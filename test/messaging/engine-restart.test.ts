import { describe, expect, test } from 'vitest';
import { grown, hears, listenTo } from '../contract/signals.contract.ts';
import { hasPostgres } from '../support/postgres.ts';
import { PrivateEngine } from '../support/private-engine.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { hasNats, hasRedis } from '../support/signal-engines.ts';
import { until } from '../support/until.ts';
import { natsFixture, postgresFixture, redisFixture } from './shared-fixture.ts';

const ENGINES = [
  ...(hasRedis ? [{ kind: 'redis' as const, fixture: redisFixture }] : []),
  ...(hasNats ? [{ kind: 'nats' as const, fixture: natsFixture }] : []),
];

describe.skipIf(!hasPostgres).each(ENGINES)('a $kind server', ({ kind, fixture }) => {
  test('that is killed and started again costs its processes a resync, and no signal that was sent meanwhile', async () => {
    await using server = await PrivateEngine.start(kind);
    await using shared = fixture(server.url);
    const logger = new RecordingLogger();
    await using one = await shared.open({ logger });
    await using other = await shared.open();
    using atOne = listenTo(one);
    using atOther = listenTo(other);
    const meanwhile = grown();
    const after = grown();

    await server.kill();
    await until(
      () => logger.at('warn'),
      (warnings) => warnings.length === 1,
    );
    one.send(meanwhile);
    await server.start();
    await hears(atOne, { kind: 'resync' });
    await hears(atOther, { kind: 'resync' });
    other.send(after);
    await hears(atOne, after);

    // It either heard the signal, or was told to look at everything after it was sent.
    expect(atOther.heard.some(({ kind }) => kind === 'events' || kind === 'resync')).toBe(true);
    expect(logger.at('warn')).toHaveLength(1);
    expect(logger.at('info')).toEqual(['Messaging connection restored']);
  });
});

describe.skipIf(!hasPostgres)('PostgreSQL', () => {
  test('that ends all connections costs its processes a resync', async () => {
    await using shared = postgresFixture();
    const logger = new RecordingLogger();
    await using one = await shared.open({ logger });
    await using other = await shared.open();
    using atOne = listenTo(one);
    using atOther = listenTo(other);
    const after = grown();

    expect(await shared.schema.cutConnections()).toBe(2);
    await hears(atOne, { kind: 'resync' });
    await hears(atOther, { kind: 'resync' });
    one.send(after);
    await hears(atOther, after);

    expect(logger.at('warn')).toHaveLength(1);
  });
});

describe.skipIf(!hasPostgres)('the error of an engine that refuses us names no password', () => {
  test.skipIf(!hasRedis)('Redis with another password', async () => {
    await using server = await PrivateEngine.start('redis', ['--requirepass', 'right']);
    await using shared = redisFixture(server.url.replace('redis://', 'redis://:wrong-secret@'));

    await expect(shared.open()).rejects.toThrow(
      `Cannot use Redis at ${new URL(server.url).host} for signals between processes: WRONGPASS invalid username-password pair or user is disabled.`,
    );
  });

  test.skipIf(!hasRedis)('Redis with a password, where none is given', async () => {
    await using server = await PrivateEngine.start('redis', ['--requirepass', 'right']);
    await using shared = redisFixture(server.url);

    await expect(shared.open()).rejects.toThrow(/^Cannot use Redis at .*: NOAUTH Authentication required\.$/);
  });

  test.skipIf(!hasNats)('NATS with another password', async () => {
    await using server = await PrivateEngine.start('nats', ['--user', 'me', '--pass', 'right']);
    await using shared = natsFixture(server.url.replace('nats://', 'nats://me:wrong-secret@'));

    await expect(shared.open()).rejects.toThrow(
      /^Cannot use NATS at 127\.0\.0\.1:\d+ for signals between processes: .*Authorization.*$/i,
    );
  });

  test.skipIf(!hasRedis || !hasNats)('and the right password opens both', async () => {
    await using redis = await PrivateEngine.start('redis', ['--requirepass', 'r:ght/']);
    await using nats = await PrivateEngine.start('nats', ['--user', 'me', '--pass', 'r:ght/']);
    await using token = await PrivateEngine.start('nats', ['--auth', 't:ken']);

    for (const shared of [
      redisFixture(redis.url.replace('://', `://:${encodeURIComponent('r:ght/')}@`)),
      natsFixture(nats.url.replace('://', `://me:${encodeURIComponent('r:ght/')}@`)),
      natsFixture(token.url.replace('://', `://${encodeURIComponent('t:ken')}@`)),
    ]) {
      await using one = await shared.open();
      await using other = await shared.open();
      using ears = listenTo(other);
      one.send({ kind: 'wake' });
      await hears(ears, { kind: 'wake' });
    }
  });
});
