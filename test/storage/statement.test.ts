import { expect, test } from 'vitest';
import type { Owner, ThreadId } from '../../src/domain/ids.ts';
import type { ThreadStatus } from '../../src/domain/run.ts';
import { type Slice, search } from '../../src/storage/search.ts';
import type { Dialect, Sql } from '../../src/storage/sql.ts';
import {
  byShape,
  db,
  inColumns,
  locking,
  type Params,
  statement,
  type Values,
} from '../../src/storage/statement.ts';

type Executed = readonly [text: string, params: readonly unknown[]];

/** A database that records what it is asked. */
function recording(name: Dialect['name']): { readonly sql: Sql; readonly executed: Executed[] } {
  const executed: Executed[] = [];
  const record = async (text: string, params: readonly unknown[] = []): Promise<never[]> => {
    executed.push([text, params]);
    return [];
  };
  const dialect = { name, locksRows: name === 'postgres' } as Dialect;
  return {
    sql: {
      all: record,
      run: async (text, params) => (await record(text, params)).length,
      now: new Date(0),
      dialect,
    },
    executed,
  };
}

test('values known when a statement is built are literals, those of a call are parameters in the order of their places', async () => {
  const named = statement((p: Params<{ owner: Owner; ids: readonly ThreadId[]; before: number }>) =>
    db
      .selectFrom('thread')
      .select('id')
      .where('status', 'in', ['IDLE', 'BUSY'])
      .where('graph_id', '=', "it's")
      .where('created_at', '<', p('before'))
      .where('id', 'in', p.list('ids', 2))
      .where('updated_at', '<', p('before'))
      .where('owner', '=', p('owner')),
  );
  const { sql, executed } = recording('sqlite');

  await named.all(sql, { owner: 'ada' as Owner, ids: ['a', 'b'] as ThreadId[], before: 5 });

  const where = `"status" in ('IDLE', 'BUSY') and "graph_id" = 'it''s' and "created_at" < ? and "id" in (?, ?) and "updated_at" < ? and "owner" = ?`;
  expect(executed).toEqual([[`select "id" from "thread" where ${where}`, [5, 'a', 'b', 5, 'ada']]]);
});

test('a statement is built once for each kind of database', async () => {
  let built = 0;
  const locked = statement((p: Params<{ id: ThreadId }>, dialect) => {
    built += 1;
    return db.selectFrom('thread').select('id').where('id', '=', p('id')).$call(locking(dialect));
  });
  const sqlite = recording('sqlite');
  const postgres = recording('postgres');

  for (const { sql } of [sqlite, postgres, sqlite, postgres]) await locked.all(sql, { id: 'a' as ThreadId });

  expect(built).toBe(2);
  expect(sqlite.executed[1]).toEqual(['select "id" from "thread" where "id" = ?', ['a']]);
  expect(postgres.executed[1]).toEqual(['select "id" from "thread" where "id" = ? for update', ['a']]);
});

test('rows are inserted from one list of values, with a statement for each number of rows', async () => {
  const columns = ['name', 'holder', 'held_until', 'next_at'] as const;
  const insert = byShape((rows: number) =>
    statement((p: Params<Values>) =>
      db
        .insertInto('maintenance')
        .values(Array.from({ length: rows }, (_, row) => inColumns(columns, p, row * columns.length))),
    ),
  );
  const { sql, executed } = recording('sqlite');

  await insert(2).run(sql, ['a', 'x', 1, 2, 'b', 'y', 3, 4]);

  const text =
    'insert into "maintenance" ("name", "holder", "held_until", "next_at") values (?, ?, ?, ?), (?, ?, ?, ?)';
  expect(executed).toEqual([[text, ['a', 'x', 1, 2, 'b', 'y', 3, 4]]]);
  expect(insert(2)).toBe(insert(2));
  expect(insert(2)).not.toBe(insert(1));
});

test('a search has a statement for each combination of what is given', async () => {
  let built = 0;
  type Filter = { readonly owner: Owner; readonly status: readonly ThreadStatus[] | undefined };
  const threads = search((p: Params<Filter & Slice>, given, direction: 'asc' | 'desc') => {
    built += 1;
    const owned = db.selectFrom('thread').select('id').where('owner', '=', p('owner'));
    const these = given.status === 0 ? owned : owned.where('status', 'in', p.list('status', given.status));
    return these.orderBy('id', direction).limit(p('limit')).offset(p('offset'));
  });
  const { sql, executed } = recording('sqlite');
  const owner = 'ada' as Owner;

  await threads(sql, { owner, status: undefined, limit: 1, offset: 0 }, 'asc');
  await threads(sql, { owner, status: ['IDLE'], limit: 1, offset: 0 }, 'asc');
  await threads(sql, { owner, status: ['BUSY'], limit: 2, offset: 3 }, 'asc');
  await threads(sql, { owner, status: ['BUSY'], limit: 2, offset: 3 }, 'desc');

  expect(built).toBe(3);
  expect(executed.slice(0, 3)).toEqual([
    ['select "id" from "thread" where "owner" = ? order by "id" asc limit ? offset ?', ['ada', 1, 0]],
    [
      'select "id" from "thread" where "owner" = ? and "status" in (?) order by "id" asc limit ? offset ?',
      ['ada', 'IDLE', 1, 0],
    ],
    [
      'select "id" from "thread" where "owner" = ? and "status" in (?) order by "id" asc limit ? offset ?',
      ['ada', 'BUSY', 2, 3],
    ],
  ]);
});
