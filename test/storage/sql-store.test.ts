import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { CheckpointTx } from '../../src/orchestrator/ports/checkpoints.ts';
import type { OnCommitted } from '../../src/orchestrator/ports/store.ts';
import { Database } from '../../src/storage/database.ts';
import { GroupCommit } from '../../src/storage/log/group-commit.ts';
import { SqlStore } from '../../src/storage/sql-store.ts';
import { type StoreFixture, storeContract } from '../contract/store.contract.ts';
import { hasPostgres, PostgresSchema } from '../support/postgres.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { SettableClock } from './settable-clock.ts';

/** Nothing here touches checkpoints; they have a contract of their own. */
const noCheckpoints = {} as CheckpointTx;

async function storeOn(url: string, onCommitted?: OnCommitted): Promise<StoreFixture> {
  const database = await Database.open({ url, clock: new SettableClock() });
  const store = new SqlStore({
    database,
    commits: new GroupCommit(database, onCommitted),
    checkpointTx: () => noCheckpoints,
    checkpointReads: async () => [],
  });
  return { store, [Symbol.asyncDispose]: () => database.close() };
}

storeContract('an SQLite file', async (onCommitted) => {
  const directory = await temporaryDirectory();
  const fixture = await storeOn(join(directory.path, 'interject.db'), onCommitted);
  return {
    store: fixture.store,
    [Symbol.asyncDispose]: async () => {
      await fixture[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
});

storeContract('SQLite in memory', (onCommitted) => storeOn(':memory:', onCommitted));

if (hasPostgres) {
  // One for all: making the tables takes longer than most of the tests.
  const schema = PostgresSchema.create();
  afterAll(() => schema[Symbol.asyncDispose]());
  storeContract('PostgreSQL', async (onCommitted) => {
    const fixture = await storeOn(schema.url, onCommitted);
    return {
      store: fixture.store,
      [Symbol.asyncDispose]: async () => {
        await fixture[Symbol.asyncDispose]();
        await schema.empty();
      },
    };
  });
}
