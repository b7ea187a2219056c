import { describe, expect, test } from 'vitest';
import type { CheckpointTx } from '../../src/orchestrator/ports/checkpoints.ts';
import { ClaimLostError } from '../../src/orchestrator/ports/store.ts';
import { Database } from '../../src/storage/database.ts';
import { GroupCommit } from '../../src/storage/log/group-commit.ts';
import { SqlStore } from '../../src/storage/sql-store.ts';
import { custom, givenRunning } from '../contract/store-data.ts';
import { hasPostgres, PostgresSchema } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { SettableClock } from './settable-clock.ts';

// SQLite has one writer at a time; there is nothing to overtake.
describe.runIf(hasPostgres)('on PostgreSQL', () => {
  test('a joint commit waits for a takeover that is under way, and then writes nothing for the lost claim', async () => {
    await using schema = PostgresSchema.create();
    const database = await Database.open({ url: schema.url, clock: new SettableClock() });
    await using _database = { [Symbol.asyncDispose]: () => database.close() };
    const commits = new GroupCommit(database);
    const store = new SqlStore({
      database,
      commits,
      checkpointTx: () => ({}) as CheckpointTx,
      checkpointReads: async () => [],
    });
    const { thread, claim } = await givenRunning(store);
    const blocked = () =>
      schema.query('select pid from pg_stat_activity where application_name = $1 and wait_event_type = $2', [
        schema.name,
        'Lock',
      ]);
    let submitted: Promise<void> | undefined;

    await store.transaction(async (tx) => {
      await tx.threads.lockAny(thread.id);
      await tx.runs.update(claim.runId, { attempt: claim.attempt + 1 });
      submitted = commits.submit(claim, async (_sql, outbox) => outbox.append([custom('late')]));
      submitted.catch(() => undefined); // looked at below
      await until(blocked, (waiting) => waiting.length > 0);
    });

    await expect(submitted).rejects.toThrow(ClaimLostError);
    expect(await store.reads.lastSeq(thread.id)).toBe(0);
  });
});
