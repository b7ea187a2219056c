import { expect, test } from 'vitest';
import { parseDatabaseUrl, shownDatabaseUrl } from '../../src/storage/database-url.ts';

const sqlite = (file: string) => ({ kind: 'sqlite', file, inMemory: file === ':memory:' });
const postgres = (over: object) => ({ kind: 'postgres', schema: 'public', options: '', ...over });

test.each([
  ['interject.db', sqlite('interject.db')],
  ['/var/data/interject.db', sqlite('/var/data/interject.db')],
  ['sqlite:data.db', sqlite('data.db')],
  ['sqlite:///var/data.db', sqlite('/var/data.db')],
  ['sqlite::memory:', sqlite(':memory:')],
  [':memory:', sqlite(':memory:')],
  ['C:\\data\\interject.db', sqlite('C:\\data\\interject.db')],
  [
    'postgres://localhost/interject',
    postgres({ connectionString: 'postgres://localhost/interject', database: 'interject' }),
  ],
  [
    'postgresql://me:secret@db:6432/my%20data?sslmode=require&schema=agents',
    postgres({
      connectionString: 'postgresql://me:secret@db:6432/my%20data?sslmode=require',
      database: 'my data',
      schema: 'agents',
    }),
  ],
  [
    'postgres://db/x?options=-c%20work_mem%3D8MB',
    postgres({ connectionString: 'postgres://db/x', database: 'x', options: '-c work_mem=8MB' }),
  ],
  [
    'postgres:///x?host=/var/run/postgresql',
    postgres({ connectionString: 'postgres:///x?host=%2Fvar%2Frun%2Fpostgresql', database: 'x' }),
  ],
  ['postgres://localhost', null],
  ['postgres://localhost/', null],
  ['postgres://localhost/x?schema=no"name', null],
  ['postgres://localhost/x?schema=', null],
  ['postgres://local host/x', null],
  ['mysql://localhost/x', null],
  ['sqlite:', null],
  ['', null],
])('the database setting %j is read as %j', (url, location) => {
  expect(parseDatabaseUrl(url)).toEqual(location);
});

test.each([
  ['data.db', 'data.db'],
  ['postgres://me:secret@db:6432/x?password=secret&schema=agents', 'postgres://me@db:6432/x?schema=agents'],
  ['postgres://db/x', 'postgres://db/x'],
  ['postgres://me:secret@no host/x?password=secret', 'postgres://no host/x'],
])('of %j is shown %j', (url, shown) => {
  expect(shownDatabaseUrl(url)).toBe(shown);
});
