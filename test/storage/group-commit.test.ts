import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import type { LoggedEvent } from '../../src/domain/event.ts';
import type { CheckpointTx } from '../../src/orchestrator/ports/checkpoints.ts';
import { DatabaseUnavailableError } from '../../src/orchestrator/ports/database-unavailable.ts';
import { ClaimLostError, type OnCommitted } from '../../src/orchestrator/ports/store.ts';
import { Database } from '../../src/storage/database.ts';
import { type ClaimedWrite, GroupCommit } from '../../src/storage/log/group-commit.ts';
import { SqlStore } from '../../src/storage/sql-store.ts';
import { custom, givenRunning } from '../contract/store-data.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { TestDatabase, testedDatabase } from '../support/test-database.ts';
import { SettableClock } from './settable-clock.ts';

async function opened(url?: string, onCommitted?: OnCommitted) {
  const own = url === undefined && testedDatabase === 'postgres' ? await TestDatabase.create() : null;
  const database = await Database.open({ url: url ?? own?.url ?? ':memory:', clock: new SettableClock() });
  const commits = new GroupCommit(database, onCommitted);
  const store = new SqlStore({
    database,
    commits,
    checkpointTx: () => ({}) as CheckpointTx,
    checkpointReads: async () => [],
  });
  return {
    database,
    commits,
    store,
    async [Symbol.asyncDispose]() {
      await database.close();
      await own?.[Symbol.asyncDispose]();
    },
  };
}

const logs =
  (data: string): ClaimedWrite =>
  async (_sql, outbox) =>
    outbox.append([custom(data)]);
const fails =
  (error: Error, data = 'failed'): ClaimedWrite =>
  async (_sql, outbox) => {
    outbox.append([custom(data)]);
    throw error;
  };
const datas = (events: readonly LoggedEvent[]) =>
  events.map(({ body }) => (body.kind === 'CUSTOM' ? body.data : body.kind));
const statuses = (results: readonly PromiseSettledResult<void>[]) => results.map((result) => result.status);

test('what 200 runs write in one turn commits in one transaction of a few statements', async () => {
  await using fixture = await opened();
  const { database, commits, store } = fixture;
  const running = await Promise.all(Array.from({ length: 200 }, () => givenRunning(store)));
  const transactions = vi.spyOn(database, 'transaction');
  let statements = 0;
  transactions.mockImplementationOnce(
    (work) =>
      Database.prototype.transaction.call(database, (sql) =>
        work({
          now: sql.now,
          dialect: sql.dialect,
          all: (query, params) => {
            statements++;
            return sql.all(query, params);
          },
          run: (query, params) => {
            statements++;
            return sql.run(query, params);
          },
        }),
      ) as never,
  );

  await Promise.all(running.map(({ claim }) => commits.submit(claim, logs('token'))));

  expect(transactions).toHaveBeenCalledTimes(1);
  expect(statements).toBeLessThanOrEqual(12);
  const last = await store.reads.lastSeqs(running.map(({ thread }) => thread.id));
  expect([...last.values()]).toEqual(running.map(() => 1));
});

test('what is submitted while a flush is under way commits with the next, in one transaction', async () => {
  await using fixture = await opened();
  const { database, commits, store } = fixture;
  const { thread, claim } = await givenRunning(store);
  const transactions = vi.spyOn(database, 'transaction');
  const late: Promise<void>[] = [];

  await commits.submit(claim, async (_sql, outbox) => {
    outbox.append([custom('first')]);
    late.push(commits.submit(claim, logs('second')), commits.submit(claim, logs('third')));
  });
  await Promise.all(late);

  expect(transactions).toHaveBeenCalledTimes(2);
  expect(datas(await store.reads.events(thread.id, 0, 10))).toEqual(['first', 'second', 'third']);
});

