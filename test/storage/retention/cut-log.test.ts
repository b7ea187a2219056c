import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import type { EventBody } from '../../../src/domain/event.ts';
import type { RunId, ThreadId } from '../../../src/domain/ids.ts';
import type { RunStatus } from '../../../src/domain/run.ts';
import { readCheckpointRefs } from '../../../src/storage/checkpoints/history.ts';
import { SqlCheckpointStore } from '../../../src/storage/checkpoints/sql-checkpoint-store.ts';
import { Database } from '../../../src/storage/database.ts';
import { GroupCommit } from '../../../src/storage/log/group-commit.ts';
import { SqlRetention } from '../../../src/storage/retention.ts';
import { SqlStore } from '../../../src/storage/sql-store.ts';
import { aRun, aThread } from '../../contract/store-data.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { TestDatabase, testedDatabase } from '../../support/test-database.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const whole = { after: null, limit: 100 };

async function openRetention() {
  const own = testedDatabase === 'postgres' ? await TestDatabase.create() : null;
  const database = await Database.open({ url: own?.url ?? ':memory:', clock: systemClock });
  const commits = new GroupCommit(database);
  const checkpoints = new SqlCheckpointStore({ database, commits, logger: silentLogger });
  const store = new SqlStore({
    database,
    commits,
    checkpointTx: (sql) => checkpoints.tx(sql),
    checkpointReads: readCheckpointRefs,
  });
  return {
    database,
    store,
    retention: new SqlRetention(database, checkpoints),
    async [Symbol.asyncDispose]() {
      await database.close();
      await own?.[Symbol.asyncDispose]();
    },
  };
}
type Opened = Awaited<ReturnType<typeof openRetention>>;

const custom = (data: number): EventBody => ({ kind: 'CUSTOM', ns: '', node: null, data });
const ended: EventBody = {
  kind: 'RUN_ENDED',
  status: 'SUCCESS',
  endReason: 'COMPLETED',
  error: null,
  interrupts: [],
};

/** A thread whose runs logged so much, so many days ago; each that has ended, its end at last. */
async function threadWith(
  { store, database }: Opened,
  runs: readonly { days: number; events: number; status: RunStatus }[],
) {
  const thread = aThread({ nextPosition: runs.length + 1 });
  await store.transaction((tx) => tx.threads.insert(thread));
  const ids: RunId[] = [];
  for (const [index, { days, events, status }] of runs.entries()) {
    const run = aRun(thread, { position: index + 1, status });
    ids.push(run.id);
    const isOver = status !== 'RUNNING' && status !== 'PENDING';
    const bodies = [...Array.from({ length: events }, (_, n) => custom(n)), ...(isOver ? [ended] : [])];
    await store.transaction(async (tx) => {
      await tx.runs.insert(run);
      await tx.events.append(
        thread.id,
        bodies.map((body) => ({ runId: run.id, body })),
      );
    });
    await database.transaction((sql) =>
      sql.run('update run_event set created_at = ? where run_id = ?', [
        sql.now.getTime() - days * DAY_MS,
        run.id,
      ]),
    );
  }
  return { thread, ids };
}

async function log({ store }: Opened, threadId: ThreadId) {
  const rows = await store.reads.events(threadId, 0, 100_000);
  return rows.map(({ seq, body }) => [seq, body.kind] as const);
}
const eventsFrom = async (
  { store }: Opened,
  { id, owner }: { id: ThreadId; owner: ReturnType<typeof aThread>['owner'] },
) => (await store.reads.thread(owner, id))?.eventsFrom;

test('events older than the retention go, but for the ends of runs; younger ones all stay', async () => {
  await using opened = await openRetention();
  const { thread } = await threadWith(opened, [
    { days: 40, events: 3, status: 'SUCCESS' },
    { days: 10, events: 2, status: 'SUCCESS' },
  ]);

  const swept = await opened.retention.cutLogs(30 * DAY_MS, whole);

  expect(swept).toEqual({ removed: 3, next: null });
  expect(await log(opened, thread.id)).toEqual([
    [4, 'RUN_ENDED'],
    [5, 'CUSTOM'],
    [6, 'CUSTOM'],
    [7, 'RUN_ENDED'],
  ]);
  expect(await eventsFrom(opened, thread)).toBe(5);
  expect(await opened.retention.cutLogs(30 * DAY_MS, whole)).toEqual({ removed: 0, next: null });
});

test('a long log goes in several transactions', async () => {
  await using opened = await openRetention();
  const { thread } = await threadWith(opened, [
    { days: 40, events: 4_500, status: 'SUCCESS' },
    { days: 40, events: 1, status: 'SUCCESS' },
  ]);

  expect(await opened.retention.cutLogs(30 * DAY_MS, whole)).toEqual({ removed: 4_501, next: null });

  expect(await log(opened, thread.id)).toEqual([
    [4_501, 'RUN_ENDED'],
    [4_503, 'RUN_ENDED'],
  ]);
});

test.each(['RUNNING', 'PENDING'] as const)(
  'the events of a %s run stay however old they are, and what came after them',
  async (status) => {
    await using opened = await openRetention();
    const { thread } = await threadWith(opened, [
      { days: 50, events: 2, status: 'SUCCESS' },
      { days: 40, events: 2, status },
      { days: 39, events: 1, status: 'INTERRUPTED' },
    ]);

    await opened.retention.cutLogs(30 * DAY_MS, whole);

    expect((await log(opened, thread.id)).map(([seq]) => seq)).toEqual([3, 4, 5, 6, 7]);
    expect(await eventsFrom(opened, thread)).toBe(4);
  },
);

test('the newest event of a thread stays', async () => {
  await using opened = await openRetention();
  const { thread } = await threadWith(opened, [{ days: 40, events: 1, status: 'SUCCESS' }]);
  await opened.store.transaction((tx) => tx.events.append(thread.id, [{ runId: null, body: custom(9) }]));
  await opened.database.transaction((sql) => sql.run('update run_event set created_at = 1'));

  await opened.retention.cutLogs(30 * DAY_MS, whole);

  expect(await log(opened, thread.id)).toEqual([
    [2, 'RUN_ENDED'],
    [3, 'CUSTOM'],
  ]);
});

test('threads are gone over by their ids, so many at a time', async () => {
  await using opened = await openRetention();
  for (let made = 0; made < 5; made++) await threadWith(opened, [{ days: 40, events: 2, status: 'SUCCESS' }]);

  const first = await opened.retention.cutLogs(30 * DAY_MS, { after: null, limit: 3 });
  const second = await opened.retention.cutLogs(30 * DAY_MS, { after: first.next, limit: 3 });

  expect([first.removed, second]).toEqual([6, { removed: 4, next: null }]);
});

describe('the turn to do the work', () => {
  test('is one process of those who ask at once, and comes again after its time', async () => {
    await using opened = await openRetention();
    const { retention } = opened;

    const asked = await Promise.all(
      ['a', 'b', 'c', 'd'].map((holder) => retention.takeTurn('work', holder, 3_600_000)),
    );

    expect(asked.filter(Boolean)).toHaveLength(1);
    expect(await retention.takeTurn('other work', 'a', 3_600_000)).toBe(true);
    expect(await retention.takeTurn('work', 'a', 3_600_000)).toBe(false);
    await opened.database.transaction((sql) =>
      sql.run('update maintenance set next_at = ?', [sql.now.getTime()]),
    );
    expect(await retention.takeTurn('work', 'b', 3_600_000)).toBe(true);
  });
});
