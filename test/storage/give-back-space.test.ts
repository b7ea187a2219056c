import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { Database } from '../../src/storage/database.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const PAGE = 'x'.repeat(4_000);

async function fill(database: Database, rows: number): Promise<void> {
  await database.transaction(async (sql) => {
    for (let n = 0; n < rows; n++)
      await sql.run(
        'insert into idempotency (owner, key, request_hash, run_id, expires_at) values (?, ?, ?, ?, 1)',
        ['o', `${n}`, PAGE, 'r'],
      );
  });
}

test('an SQLite file shrinks, in steps, when much of it is free, and keeps what is in it', async () => {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'interject.db');
  const database = await Database.open({ url: file, clock: systemClock });
  await fill(database, 4_000);
  await database.transaction((sql) => sql.run(`delete from idempotency where key <> '7'`));

  let steps = 1;
  while (await database.reclaimSpace()) steps++;
  const [left] = await database.read.all<{ key: string; request_hash: string }>(
    'select key, request_hash from idempotency',
  );
  await database.close(); // brings what is in the -wal file into it

  expect(steps).toBeGreaterThan(2);
  expect((await stat(file)).size).toBeLessThan(8_000_000);
  expect(left).toEqual({ key: '7', request_hash: PAGE });
});

test('a few free pages are left for what comes', async () => {
  await using directory = await temporaryDirectory();
  await using database = await Database.open({
    url: join(directory.path, 'interject.db'),
    clock: systemClock,
  });
  await fill(database, 500);
  await database.transaction((sql) => sql.run('delete from idempotency'));
  const free = async () =>
    (await database.read.all<{ freelist_count: number }>('pragma freelist_count'))[0]?.freelist_count;
  const before = await free();

  expect(await database.reclaimSpace()).toBe(false);

  expect(await free()).toBe(before);
  expect(before).toBeGreaterThan(100);
});
