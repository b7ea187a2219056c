import { open as openFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { Database } from '../../src/storage/database.ts';
import { GroupCommit } from '../../src/storage/log/group-commit.ts';
import { SqlStore } from '../../src/storage/sql-store.ts';
import { custom, givenRunning } from '../contract/store-data.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const TEXT = 'x'.repeat(10_000);

/** A store on a file of its own, with a running run. */
async function openStore() {
  const directory = await temporaryDirectory();
  const file = join(directory.path, 'interject.db');
  const database = await Database.open({ url: file, clock: systemClock });
  const commits = new GroupCommit(database);
  const store = new SqlStore({
    database,
    commits,
    checkpointTx: () => ({}) as never,
    checkpointReads: async () => [],
  });
  return {
    file,
    database,
    store,
    ...(await givenRunning(store)),
    pragma: (text: string) => database.read.all(`pragma ${text}`),
    async [Symbol.asyncDispose]() {
      await database.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}
type Opened = Awaited<ReturnType<typeof openStore>>;

const logged = async ({ store, thread }: Opened) =>
  (await store.reads.events(thread.id, 0, 1_000)).map(({ body }) => body);
const healthy = ({ file }: Opened): unknown => {
  const shell = new BetterSqlite3(file);
  try {
    return shell.prepare('pragma integrity_check').all([])[0]?.['integrity_check'];
  } finally {
    shell.close();
  }
};

describe('a full disk', () => {
  test('refuses a write whole, says so, and takes the next one when there is room', async () => {
    await using opened = await openStore();
    const { store, claim } = opened;
    await store.append(claim, [custom('before', claim.runId)]);
    const [pages] = await opened.pragma('page_count');
    await opened.pragma(`max_page_count = ${Number(pages!['page_count']) + 20}`);

    const refused = store.append(claim, [
      custom('one', claim.runId),
      ...Array.from({ length: 20 }, () => custom(TEXT, claim.runId)),
    ]);
    await expect(refused).rejects.toMatchObject({
      name: 'DatabaseUnavailableError',
      trouble: 'FULL',
      message: "The database's disk is full.",
    });
    const whileFull = await logged(opened);
    await opened.pragma('max_page_count = 100000');
    await store.append(claim, [custom('after', claim.runId)]);

    expect(whileFull).toMatchObject([{ data: 'before' }]);
    expect(await logged(opened)).toMatchObject([{ data: 'before' }, { data: 'after' }]);
    expect((await store.reads.events(opened.thread.id, 0, 10)).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(healthy(opened)).toBe('ok');
  });

  test('that is met by one of many runs that write in one turn refuses none that fits', async () => {
    await using opened = await openStore();
    const { store, claim } = opened;
    const other = await givenRunning(store);
    const [pages] = await opened.pragma('page_count');
    await opened.pragma(`max_page_count = ${Number(pages!['page_count']) + 20}`);

    const [big, small] = await Promise.allSettled([
      store.append(
        claim,
        Array.from({ length: 20 }, () => custom(TEXT, claim.runId)),
      ),
      store.append(other.claim, [custom('small', other.claim.runId)]),
    ]);

    expect(big).toMatchObject({ status: 'rejected', reason: { trouble: 'FULL' } });
    expect(small.status).toBe('fulfilled');
  });
});

test('a database that may not be written any more answers reads, refuses writes and is not ready', async () => {
  await using opened = await openStore();
  const { store, claim } = opened;
  await store.append(claim, [custom('before', claim.runId)]);
  await opened.database.read.run('pragma query_only = on');

  await expect(store.append(claim, [custom('refused', claim.runId)])).rejects.toMatchObject({
    trouble: 'READ_ONLY',
  });
  await expect(store.check()).rejects.toMatchObject({ trouble: 'READ_ONLY' });
  const read = await logged(opened);
  await opened.database.read.run('pragma query_only = off');
  await store.append(claim, [custom('after', claim.runId)]);

  expect(read).toMatchObject([{ data: 'before' }]);
  expect(await logged(opened)).toMatchObject([{ data: 'before' }, { data: 'after' }]);
});

describe('a damaged file', () => {
  /** Overwrites all pages but the first few, which hold the schema. */
  async function damage(file: string, firstPages: number): Promise<void> {
    const { size } = await stat(file);
    const handle = await openFile(file, 'r+');
    const from = firstPages * 4096;
    await handle.write(Buffer.alloc(size - from, 0x5a), 0, size - from, from);
    await handle.close();
  }

  async function filled(file: string): Promise<void> {
    await using database = await Database.open({ url: file, clock: systemClock });
    await database.transaction(async (sql) => {
      for (let n = 0; n < 300; n++)
        await sql.run(
          'insert into idempotency (owner, key, request_hash, run_id, expires_at) values (?, ?, ?, ?, 1)',
          ['o', `${n}`, TEXT, 'r'],
        );
    });
  }

  test('is told at the start, with the file', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'interject.db');
    await filled(file);
    await damage(file, 1);

    const opening = Database.open({ url: file, clock: systemClock });

    await expect(opening).rejects.toThrow(
      new RegExp(`Cannot open the database ${file}: .*(malformed|damaged)`),
    );
  });

  test('that is found while it is read fails that read and nothing else', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'interject.db');
    await filled(file);
    const pages = new BetterSqlite3(file).prepare(
      `select min(pageno) as first from dbstat where name = 'idempotency' and pagetype = 'overflow'`,
    );
    await using database = await Database.open({ url: file, clock: systemClock });
    await database.read.run('pragma shrink_memory'); // forgets the pages that the start has checked
    await damage(file, Number(pages.all([])[0]?.['first']) - 1);

    const read = database.read.all(
      'select sum(length(request_hash)) from idempotency where request_hash like ?',
      ['%y%'],
    );

    await expect(read).rejects.toMatchObject({ trouble: 'DAMAGED', message: 'The database is damaged.' });
    expect(await database.read.all('select count(*) as n from thread')).toEqual([{ n: 0 }]);
    await expect(database.check()).rejects.toMatchObject({ trouble: 'DAMAGED' });
  });
});
