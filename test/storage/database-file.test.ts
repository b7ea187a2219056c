import { execFileSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { Database } from '../../src/storage/database.ts';
import type { Sql } from '../../src/storage/sql.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { SettableClock } from './settable-clock.ts';

const open = (url: string, clock = new SettableClock(), logger = new RecordingLogger()) =>
  Database.open({ url, clock, logger });
const insert = (sql: Sql, key: string) =>
  sql.run(
    "insert into idempotency (owner, key, request_hash, run_id, expires_at) values ('o', ?, 'h', 'r', 1)",
    [key],
  );
const write = (database: Database, key: string) => database.transaction((sql) => insert(sql, key));
const keysOf = async (database: Database) =>
  (await database.read.all<{ key: string }>('select key from idempotency order by key')).map(
    ({ key }) => key,
  );

/** The file of a server that wrote these keys and was shut down. */
async function closed(file: string, ...keys: string[]): Promise<void> {
  await using database = await open(file);
  for (const key of keys) await write(database, key);
}

/**
 * The same of a server that was killed: the files as they are while it lives. Returns the file, in a
 * directory of its own.
 */
async function killed(file: string, ...keys: string[]): Promise<string> {
  const to = join(dirname(file), `killed-${keys.join('-')}`);
  await using database = await open(file);
  for (const key of keys) await write(database, key);
  return copied(file, to);
}

function copied(file: string, to: string): string {
  mkdirSync(to);
  for (const ending of ['', '-wal', '.lock']) copyFileSync(file + ending, join(to, basename(file) + ending));
  return join(to, basename(file));
}

/** What a start on this file says: one line that names it. */
async function refusal(file: string): Promise<string> {
  const error = await open(file).then(
    (database) => database.close().then(() => new Error('It was opened')),
    (error: Error) => error,
  );
  expect(error.message).toMatch(new RegExp(`^Cannot open the database ${file}: [^\\n]*$`));
  return error.message;
}
/** Runs the command that the message names, as it stands there. */
const advised = (message: string) =>
  execFileSync('sh', ['-c', /with: (rm .*)$/.exec(message)?.[1] ?? 'false']);

/** Another process runs this on the open `database`. */
const beside = (file: string, script: string) =>
  String(
    execFileSync(process.execPath, [
      '-e',
      `const database = new (require('better-sqlite3'))(process.argv[1], { timeout: 0 }); ${script}; database.close();`,
      file,
    ]),
  );

describe('a start', () => {
  test.each([
    ['deleted', 'it is missing, but was used here before', rmSync],
    ['emptied', 'it is empty, but was not', truncateSync],
    ['put in its place by another application', 'it is the database of another application', foreign],
    ['damaged', 'it is damaged', damage],
  ] as const)('refuses a file that was %s', async (_what, why, spoil) => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'interject.db');
    await closed(file, 'a');
    spoil(file);

    expect(await refusal(file)).toContain(why);
  });

  test.each([
    ['deleted', rmSync],
    ['emptied', truncateSync],
  ] as const)(
    'keeps the -wal of a killed server whose file was %s, until it is removed',
    async (_what, spoil) => {
      await using directory = await temporaryDirectory();
      const file = await killed(join(directory.path, 'interject.db'), 'a');
      spoil(file);
      rmSync(`${file}.lock`);

      const message = await refusal(file);
      expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
      advised(message);
      rmSync(file, { force: true });
      await using database = await open(file);
      expect(await keysOf(database)).toEqual([]);
    },
  );

  test('goes on after a kill, at once and when the folder was moved or copied', async () => {
    await using directory = await temporaryDirectory();
    const file = await killed(join(directory.path, 'interject.db'), 'a', 'b');
    const copy = copied(file, join(directory.path, 'copy'));
    renameSync(dirname(file), join(directory.path, 'moved'));

    for (const place of [copy, join(directory.path, 'moved', 'interject.db')]) {
      await using database = await open(place);
      expect(await keysOf(database)).toEqual(['a', 'b']);
    }
  });

  test('takes the file alone at another place, and no file at all', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'interject.db');
    await closed(file, 'a');
    copyFileSync(file, join(directory.path, 'other.db'));

    await using copy = await open(join(directory.path, 'other.db'));
    await using fresh = await open(join(directory.path, 'fresh.db'));

    expect(await keysOf(copy)).toEqual(['a']);
    expect(await keysOf(fresh)).toEqual([]);
  });

  test('refuses a file whose -wal is missing after a kill, until the lock file is removed', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'interject.db');
    await closed(file, 'a');
    const left = await killed(file, 'b');
    rmSync(`${left}-wal`);

    const message = await refusal(left);
    expect(message).toContain(`${left}-wal is missing`);
    advised(message);
    await using database = await open(left);
    expect(await keysOf(database)).toEqual(['a']);
  });

  test('needs no -wal that another program has written back after a kill', async () => {
    await using directory = await temporaryDirectory();
    const file = await killed(join(directory.path, 'interject.db'), 'a');
    beside(file, "database.exec('select * from idempotency')");
    expect(existsSync(`${file}-wal`)).toBe(false);

    await using database = await open(file);
    expect(await keysOf(database)).toEqual(['a']);
  });

  test('refuses another database, and takes it as advised', async () => {
    await using directory = await temporaryDirectory();
    const [file, other] = [join(directory.path, 'interject.db'), join(directory.path, 'other.db')];
    await closed(file, 'a');
    await closed(other, 'other');
    copyFileSync(other, file);

    const message = await refusal(file);
    expect(message).toContain('another database than the one that was used here');
    advised(message);
    await using database = await open(file);
    expect(await keysOf(database)).toEqual(['other']);
  });

  test.each(['vacuum into', 'cp'])(
    'refuses a backup (%s) in the place of the file, and restores it as advised',
    async (how) => {
      await using directory = await temporaryDirectory();
      const [file, backup] = [join(directory.path, "it's my.db"), join(directory.path, 'backup.db')];
      await closed(file, 'a');
      if (how === 'cp') copyFileSync(file, backup);
      else beside(file, `database.prepare('vacuum into ?').run('${backup}')`);
      await closed(file, 'b');
      copyFileSync(backup, file);

      const message = await refusal(file);
      expect(message).toContain('it is older than when it was used last');
      advised(message);
      await using database = await open(file);
      expect(await keysOf(database)).toEqual(['a']);
    },
  );

  test.each(['vacuum into', 'cp'])(
    'refuses a backup (%s) beside the -wal of a killed server, and restores it as advised',
    async (how) => {
      await using directory = await temporaryDirectory();
      const [file, backup] = [join(directory.path, 'interject.db'), join(directory.path, 'backup.db')];
      await closed(file, 'a');
      if (how === 'cp') copyFileSync(file, backup);
      const left = await (async () => {
        await using database = await open(file);
        if (how !== 'cp') beside(file, `database.prepare('vacuum into ?').run('${backup}')`);
        await write(database, 'b');
        return copied(file, join(directory.path, 'killed'));
      })();
      copyFileSync(backup, left);

      const message = await refusal(left);
      expect(message).toContain(`${left}-wal belongs to the file before`);
      expect(readFileSync(left)).toEqual(readFileSync(backup));
      advised(message);
      await using database = await open(left);
      expect(await keysOf(database)).toEqual(['a']);
    },
  );
});

