import { randomUUID } from 'node:crypto';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Owner } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { FoundItem } from '../../../src/domain/store-item.ts';
import { EmbeddingStore } from '../../../src/orchestrator/embedding-store.ts';
import type { Database } from '../../../src/storage/database.ts';
import { nearestByComparing } from '../../../src/storage/items/item-search.ts';
import { pgvectorOf } from '../../../src/storage/items/pgvector.ts';
import { SqlItemStore } from '../../../src/storage/items/sql-item-store.ts';
import { longTermStore } from '../../../src/storage/migrations/0007-store.ts';
import { numbered, postgres } from '../../../src/storage/postgres/connection.ts';
import type { Sql } from '../../../src/storage/sql.ts';

/**
 * PostgreSQL with pgvector in this process (PGlite): machines that run the tests need not have the extension
 * on their server.
 */
let server: PGlite;
beforeAll(async () => {
  server = await PGlite.create({ extensions: { vector } });
  await server.exec('create schema service; set search_path = service');
  for (const statement of longTermStore.postgres) await server.exec(statement);
}, 120_000); // it makes its database first: seven seconds of a processor
afterAll(() => server.close());

const sql: Sql = {
  dialect: postgres,
  get now() {
    return new Date();
  },
  all: async <R>(query: string, params: readonly unknown[] = []) =>
    (await server.query<R>(numbered(query), [...params])).rows,
  run: async (query, params = []) => (await server.query(numbered(query), [...params])).affectedRows ?? 0,
};
const database = {
  read: sql,
  transaction: (work: (sql: Sql) => Promise<unknown>) => work(sql),
} as unknown as Database;

const embed = (text: string): number[] => ['a', 'b', 'c'].map((letter) => text.split(letter).length - 1);
const index = {
  embedder: {
    embedQuery: async (text: string) => embed(text),
    embedDocuments: async (texts: readonly string[]) => texts.map(embed),
  },
  dims: 3,
  fields: ['text', 'more'],
};
const TEXTS = ['a', 'ab', 'aab', 'bc', 'cca', 'x', 'abc', 'b', 'cc', 'acab'];

test('PostgreSQL with pgvector finds, orders and scores as comparing in this process does', async () => {
  const told: string[] = [];
  const nearest = await pgvectorOf(sql, (why) => told.push(why));
  const owner = randomUUID() as Owner;
  const [byServer, byProcess] = [nearest!, nearestByComparing].map(
    (way) => new EmbeddingStore(new SqlItemStore(database, way), index),
  );
  const puts = TEXTS.flatMap((text, n) =>
    TEXTS.map(
      (more, m) =>
        ({
          kind: 'put',
          namespace: ['m', `n${n % 3}`],
          key: `k${n}-${m}`,
          value: { text, more, n, m },
        }) as const,
    ),
  );
  await byServer!.batch(owner, 'API', puts);
  await byServer!.batch(owner, 'API', [
    { kind: 'put', namespace: ['m'], key: 'unindexed', value: { text: 'a', m: 1 }, index: false },
  ]);

  const searches = ['a', 'bc', 'x', 'cca'].flatMap((query) =>
    [null, { m: 1 }, { m: { $gt: 6 } }].flatMap((filter: JsonObject | null) =>
      [[], ['m', 'n1']].map(
        (prefix) => ({ kind: 'search', prefix, filter, limit: 12, offset: 2, query }) as const,
      ),
    ),
  );
  for (const asked of searches) {
    const [one] = (await byServer!.batch(owner, 'GRAPH', [asked])) as readonly FoundItem[][];
    const [other] = (await byProcess!.batch(owner, 'GRAPH', [asked])) as readonly FoundItem[][];
    expect(rounded(one!)).toEqual(rounded(other!));
  }
  expect(told).toEqual([]);
});

/**
 * Scores as pgvector's 32-bit arithmetic may tell them; equally near items are told in the order of their
 * keys.
 */
const rounded = (found: readonly FoundItem[]): string[] =>
  found.map(({ key, score }) => (score === null ? `${key} null` : score.toFixed(4))).sort();

test('a server without pgvector is told, and semantic search goes on without it', async () => {
  const told: string[] = [];
  const without: Sql = { ...sql, dialect: postgres, now: new Date(), all: async () => [] };

  expect(await pgvectorOf(without, (why) => told.push(why))).toBeNull();

  expect(told).toEqual(['pgvector is not installed on the server']);
});
