import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { Owner, ThreadId } from '../../src/domain/ids.ts';
import { Database } from '../../src/storage/database.ts';
import { GroupCommit } from '../../src/storage/log/group-commit.ts';
import { SqlRunTx } from '../../src/storage/runs/run-tx.ts';
import type { Sql } from '../../src/storage/sql.ts';
import { SqlStore } from '../../src/storage/sql-store.ts';
import { SqlThreadTx } from '../../src/storage/threads/thread-tx.ts';
import { aRun, aThread } from '../contract/store-data.ts';
import { hasPostgres, PostgresSchema } from '../support/postgres.ts';

const WAITING = 10_000;
const THREADS = 3_000;

/**
 * A database with one thread that so many runs wait behind, and thousands of threads more that may be
 * claimed.
 */
async function flooded(url: string) {
  const database = await Database.open({ url, clock: systemClock });
  const store = new SqlStore({
    database,
    commits: new GroupCommit(database),
    checkpointTx: () => ({}) as never,
    checkpointReads: async () => [],
  });
  const thread = aThread({ nextPosition: WAITING + 1, claimableAt: new Date(1), owner: 'flood' as Owner });
  await store.transaction(async (tx) => {
    await tx.threads.insert(thread);
    await tx.runs.insert(aRun(thread, { position: 1 }));
  });
  await database.transaction(async (sql) => {
    const numbers = 'with recursive n (i) as (select 2 union all select i + 1 from n where i < ?)';
    const [columns] = await copied(sql, 'run', { id: `id || '-' || n.i`, position: 'n.i' });
    await sql.run(`insert into run (${columns?.names}) ${numbers} select ${columns?.values} from run, n`, [
      WAITING,
    ]);
    const [thread] = await copied(sql, 'thread', {
      id: `id || '-' || n.i`,
      owner: `'owner ' || (n.i % 50)`,
      claimable_at: 'n.i',
    });
    await sql.run(
      `insert into thread (${thread?.names}) ${numbers} select ${thread?.values} from thread, n`,
      [THREADS],
    );
  });
  await database.transaction((sql) => sql.run('analyze'));
  return { database, store, thread };
}

/** Names of a table's columns, and what a copy of a row has in them. */
async function copied(
  sql: { all<R>(text: string): Promise<R[]> },
  table: string,
  changes: Readonly<Record<string, string>>,
) {
  const [row] = await sql.all<Record<string, unknown>>(`select * from ${table} limit 1`);
  const names = Object.keys(row ?? {});
  return [
    { names: names.join(', '), values: names.map((name) => changes[name] ?? `${table}.${name}`).join(', ') },
  ];
}

type Flooded = Awaited<ReturnType<typeof flooded>>;

/** How the database would run the first statement of `work`. */
async function planOf({ database }: Flooded, work: (sql: Sql) => Promise<unknown>): Promise<string> {
  const plans: string[] = [];
  const explain = database.kind === 'sqlite' ? 'explain query plan ' : 'explain ';
  const { now, dialect } = database.read;
  const explaining: Sql = {
    now,
    dialect,
    run: () => Promise.reject(new Error('Only reads are explained')),
    all: async <R>(query: string, params?: readonly unknown[]): Promise<R[]> => {
      const rows = await database.read.all<Record<string, unknown>>(`${explain}${query}`, params);
      plans.push(rows.map((row) => row['detail'] ?? row['QUERY PLAN']).join('\n'));
      return [];
    },
  };
  await work(explaining);
  return plans[0] ?? '';
}

function claimPlans(
  dialect: string,
  open: () => Promise<{ url: string } & AsyncDisposable>,
  scan: RegExp,
): void {
  describe(`with ${WAITING} runs that wait behind one thread, and thousands of threads, on ${dialect}`, () => {
    test('every statement of a claim finds its row by an index, and a claim takes milliseconds', async () => {
      await using own = await open();
      const opened = await flooded(own.url);
      const { thread, store } = opened;

      const claim = await planOf(opened, (sql) => new SqlThreadTx(sql).lockClaimable('owner 7' as Owner));
      const due = await planOf(opened, (sql) => new SqlRunTx(sql).firstDue(thread.id));
      const ahead = await planOf(opened, (sql) => new SqlRunTx(sql).ahead(thread.id));
      const timed = await timeOf(opened, thread.id);

      expect(claim).toContain('thread_owner_claimable');
      expect(claim).not.toMatch(scan);
      expect(due).toContain('run_unfinished');
      expect(due).not.toMatch(scan);
      expect(ahead).toMatch(/run_unfinished/);
      expect(ahead).not.toMatch(scan);
      expect(await store.transaction((tx) => tx.runs.firstDue(thread.id))).toMatchObject({ position: 1 });
      expect(timed.flooded).toBeLessThan(timed.all / 10);
      await opened.database.close();
    });
  });
}

/** Best of some: what a claim's statements take behind the flood, and what reading all that wait would. */
async function timeOf({ store }: Flooded, threadId: ThreadId): Promise<{ flooded: number; all: number }> {
  const best = async (work: () => Promise<unknown>): Promise<number> => {
    let least = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 5; round++) {
      const startedMs = performance.now();
      await work();
      least = Math.min(least, performance.now() - startedMs);
    }
    return least;
  };
  return {
    flooded: await best(() =>
      store.transaction(async (tx) => {
        await tx.threads.lockClaimable('owner 7' as Owner);
        await tx.runs.firstDue(threadId);
        await tx.runs.ahead(threadId);
      }),
    ),
    all: await best(() => store.transaction((tx) => tx.runs.unfinished(threadId))),
  };
}

claimPlans(
  'SQLite',
  async () => ({ url: ':memory:', [Symbol.asyncDispose]: async () => {} }),
  /^SCAN (thread|t|run)\b(?!.*USING (COVERING )?INDEX)/m,
);
if (hasPostgres) claimPlans('PostgreSQL', async () => PostgresSchema.create(), /Seq Scan on (thread|run)\b/);
