import { expect, test } from 'vitest';
import { newRunId, type Owner } from '../../src/domain/ids.ts';
import type { CheckpointTx } from '../../src/orchestrator/ports/checkpoints.ts';
import { Database } from '../../src/storage/database.ts';
import { GroupCommit } from '../../src/storage/log/group-commit.ts';
import { SqlStore } from '../../src/storage/sql-store.ts';
import { later } from '../contract/store-data.ts';
import { SettableClock } from './settable-clock.ts';

const OWNER = 'ada' as Owner;

test('an idempotency key is valid up to its expiry, and free at it', async () => {
  const clock = new SettableClock();
  const database = await Database.open({ url: ':memory:', clock });
  await using _database = { [Symbol.asyncDispose]: () => database.close() };
  const store = new SqlStore({
    database,
    commits: new GroupCommit(database),
    checkpointTx: () => ({}) as CheckpointTx,
    checkpointReads: async () => [],
  });
  const find = () => store.transaction((tx) => tx.idempotency.find(OWNER, 'key'));
  const record = { requestHash: 'hash', runId: newRunId() };
  const expiresAt = await store.transaction(async (tx) => {
    const at = later(tx.now, 1_000);
    await tx.idempotency.insert(OWNER, 'key', record, at);
    return at;
  });

  clock.advance(expiresAt.getTime() - clock.now().getTime() - 1);
  expect(await find()).toEqual(record);
  clock.advance(1);
  expect(await find()).toBeNull();
});