test('a write that fails rejects alone, with its own error; the others of its turn commit', async () => {
  await using fixture = await opened();
  const { commits, store } = fixture;
  const [one, guilty, three] = [
    await givenRunning(store),
    await givenRunning(store),
    await givenRunning(store),
  ];
  const error = new Error('no such column');

  const results = await Promise.allSettled([
    commits.submit(one.claim, logs('one')),
    commits.submit(guilty.claim, fails(error)),
    commits.submit(three.claim, logs('three')),
  ]);

  expect(statuses(results)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(results[1]).toMatchObject({ reason: error });
  expect(datas(await store.reads.events(one.thread.id, 0, 10))).toEqual(['one']);
  expect(await store.reads.lastSeq(guilty.thread.id)).toBe(0);
  expect(datas(await store.reads.events(three.thread.id, 0, 10))).toEqual(['three']);
});

test('after a write that failed, later ones of the same claim and turn are refused, so that none overtakes it', async () => {
  await using fixture = await opened();
  const { commits, store } = fixture;
  const { thread, claim } = await givenRunning(store);
  const error = new Error('disk full');

  const results = await Promise.allSettled([
    commits.submit(claim, logs('before')),
    commits.submit(claim, fails(error)),
    commits.submit(claim, logs('after')),
  ]);

  expect(statuses(results)).toEqual(['fulfilled', 'rejected', 'rejected']);
  expect(results[2]).toMatchObject({ reason: { cause: error } });
  expect(datas(await store.reads.events(thread.id, 0, 10))).toEqual(['before']);
});

test('a failing write in a turn of its own rejects with its error after one attempt', async () => {
  await using fixture = await opened();
  const { commits, store } = fixture;
  const { claim } = await givenRunning(store);
  const error = new Error('broken');
  const apply = vi.fn(fails(error));

  await expect(commits.submit(claim, apply)).rejects.toBe(error);

  expect(apply).toHaveBeenCalledTimes(1);
});

test('a lost claim is reported as lost also where another write of the turn fails', async () => {
  await using fixture = await opened();
  const { commits, store } = fixture;
  const [lost, guilty] = [await givenRunning(store), await givenRunning(store)];

  const results = await Promise.allSettled([
    commits.submit({ ...lost.claim, attempt: 0 }, logs('lost')),
    commits.submit(guilty.claim, fails(new Error('broken'))),
  ]);

  expect(results[0]).toMatchObject({ reason: expect.any(ClaimLostError) });
  expect(await store.reads.lastSeq(lost.thread.id)).toBe(0);
});

test('a database that does not answer rejects the writes of a turn after one attempt', async () => {
  await using directory = await temporaryDirectory();
  await using fixture = await opened(join(directory.path, 'interject.db'));
  const { database, commits, store } = fixture;
  const running = [await givenRunning(store), await givenRunning(store)];
  const shell = new BetterSqlite3(join(directory.path, 'interject.db'), { timeout: 0 });
  shell.exec('begin immediate');
  const transactions = vi.spyOn(database, 'transaction');

  const results = await Promise.allSettled(running.map(({ claim }) => commits.submit(claim, logs('token'))));

  expect(results).toMatchObject([{ reason: { trouble: 'LOCKED' } }, { reason: { trouble: 'LOCKED' } }]);
  expect(transactions).toHaveBeenCalledTimes(1);
  shell.close();
});

test('the write of a lost claim is never applied', async () => {
  await using fixture = await opened();
  const { commits, store } = fixture;
  const { claim } = await givenRunning(store);
  const apply = vi.fn(logs('lost'));

  await expect(commits.submit({ ...claim, attempt: 7 }, apply)).rejects.toThrow(ClaimLostError);

  expect(apply).not.toHaveBeenCalled();
});

test('rows that a write stores commit together with the events it appends', async () => {
  const announcedWith: unknown[] = [];
  await using fixture = await opened(undefined, () => announcedWith.push('committed'));
  const { commits, store } = fixture;
  const { thread, claim } = await givenRunning(store);

  await commits.submit(claim, async (sql, outbox) => {
    await sql.run('update thread set state_version = state_version + 1 where id = ?', [claim.threadId]);
    outbox.append([custom('put')]);
    announcedWith.push('applied');
  });

  expect(announcedWith).toEqual(['applied', 'committed']);
  expect((await store.reads.thread(thread.owner, thread.id))?.stateVersion).toBe(1);
  expect(await store.reads.lastSeq(thread.id)).toBe(1);
});

/** The database's next commit comes through, and its answer is lost. */
function loseNextAnswer(database: Database): void {
  vi.spyOn(database, 'transaction').mockImplementationOnce(async (work) => {
    await Database.prototype.transaction.call(database, work as never);
    throw new DatabaseUnavailableError('UNREACHABLE', new Error('Connection terminated'));
  });
}

test('a turn whose commit came through and whose answer was lost is stored once, and announced', async () => {
  const announced: LoggedEvent[] = [];
  await using fixture = await opened(undefined, (events) => announced.push(...events));
  const { database, commits, store } = fixture;
  const [one, two] = [await givenRunning(store), await givenRunning(store)];
  loseNextAnswer(database);

  await Promise.all([commits.append(one.claim, [custom('one')]), commits.append(two.claim, [custom('two')])]);

  expect(datas(await store.reads.events(one.thread.id, 0, 10))).toEqual(['one']);
  expect(datas(await store.reads.events(two.thread.id, 0, 10))).toEqual(['two']);
  expect(announced.map(({ seq }) => seq)).toEqual([1, 1]);
});

test('a single write whose answer was lost is not applied again, also when it appends no event', async () => {
  await using fixture = await opened();
  const { database, commits, store } = fixture;
  const { thread, claim } = await givenRunning(store);
  const apply = vi.fn<ClaimedWrite>(async (sql) => {
    await sql.run('update thread set state_version = state_version + 1 where id = ?', [claim.threadId]);
  });
  loseNextAnswer(database);

  await commits.submit(claim, apply);

  expect(apply).toHaveBeenCalledTimes(1);
  expect((await store.reads.thread(thread.owner, thread.id))?.stateVersion).toBe(1);
});

test('a turn of which the database does not say whether it is stored is not written again', async () => {
  await using fixture = await opened();
  const { database, commits, store } = fixture;
  const [one, two] = [await givenRunning(store), await givenRunning(store)];
  loseNextAnswer(database);
  const down = new DatabaseUnavailableError('UNREACHABLE', new Error('Connection terminated'));
  vi.spyOn(database, 'transaction').mockImplementationOnce(() => Promise.reject(down));

  const results = await Promise.allSettled([
    commits.append(one.claim, [custom('one')]),
    commits.append(two.claim, [custom('two')]),
  ]);

  expect(statuses(results)).toEqual(['rejected', 'rejected']);
  expect(datas(await store.reads.events(one.thread.id, 0, 10))).toEqual(['one']);
  expect(datas(await store.reads.events(two.thread.id, 0, 10))).toEqual(['two']);
});

test('a commit that did not come through is written again, each write of the turn by itself', async () => {
  await using fixture = await opened();
  const { database, commits, store } = fixture;
  const [one, two] = [await givenRunning(store), await givenRunning(store)];
  vi.spyOn(database, 'transaction').mockImplementationOnce(async (work) =>
    Database.prototype.transaction.call(database, async (sql) => {
      await work(sql);
      throw new DatabaseUnavailableError('UNREACHABLE', new Error('Connection terminated'));
    }),
  );

  await Promise.all([commits.append(one.claim, [custom('one')]), commits.append(two.claim, [custom('two')])]);

  expect(datas(await store.reads.events(one.thread.id, 0, 10))).toEqual(['one']);
  expect(datas(await store.reads.events(two.thread.id, 0, 10))).toEqual(['two']);
});

test('rows of the log that were queued behind a failed append are refused with it', async () => {
  await using fixture = await opened();
  const { database, commits, store } = fixture;
  const { thread, claim } = await givenRunning(store);
  const other = await givenRunning(store);
  const down = new DatabaseUnavailableError('UNREACHABLE', new Error('Connection terminated'));
  const queued: Promise<void>[] = [];
  vi.spyOn(database, 'transaction').mockImplementationOnce(async () => {
    queued.push(
      commits.append(claim, [custom('behind')]),
      commits.append(other.claim, [custom('of another run')]),
    );
    throw down;
  });

  const first = commits.append(claim, [custom('lost')]);
  await expect(first).rejects.toBe(down);
  // A writer that has been told of the failure may write again.
  queued.push(commits.append(claim, [custom('again')]));
  const results = await Promise.allSettled(queued);

  expect(statuses(results)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(results[0]).toMatchObject({ reason: { cause: down } });
  expect(datas(await store.reads.events(thread.id, 0, 10))).toEqual(['again']);
});

test('the log goes on behind a checkpoint that could not be written', async () => {
  await using fixture = await opened();
  const { commits, store } = fixture;
  const { thread, claim } = await givenRunning(store);

  const results = await Promise.allSettled([
    commits.submit(claim, fails(new Error('broken'))),
    commits.append(claim, [custom('error')]),
  ]);

  expect(statuses(results)).toEqual(['rejected', 'fulfilled']);
  expect(datas(await store.reads.events(thread.id, 0, 10))).toEqual(['error']);
});

test('it is idle when nothing is queued or being written', async () => {
  await using fixture = await opened();
  const { commits, store } = fixture;
  const { thread, claim } = await givenRunning(store);
  await commits.idle();

  const submitted = commits.submit(claim, logs('last'));
  await commits.idle();

  expect(await store.reads.lastSeq(thread.id)).toBe(1);
  await submitted;
});
