import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { Database } from '../../src/storage/database.ts';
import { DatabaseError } from '../../src/storage/database-error.ts';
import { migrations } from '../../src/storage/migrations.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { SettableClock } from './settable-clock.ts';

const open = (url: string, clock = new SettableClock()) => Database.open({ url, clock });
const insertKey =
  'insert into idempotency (owner, key, request_hash, run_id, expires_at) values (?, ?, ?, ?, ?)';
const keyRow = (key: string) => ['owner', key, 'hash', 'run', 1];

test('an empty database gets every migration, once', async () => {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'interject.db');
  for (let start = 0; start < 2; start++) {
    await using database = await open(file);

    const applied = await database.read.all('select name from mikro_orm_migrations order by id');
    expect(applied).toEqual(migrations.map(({ name }) => ({ name })));
  }
});

test('a file keeps its data when it is closed and opened again', async () => {
  await using directory = await temporaryDirectory();
  const url = `sqlite:${join(directory.path, 'interject.db')}`;
  {
    await using database = await open(url);
    await database.transaction((sql) => sql.run(insertKey, keyRow('kept')));
  }

  await using database = await open(url);

  expect(await database.read.all('select key from idempotency')).toEqual([{ key: 'kept' }]);
});

test('a second server on the same file is refused until the first has closed it', async () => {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'interject.db');
  const first = await open(file);

  await expect(open(file)).rejects.toThrow(DatabaseError);
  await expect(open(file)).rejects.toThrow(
    `Cannot open the database ${file}: another server is using it (it holds ${file}.lock)`,
  );

  await first.close();
  await using second = await open(file);
  await expect(second.check()).resolves.toBeUndefined();
});

test('the lock of a killed server is free', async () => {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'interject.db');
  const script = `
    import { Database } from ${JSON.stringify(new URL('../../src/storage/database.ts', import.meta.url).href)};
    import { systemClock } from ${JSON.stringify(new URL('../../src/clock.ts', import.meta.url).href)};
    const database = await Database.open({ url: ${JSON.stringify(file)}, clock: systemClock });
    setInterval(() => database, 1000);
    console.log('open');
  `;
  const server = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(server.stdout, 'data');
  await expect(open(file)).rejects.toThrow(/another server is using it/);

  const exited = once(server, 'exit');
  server.kill('SIGKILL');
  await exited;

  await using database = await open(file);
  await expect(database.check()).resolves.toBeUndefined();
});

test('what is no database, or nowhere, fails with the file and the cause', async () => {
  await using directory = await temporaryDirectory();
  const text = join(directory.path, 'notes.txt');
  await writeFile(
    text,
    'this is not a database, only some text that is long enough to be read as a header of one '.repeat(20),
  );
  const nowhere = join(directory.path, 'missing', 'interject.db');

  await expect(open(text)).rejects.toThrow(`Cannot open the database ${text}: file is not a database`);
  await expect(open(nowhere)).rejects.toThrow(new RegExp(`Cannot open the database ${nowhere}: .*directory`));
  await expect(open('mysql://localhost/x')).rejects.toThrow(
    'Cannot open the database mysql://localhost/x: it must be a file path, a sqlite: URL, :memory:',
  );
});

test('a database that a newer version has migrated is refused', async () => {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'interject.db');
  const current = await open(file);
  await current.transaction((sql) =>
    sql.run('insert into mikro_orm_migrations (name) values (?)', ['9999-from-the-future']),
  );
  await current.close();

  await expect(open(file)).rejects.toThrow(/newer version \(migration 9999-from-the-future\)/);
});

test('it is in WAL mode, keeps foreign keys, and syncs as it was told', async () => {
  await using directory = await temporaryDirectory();
  await using database = await Database.open({
    url: join(directory.path, 'interject.db'),
    synchronous: 'FULL',
    clock: new SettableClock(),
  });

  expect(await database.read.all('pragma journal_mode')).toEqual([{ journal_mode: 'wal' }]);
  expect(await database.read.all('pragma foreign_keys')).toEqual([{ foreign_keys: 1 }]);
  expect(await database.read.all('pragma synchronous')).toEqual([{ synchronous: 2 }]);
});

test('a transaction excludes other writers from its beginning, before its first write', async () => {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'interject.db');
  await using database = await open(file);
  const shell = new BetterSqlite3(file, { timeout: 0 });

  await database.transaction(async (sql) => {
    await sql.all('select 1');
    expect(() => shell.exec('begin immediate')).toThrow(/locked/);
  });

  shell.close();
});

test('a lock that another process holds is waited for without blocking the event loop', async () => {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'interject.db');
  const clock = new SettableClock();
  await using database = await Database.open({ url: file, busyTimeoutMs: 0, clock });
  const shell = new BetterSqlite3(file, { timeout: 0 });
  shell.exec('begin immediate');
  let sleeps = 0;
  clock.onSleep = () => {
    if (++sleeps === 3) shell.exec('commit');
  };

  await database.transaction((sql) => sql.run(insertKey, keyRow('waited')));

  expect(sleeps).toBe(3);
  expect(await database.read.all('select key from idempotency')).toEqual([{ key: 'waited' }]);
  shell.close();
});

test('a transaction that can never begin rejects, and the next one goes on', async () => {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'interject.db');
  await using database = await Database.open({ url: file, busyTimeoutMs: 0, clock: new SettableClock() });
  const shell = new BetterSqlite3(file, { timeout: 0 });
  shell.exec('begin immediate');

  await expect(database.transaction((sql) => sql.run(insertKey, keyRow('lost')))).rejects.toMatchObject({
    trouble: 'LOCKED',
  });
  await expect(database.transaction(async () => 'nothing')).rejects.toMatchObject({ trouble: 'LOCKED' });

  shell.exec('commit');
  shell.close();
  await database.transaction((sql) => sql.run(insertKey, keyRow('next')));
  expect(await database.read.all('select key from idempotency')).toEqual([{ key: 'next' }]);
});

test('a commit that fails rolls back and rejects, and the next transaction goes on', async () => {
  await using database = await open(':memory:');
  const orphan = `insert into run_event (thread_id, seq, kind, payload, created_at) values ('nobody', 1, 'CUSTOM', '{}', 1)`;

  const failing = database.transaction(async (sql) => {
    await sql.run('pragma defer_foreign_keys = on');
    await sql.run(orphan);
  });

  await expect(failing).rejects.toThrow(/FOREIGN KEY/);
  expect(await database.transaction((sql) => sql.all('select * from run_event'))).toEqual([]);
});

test('statements of a transaction that has ended are refused', async () => {
  await using database = await open(':memory:');
  const kept = await database.transaction(async (sql) => sql);

  await expect(kept.run(insertKey, keyRow('late'))).rejects.toThrow();

  expect(await database.read.all('select key from idempotency')).toEqual([]);
});

test('reads wait for the transaction that runs and see what it committed', async () => {
  await using database = await open(':memory:');
  let read: Promise<unknown[]> = Promise.resolve([]);

  await database.transaction(async (sql) => {
    read = database.read.all('select key from idempotency');
    await sql.run(insertKey, keyRow('new'));
  });

  expect(await read).toEqual([{ key: 'new' }]);
});
