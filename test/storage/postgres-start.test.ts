import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { Database } from '../../src/storage/database.ts';
import { hasPostgres, POSTGRES_URL, PostgresSchema } from '../support/postgres.ts';
import { until } from '../support/until.ts';

/**
 * What another process holds while this one starts, and what a connection of this one's is then seen to wait
 * for.
 */
const HELD = [
  [
    'for its turn to migrate',
    'advisory',
    (name: string) => `select pg_advisory_xact_lock(hashtextextended('interject migrations ${name}', 0))`,
  ],
  // Meanwhile the connection that has the turn has nothing to do: it is told of its end by an event alone.
  [
    'for the table of migrations',
    'relation',
    (name: string) => `lock table "${name}".mikro_orm_migrations in access exclusive mode`,
  ],
] as const;

describe.skipIf(!hasPostgres)('a start whose connections end', () => {
  test.each(HELD)('while it waits %s fails and says why; the next one succeeds', async (_, event, hold) => {
    await using schema = PostgresSchema.create();
    const open = () => Database.open({ url: schema.url, clock: systemClock });
    await (await open()).close();
    const other = new Client({ connectionString: POSTGRES_URL });
    await other.connect();
    try {
      await other.query('begin');
      await other.query(hold(schema.name));
      const failed = open().then(
        () => 'opened',
        (error: unknown) => String(error),
      );
      await until(
        () =>
          schema.query('select 1 from pg_stat_activity where application_name = $1 and wait_event = $2', [
            schema.name,
            event,
          ]),
        (waiting) => waiting.length === 1,
        { deadlineMs: 20_000, pauseMs: 20 },
      );

      expect(await schema.cutConnections()).toBeGreaterThan(1);

      expect(await failed).toMatch(/^DatabaseError: Cannot open the database .*: terminating connection/);
    } finally {
      await other.end();
    }
    await (await open()).close();
  });
});

test.skipIf(!hasPostgres)('readiness fails once the address leads to another database', async () => {
  await using schema = PostgresSchema.create();
  await using database = await Database.open({ url: schema.url, clock: systemClock });
  await database.check();

  await schema.query(`update "${schema.name}".instance set id = 'another'`);

  await expect(database.check()).rejects.toThrow('The database was replaced while the server was running');
});