describe('while it is open', () => {
  test.each([
    ['deleted', 'was removed', (file: string) => renameSync(file, `${file}.away`)],
    ['replaced', 'was replaced', foreign],
    ['emptied', 'was emptied', (file: string) => truncateSync(file)],
    ['overwritten', 'was overwritten', (file: string) => copyFileSync(`${file}.backup`, file)],
    [
      'robbed of its -wal',
      '-wal was removed',
      (file: string) => renameSync(`${file}-wal`, `${file}-wal.away`),
    ],
  ] as const)('a file that is %s is noticed: nothing is read or written', async (_what, why, spoil) => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'interject.db');
    await closed(file, 'a');
    copyFileSync(file, `${file}.backup`);
    const clock = new SettableClock();
    const logger = new RecordingLogger();
    {
      await using database = await open(file, clock, logger);
      await database.check();
      spoil(file);
      clock.advance(1_000);

      const cause = expect.objectContaining({
        message: `${file}${why.startsWith('-') ? '' : ' '}${why} while the server was using it`,
      });
      await expect(database.check()).rejects.toMatchObject({ trouble: 'FILE_CHANGED', cause });
      await expect(write(database, 'b')).rejects.toMatchObject({ trouble: 'FILE_CHANGED' });
      await expect(keysOf(database)).rejects.toMatchObject({ trouble: 'FILE_CHANGED' });
    }
    expect(logger.at('warn')).toEqual(['Database file changed while in use; left as it is']);
  });

  test.runIf(process.platform === 'linux')('looking at the file keeps its locks', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'interject.db');
    const clock = new SettableClock();
    await using database = await open(file, clock);
    const locks = () =>
      readFileSync('/proc/locks', 'utf8')
        .split('\n')
        .filter((line) => line.includes(`:${statSync(file).ino} `)).length;
    expect(locks()).toBe(1);

    clock.advance(10_000);
    await database.check();

    expect(locks()).toBe(1);
  });

  test('a record that the disk does not take costs no transaction: it is logged, and the next transaction tries again', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'interject.db');
    const clock = new SettableClock();
    const logger = new RecordingLogger();
    {
      await using database = await open(file, clock, logger);
      clock.advance(5_000);
      await database.transaction(async (sql) => {
        renameSync(`${file}-wal`, `${file}-wal.away`);
        await insert(sql, 'a');
      });
      await write(database, 'b');
      expect(logger.at('warn')).toEqual(['Could not write the lock file', 'Could not write the lock file']);
      renameSync(`${file}-wal.away`, `${file}-wal`);
      await write(database, 'c');
    }
    expect(logger.at('warn')).toHaveLength(2);

    await using database = await open(file);
    expect(await keysOf(database)).toEqual(['a', 'b', 'c']);
  });
});

