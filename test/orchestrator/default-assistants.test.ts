import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { DEFAULT_OWNER, defaultAssistantId, type Owner } from '../../src/domain/ids.ts';
import { DefaultAssistants, findAssistant } from '../../src/orchestrator/commands/default-assistants.ts';
import type { Store } from '../../src/orchestrator/ports/store.ts';
import { Database } from '../../src/storage/database.ts';
import { GroupCommit } from '../../src/storage/log/group-commit.ts';
import { SqlStore } from '../../src/storage/sql-store.ts';
import { TestDatabase, testedDatabase } from '../support/test-database.ts';

const owner = DEFAULT_OWNER;
const graph = (graphId: string, context = {}) => ({
  graphId,
  description: null,
  seed: { config: {}, context },
});

async function openStore(url: string): Promise<AsyncDisposable & { readonly store: Store }> {
  const database = await Database.open({ url, clock: systemClock });
  const store = new SqlStore({
    database,
    commits: new GroupCommit(database),
    checkpointTx: () => ({}) as never,
    checkpointReads: async () => [],
  });
  return { store, [Symbol.asyncDispose]: () => database.close() };
}

test('processes that start at once make one row of each', async () => {
  await using database = await TestDatabase.create();
  await using one = await openStore(database.url);
  // An SQLite file has one process; there the same is asked of two in one.
  await using other = testedDatabase === 'postgres' ? await openStore(database.url) : null;
  const served = [graph('a'), graph('b'), graph('c')];
  const processes = [one.store, (other ?? one).store].map((store) => ({
    store,
    defaults: new DefaultAssistants(store, served),
  }));

  const found = await Promise.all(
    processes.flatMap((deps) => ['a', 'b', 'c'].map((name) => findAssistant(deps, owner, name))),
  );

  expect(found.map((assistant) => assistant?.id)).toEqual(
    [...['a', 'b', 'c'], ...['a', 'b', 'c']].map(defaultAssistantId),
  );
  expect(
    await one.store.reads.assistants.count({ owner, defaults: ['a', 'b', 'c'].map(defaultAssistantId) }),
  ).toBe(3);
});

test('a graph that is taken out of langgraph.json takes its default assistant away, and brings it back as it was', async () => {
  await using database = await TestDatabase.create();
  await using opened = await openStore(database.url);
  const { store } = opened;
  const withBoth = () => ({
    store,
    defaults: new DefaultAssistants(store, [graph('stays'), graph('goes', { a: 1 })]),
  });
  const before = await findAssistant(withBoth(), owner, 'goes');
  await store.transaction(async (tx) => {
    if (before !== null)
      await tx.assistants.update({ ...before, name: 'changed', newestVersion: 2, version: 2 });
  });

  const without = { store, defaults: new DefaultAssistants(store, [graph('stays')]) };
  const gone = [
    await findAssistant(without, owner, 'goes'),
    await findAssistant(without, owner, defaultAssistantId('goes')),
  ];
  const back = await findAssistant(withBoth(), owner, 'goes');

  expect(gone).toEqual([null, null]);
  expect(back).toMatchObject({ name: 'changed', version: 2, context: { a: 1 } });
});

test('each owner has default assistants of its own', async () => {
  await using database = await TestDatabase.create();
  await using opened = await openStore(database.url);
  const { store } = opened;
  const deps = { store, defaults: new DefaultAssistants(store, [graph('a')]) };
  const mine = await findAssistant(deps, owner, 'a');
  await store.transaction(async (tx) => {
    if (mine !== null) await tx.assistants.update({ ...mine, name: 'mine alone' });
  });

  const theirs = await findAssistant(deps, 'someone else' as Owner, 'a');

  expect(theirs).toMatchObject({ id: mine?.id, name: 'a' });
});

test('a database that fails is asked again by the next call', async () => {
  await using database = await TestDatabase.create();
  await using opened = await openStore(database.url);
  const { store } = opened;
  let isDown = true;
  const failing: Store = Object.create(store, {
    transaction: {
      value: (work: never) => (isDown ? Promise.reject(new Error('down')) : store.transaction(work)),
    },
  });
  const deps = { store: failing, defaults: new DefaultAssistants(failing, [graph('a')]) };

  await expect(findAssistant(deps, owner, 'a')).rejects.toThrow('down');
  isDown = false;

  expect(await findAssistant(deps, owner, 'a')).toMatchObject({ graphId: 'a' });
});
