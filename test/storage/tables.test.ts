import type { ISchemaGenerator } from '@mikro-orm/core';
import { MikroORM as PostgresOrm } from '@mikro-orm/postgresql';
import { MikroORM as SqliteOrm } from '@mikro-orm/sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Database } from '../../src/storage/database.ts';
import { entities } from '../../src/storage/entities.ts';
import { type Column, type ColumnName, columnsOf } from '../../src/storage/entity.ts';
import { RowMapper } from '../../src/storage/row-mapper.ts';
import { RunRow } from '../../src/storage/runs/run-rows.ts';
import type { Sql } from '../../src/storage/sql.ts';
import { db, inColumns, type Params, statement, type Values } from '../../src/storage/statement.ts';
import { TestDatabase, testedDatabase } from '../support/test-database.ts';
import { SettableClock } from './settable-clock.ts';

const tables = entities.map((entity) => ({ tableName: entity.tableName, columns: columnsOf(entity) }));
/** The tables that rows of others are part of. */
const WHOLES = ['thread', 'store_namespace', 'store_item'];
const columnsOfRun = columnsOf(RunRow);

let own: TestDatabase;
let database: Database;

beforeAll(async () => {
  own = await TestDatabase.create();
  database = await Database.open({ url: own.url, clock: new SettableClock() });
});
afterAll(async () => {
  await database.close();
  await own[Symbol.asyncDispose]();
});

test('migrations make the tables, columns and indexes that the entities describe', async () => {
  expect(await differences()).toEqual([]);
}, 120_000); // dropping a database waits for a checkpoint of the whole server

describe.each(tables)('the table $tableName', ({ tableName, columns }) => {
  test('has a column for each property, and no other', async () => {
    const expected = columns.map(({ name, isNullable }) => ({ name, isNullable }));

    expect(sorted(await storedColumns(tableName))).toEqual(sorted(expected));
  });

  // Of two rows the first has a value in every column, the second none where there needn't be one.
  test.each([1, 2])('gives back row %i as it was written', async (row) => {
    await database
      .transaction(async (sql) => {
        await sql.run('delete from instance'); // there may be one row of it
        const parents = WHOLES.slice(
          0,
          WHOLES.includes(tableName) ? WHOLES.indexOf(tableName) : WHOLES.length,
        );
        for (const table of [...parents, tableName]) await insert(sql, table, row);

        const written = sampleRow(sql, columns, row);
        const [read] = await selectAll(tableName).all(sql, {});
        expect(decoded(sql, columns, mapperOf(columns).fromRow(read ?? {}))).toEqual(
          decoded(sql, columns, written),
        );
        throw new RolledBack();
      })
      .catch(ignoreRollback);
  });
});

class RolledBack extends Error {}
function ignoreRollback(error: unknown): void {
  if (!(error instanceof RolledBack)) throw error;
}

type Row = Record<string, unknown>;

const selectAll = (tableName: string) => statement(() => db.selectFrom(tableName as 'run').selectAll());

const mapperOf = (columns: readonly Column[]): RowMapper<Row> => new RowMapper<Row>(columns);

async function insert(sql: Sql, tableName: string, row: number): Promise<void> {
  const columns = tables.find((table) => table.tableName === tableName)?.columns ?? [];
  const mapper = mapperOf(columns);
  const names = columns.map(({ name }) => name as ColumnName<typeof RunRow>); // whichever table's
  const statementOf = statement((p: Params<Values>) =>
    db.insertInto(tableName as 'run').values(inColumns(names, p)),
  );
  await statementOf.run(sql, mapper.toParams(sampleRow(sql, columns, row)));
}

const sampleRow = (sql: Sql, columns: readonly Column[], row: number): Row =>
  Object.fromEntries(
    columns.map(({ key, kind, isNullable }) => [
      key,
      isNullable && row === 2 ? null : sample(sql, kind, row),
    ]),
  );

/** A value of the codec's that a careless column would change. */
function sample(sql: Sql, kind: string, row: number): unknown {
  switch (kind) {
    case 'id':
    case 'text':
      return `row "${row}" \\ it's Zoë's 😀`;
    case 'json':
      return { list: [1, null, 'Zoë \0 \ud800'], empty: row === 1 ? null : {} };
    case 'integer':
      return row === 1 ? 2 ** 31 - 1 : 0;
    case 'bigInteger':
      return row === 1 ? Number.MAX_SAFE_INTEGER : -1;
    case 'flag':
      return row === 1;
    case 'time':
      return new Date(row === 1 ? 8.64e15 : 0);
    case 'failure':
      return { name: 'Error', message: 'odd' };
    case 'run':
      return sampleRow(sql, columnsOfRun, row);
    case 'vector':
      return sql.dialect.vectors.encode([0.5, -2]);
    default:
      throw new Error(`There is no sample for the codec ${kind}`);
  }
}

/** Vectors as numbers: each database has its own form of them. */
const decoded = (sql: Sql, columns: readonly Column[], row: Row): Row =>
  Object.fromEntries(
    columns.map(({ key, kind }) => [
      key,
      kind === 'vector' ? sql.dialect.vectors.decode(row[key]) : row[key],
    ]),
  );

type StoredColumn = { readonly name: string; readonly isNullable: boolean };

const sorted = (columns: readonly StoredColumn[]): StoredColumn[] =>
  columns.toSorted((a, b) => (a.name < b.name ? -1 : 1));

async function storedColumns(table: string): Promise<StoredColumn[]> {
  const rows = await own.query<{ name: string; nullable: boolean | number }>(
    testedDatabase === 'sqlite'
      ? `select name, not "notnull" as nullable from pragma_table_info('${table}')`
      : `select column_name as name, is_nullable = 'YES' as nullable from information_schema.columns
         where table_schema = current_schema() and table_name = '${table}'`,
  );
  return rows.map(({ name, nullable }) => ({ name, isNullable: Boolean(nullable) }));
}

/** The statements that would make the tables as the entities describe them. */
async function differences(): Promise<string[]> {
  if (testedDatabase === 'sqlite') return differencesOf(await SqliteOrm.init({ dbName: own.url, entities }));
  // In a database of its own: MikroORM looks at all schemas that there are, and other tests drop theirs
  // meanwhile.
  const url = new URL(own.url);
  const schema = url.searchParams.get('schema') ?? '';
  url.pathname = schema;
  await own.query(`create database "${schema}"`);
  try {
    await (await Database.open({ url: url.href, clock: new SettableClock() })).close();
    return await differencesOf(await PostgresOrm.init({ clientUrl: url.href, schema, entities }));
  } finally {
    await own.query(`drop database "${schema}" with (force)`);
  }
}

type Orm = { readonly schema: Pick<ISchemaGenerator, 'getUpdateSchemaSQL'>; close(): Promise<void> };

async function differencesOf(orm: Orm): Promise<string[]> {
  const statements = (await orm.schema.getUpdateSchemaSQL({ wrap: false }))
    .split(';')
    .map((statement) => statement.trim());
  await orm.close();
  // no entity describes functions
  return statements.filter((statement) => statement !== '' && !statement.startsWith('drop function'));
}