describe('the end', () => {
  test('leaves everything in the file, once a reader that is attached lets go', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'interject.db');
    const clock = new SettableClock();
    const logger = new RecordingLogger();
    const database = await open(file, clock, logger);
    const reader = new BetterSqlite3(file);
    reader.exec('begin; select * from idempotency');
    await write(database, 'a');
    let sleeps = 0;
    clock.onSleep = () => {
      if (++sleeps === 3) reader.exec('commit');
    };

    await database.settle(10_000);
    await database.close();

    expect(sleeps).toBe(3);
    expect(statSync(`${file}-wal`).size).toBe(0);
    copyFileSync(file, join(directory.path, 'copy.db'));
    reader.close();
    expect(logger.lines).toEqual([]);
    await using copy = await open(join(directory.path, 'copy.db'));
    expect(await keysOf(copy)).toEqual(['a']);
  });

  test('says so when the reader stays past the time', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'interject.db');
    const clock = new SettableClock();
    const logger = new RecordingLogger();
    const database = await open(file, clock, logger);
    const reader = new BetterSqlite3(file);
    reader.exec('begin; select * from idempotency');
    await write(database, 'a');
    const startedAt = clock.monotonicMs();

    await database.settle(1_000);
    await database.close();

    expect(clock.monotonicMs() - startedAt).toBe(1_000);
    expect(logger.at('warn')).toEqual([
      'Could not empty the -wal file on shutdown; copy it together with the database',
    ]);
    reader.close();
    await using again = await open(file);
    expect(await keysOf(again)).toEqual(['a']);
  });
});

function foreign(file: string): void {
  rmSync(file, { force: true });
  const theirs = new BetterSqlite3(file);
  theirs.exec('create table theirs (x)');
  theirs.close();
}

/** Garbage in the middle of every page but the first. */
function damage(file: string): void {
  const descriptor = openSync(file, 'r+');
  for (let at = 4096; at < statSync(file).size; at += 4096)
    writeSync(descriptor, Buffer.alloc(64, 0xff), 0, 64, at);
  closeSync(descriptor);
}
