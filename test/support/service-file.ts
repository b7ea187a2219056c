import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';

/** A database file of its own, which outlives the services of one test. Use it with `await using`. */
export class ServiceFile implements AsyncDisposable {
  readonly path: string;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.path = join(directory, 'interject.db');
  }

  static async create(): Promise<ServiceFile> {
    return new ServiceFile(await mkdtemp(join(tmpdir(), 'interject-scenario-')));
  }

  /** Every row of every table, read beside the running service: what "nothing was stored" is checked with. */
  dump(): Readonly<Record<string, readonly unknown[]>> {
    const database = new BetterSqlite3(this.path);
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

  /** Writes a text file beside the database; returns its path. */
  async write(name: string, text: string): Promise<string> {
    const path = join(this.#directory, name);
    await writeFile(path, text);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}
