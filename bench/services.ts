import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Client } from 'pg';
import type { LeaveOut } from './bench.ts';

const POSTGRES_URL = process.env['INTERJECT_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432/test';
export const REDIS_URL = process.env['INTERJECT_TEST_REDIS'] ?? 'redis://127.0.0.1:6379';

/**
 * A schema of a bench's own in the PostgreSQL server that tests use, too; dropped in the end. Use it with
 * `await using`.
 */
export class BenchSchema implements AsyncDisposable {
  readonly #name = `bench_${randomBytes(8).toString('hex')}`;

  /** What INTERJECT_DATABASE_URL would be set to. Commits are as durable as the server has them be. */
  get url(): string {
    const url = new URL(POSTGRES_URL);
    url.searchParams.set('schema', this.#name);
    return url.href;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const client = new Client({ connectionString: POSTGRES_URL });
    await client.connect();
    try {
      await client.query(`drop schema if exists "${this.#name}" cascade`);
    } finally {
      await client.end();
    }
  }
}

/** Is there a PostgreSQL to measure with? Without one says that `what` is left out. */
export async function hasPostgres(leaveOut: LeaveOut, what: string): Promise<boolean> {
  const client = new Client({ connectionString: POSTGRES_URL, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch (error) {
    leaveOut(
      `${what}: PostgreSQL doesn't answer at ${new URL(POSTGRES_URL).host} (${reason(error)}). Start it, or set INTERJECT_TEST_POSTGRES.`,
    );
    return false;
  }
}

/** The same for Redis. */
export async function hasRedis(leaveOut: LeaveOut, what: string): Promise<boolean> {
  const { hostname, port, host } = new URL(REDIS_URL);
  const socket = connect({ host: hostname, port: Number(port || 6379), timeout: 5_000 });
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    leaveOut(
      `${what}: Redis doesn't answer at ${host} (${reason(error)}). Start it, or set INTERJECT_TEST_REDIS.`,
    );
    return false;
  } finally {
    socket.destroy();
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
