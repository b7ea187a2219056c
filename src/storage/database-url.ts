/** Where an SQLite database is: a file's path, or in memory. */
export type SqliteLocation = { readonly kind: 'sqlite'; readonly file: string; readonly inMemory: boolean };

/** Where a PostgreSQL database is. */
export type PostgresLocation = {
  readonly kind: 'postgres';
  /**
   * The URL without what is ours alone; what the driver connects with. It holds the password: never log it.
   */
  readonly connectionString: string;
  readonly database: string;
  /** Holds all of our tables, and nothing else needs to be in it. Default `public`. */
  readonly schema: string;
  /** Settings for the server's sessions that the URL itself asks for (`options=-c …`), '' for none. */
  readonly options: string;
};

export type DatabaseLocation = SqliteLocation | PostgresLocation;

/** What a schema of ours may be called: it is written into statements and connection settings. */
const SCHEMA_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/**
 * Reads a database setting: a file's path, `:memory:`, a `sqlite:` URL of either (`sqlite:data.db`,
 * `sqlite:///var/data.db`), or a `postgres:` (`postgresql:`) URL that names a database, with the driver's own
 * parameters and `schema` (`postgres://user:password@host:5432/name?schema=interject`). Null for anything
 * else.
 */
export function parseDatabaseUrl(url: string): DatabaseLocation | null {
  if (/^postgres(?:ql)?:/i.test(url)) return parsePostgresUrl(url);
  const file = /^sqlite:/i.test(url) ? url.replace(/^sqlite:(?:\/\/)?/i, '') : url;
  if (file === '' || /^[a-z][a-z0-9+.-]+:/i.test(file)) return null; // one letter and a colon is a drive
  return { kind: 'sqlite', file, inMemory: file === ':memory:' };
}

function parsePostgresUrl(text: string): PostgresLocation | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const schema = url.searchParams.get('schema') ?? 'public';
  const options = url.searchParams.get('options') ?? '';
  url.searchParams.delete('schema');
  url.searchParams.delete('options');
  const database = decodeURIComponent(url.pathname.slice(1));
  if (database === '' || database.includes('/') || !SCHEMA_NAME.test(schema)) return null;
  return { kind: 'postgres', connectionString: url.href, database, schema, options };
}

/**
 * The setting as it may be shown and logged: without a password, and without the parameters, which may hold
 * one.
 */
export function shownDatabaseUrl(url: string): string {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(url)) return url;
  if (!URL.canParse(url)) return url.replace(/\/\/.*@/, '//').replace(/\?.*$/s, '');
  const { protocol, username, host, pathname, searchParams } = new URL(url);
  const schema = searchParams.get('schema');
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}${schema === null ? '' : `?schema=${schema}`}`;
}
