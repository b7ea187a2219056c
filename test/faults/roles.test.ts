import { describe, expect, test } from 'vitest';
import { hasPostgres } from '../support/postgres.ts';
import { ServerProcess } from '../support/server-process.ts';
import { TestDatabase } from '../support/test-database.ts';

describe.skipIf(!hasPostgres)('what a process prints when it serves', { timeout: 60_000 }, () => {
  test.each([
    ['api', (base: string) => [`Playground and GraphQL endpoint: ${base}/graphql`]],
    ['worker', (base: string) => [`Worker: executes runs and serves only ${base}/health and ${base}/ready`]],
  ])('is what the role %s serves', async (role, expected) => {
    await using database = await TestDatabase.create('postgres');
    await using server = await ServerProcess.start({ database: database.url, flags: ['--role', role] });
    const base = new URL(server.url).origin;

    expect(server.printed).toEqual(expected(base));
    for (const path of server.printed.join(' ').match(/http:\S+/g) ?? [])
      expect((await fetch(path, { headers: { accept: 'text/html' } })).status, path).toBe(200);
    expect((await fetch(`${base}/graphql`, { headers: { accept: 'text/html' } })).status).toBe(
      role === 'worker' ? 404 : 200,
    );
  });
});
