import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import type { AdvancingClock } from './advancing-clock.ts';
import { PostgresSchema } from './postgres.ts';

/** What the tests of this worker run on. Those of vitest's project `postgres` (vitest.config.ts) set it. */
export const testedDatabase: 'sqlite' | 'postgres' =
  process.env['INTERJECT_TEST_DATABASE'] === 'postgres' ? 'postgres' : 'sqlite';

type Rows = Readonly<Record<string, readonly unknown[]>>;

/**
 * A database of a test's own, of the kind under test, which outlives the services that use it. Use it with
 * `await using`.
 */
export class TestDatabase implements AsyncDisposable {
  /** What INTERJECT_DATABASE_URL would be set to. */
  readonly url: string;
  readonly #directory: string;
  readonly #schema: PostgresSchema | null;

  private constructor(directory: string, schema: PostgresSchema | null) {
    this.#directory = directory;
    this.#schema = schema;
    this.url = schema?.url ?? join(directory, 'interject.db');
  }

  static async create(kind = testedDatabase): Promise<TestDatabase> {
    const directory = await mkdtemp(join(tmpdir(), 'interject-test-'));
    return new TestDatabase(directory, kind === 'postgres' ? PostgresSchema.create() : null);
  }

  /** The URL of a PostgreSQL database through another way to its server (a proxy's port). */
  through(port: number): string {
    if (this.#schema === null) throw new Error('An SQLite file is reached through no port');
    return this.#schema.through(port);
  }

  /** Puts the database's clock forward together with `clock`. SQLite's is the process's own, and this one. */
  follow(clock: AdvancingClock): void {
    const schema = this.#schema;
    if (schema !== null) clock.onAdvance = (aheadMs) => schema.setClockAhead(aheadMs);
  }

  /** Every row of every table, read beside the running service: what "nothing was stored" is checked with. */
  dump(): Promise<Rows> {
    return this.#schema === null ? Promise.resolve(dumpFile(this.url)) : this.#schema.dump();
  }

  /** Runs one statement beside the running service; resolves with its rows. */
  async query<R extends object>(text: string): Promise<R[]> {
    if (this.#schema !== null) return this.#schema.query<R>(text);
    return queryFile<R>(this.url, text);
  }

  /** Ends all connections to a PostgreSQL database; returns how many. An SQLite file has none. */
  async cutConnections(): Promise<number> {
    return this.#schema === null ? 0 : this.#schema.cutConnections();
  }

  /** Writes a text file into a directory of the test's own; returns its path. */
  async write(name: string, text: string): Promise<string> {
    const path = join(this.#directory, name);
    await writeFile(path, text);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
    await this.#schema?.[Symbol.asyncDispose]();
  }
}

function queryFile<R extends object>(file: string, text: string): R[] {
  const database = new BetterSqlite3(file);
  try {
    return database.prepare(text).all([]) as R[];
  } finally {
    database.close();
  }
}

function dumpFile(file: string): Rows {
  const database = new BetterSqlite3(file);
  try {
    const tables = database
      .prepare(`select name from sqlite_master where type = 'table' order by name`)
      .all([]);
    return Object.fromEntries(
      tables.map(({ name }) => [String(name), database.prepare(`select * from "${name}"`).all([])]),
    );
  } finally {
    database.close();
  }
}
