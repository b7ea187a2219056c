import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** The PostgreSQL server that tests use: INTERJECT_TEST_POSTGRES, or the one on this machine. */
export const POSTGRES_URL =
  process.env['INTERJECT_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432/test';

/**
 * Is there a server to test with? Without one the tests that need it are left out, and say so; where services
 * are required (INTERJECT_TEST_SERVICES=required) that is a failure.
 */
export const hasPostgres: boolean = await isThere();

async function isThere(): Promise<boolean> {
  const client = new Client({ connectionString: POSTGRES_URL, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch (cause) {
    const told = `PostgreSQL doesn't answer at ${new URL(POSTGRES_URL).host}`;
    if (process.env['INTERJECT_TEST_SERVICES'] === 'required')
      throw new Error(`${told}, and services are required`, { cause });
    process.stderr.write(
      `\n*** ${told}: ITS TESTS ARE LEFT OUT. Start it, or set INTERJECT_TEST_POSTGRES.\n\n`,
    );
    return false;
  }
}

/** A schema of a test's own, dropped with all that is in it. Use it with `await using`. */
export class PostgresSchema implements AsyncDisposable {
  readonly name: string;
  /** What INTERJECT_DATABASE_URL would be set to. */
  readonly url: string;

  private constructor(name: string) {
    this.name = name;
    this.url = schemaUrl(POSTGRES_URL, name);
  }

  /** One that doesn't exist yet: the first who opens it makes it. */
  static create(): PostgresSchema {
    return new PostgresSchema(`test_${randomBytes(8).toString('hex')}`);
  }

  /** The same through another way to the server (a proxy's port). */
  through(port: number): string {
    const url = new URL(POSTGRES_URL);
    url.host = `127.0.0.1:${port}`;
    return schemaUrl(url.href, this.name);
  }

  /** Runs statements beside the service, in this schema; resolves with the last one's rows. */
  async query<R extends object = Record<string, unknown>>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<R[]> {
    const client = new Client({ connectionString: POSTGRES_URL, options: `-c search_path="${this.name}"` });
    await client.connect();
    try {
      return (await client.query(text, [...values])).rows as R[];
    } finally {
      await client.end();
    }
  }

  /** Every row of every table. */
  async dump(): Promise<Record<string, readonly unknown[]>> {
    const tables = await this.query<{ name: string }>(
      'select tablename as name from pg_tables where schemaname = $1 order by 1',
      [this.name],
    );
    const dumped: Record<string, readonly unknown[]> = {};
    for (const { name } of tables)
      dumped[name] = await this.query(`select * from "${name}" as dumped order by dumped::text`);
    return dumped;
  }

  /** Removes all rows, but for those that say which migrations have been applied and whose database it is. */
  async empty(): Promise<void> {
    // Few rows: deleting them takes a tenth of the time of truncating their tables.
    await this.query(`do $$ declare one text; begin
      for one in select tablename from pg_tables where schemaname = '${this.name}' and tablename not in ('mikro_orm_migrations', 'instance') loop
        execute format('delete from %I', one);
      end loop;
    end $$`);
  }

  /** Has the server's clock, as this schema shows it, be ahead of the machine's. */
  async setClockAhead(ms: number): Promise<void> {
    await this.query(`create or replace function now_ms() returns bigint language sql volatile as
      $$ select floor(extract(epoch from clock_timestamp()) * 1000)::bigint + ${Math.round(ms)} $$`);
  }

  /** Ends all connections that see this schema, as a restart of the server would; returns how many. */
  async cutConnections(): Promise<number> {
    const rows = await this.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and application_name = $1`,
      [this.name],
    );
    return rows.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.query(`drop schema if exists "${this.name}" cascade`);
  }
}

function schemaUrl(base: string, schema: string): string {
  const url = new URL(base);
  url.searchParams.set('schema', schema);
  // no test pulls the plug of the server's machine
  url.searchParams.set('options', '-c synchronous_commit=off');
  // so that a test finds, and ends, no connections but its own
  url.searchParams.set('application_name', schema);
  return url.href;
}
