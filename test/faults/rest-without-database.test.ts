import { renameSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { connect } from '../rest/event-streaming/event-socket.ts';
import { type RestServer, startRestServer } from '../rest/support.ts';
import { hasPostgres, POSTGRES_URL } from '../support/postgres.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { TestDatabase } from '../support/test-database.ts';
import { until } from '../support/until.ts';

/** A service whose database can be taken away and put back. */
type Losable = AsyncDisposable & {
  readonly server: RestServer;
  readonly lose: () => void;
  readonly restore: () => void;
};

async function onSqlite(): Promise<Losable> {
  const database = await TestDatabase.create('sqlite');
  const server = await startRestServer({ database: database.url });
  const away = `${database.url}.away`;
  return losable(server, [database], {
    lose: () => renameSync(database.url, away),
    restore: () => renameSync(away, database.url),
  });
}

async function onPostgres(): Promise<Losable> {
  const database = await TestDatabase.create('postgres');
  const proxy = await TcpProxy.before(POSTGRES_URL);
  const server = await startRestServer({ database: database.through(proxy.port) });
  return losable(server, [proxy, database], { lose: () => proxy.refuse(), restore: () => proxy.restore() });
}

function losable(
  server: RestServer,
  behind: readonly AsyncDisposable[],
  { lose, restore }: Pick<Losable, 'lose' | 'restore'>,
): Losable {
  return {
    server,
    lose,
    restore,
    async [Symbol.asyncDispose]() {
      for (const one of [server, ...behind]) await one[Symbol.asyncDispose]();
    },
  };
}

const input = { messages: [{ role: 'user', content: 'hi' }] };
const run = { assistant_id: 'agent', input };
const cron = { ...run, schedule: '0 3 * * *' };
/** What the endpoints need of a body to get as far as the database. */
const BODIES: Readonly<Record<string, unknown>> = {
  'POST /threads/{thread_id}/commands': { id: 7, method: 'run.start', params: run },
  'POST /threads/{thread_id}/stream/events': { channels: ['values'] },
  'POST /threads/{thread_id}/state': { values: input },
  'POST /threads/{thread_id}/state/checkpoint': { checkpoint: { checkpoint_id: 'x' } },
  'POST /threads/{thread_id}/runs': run,
  'POST /threads/{thread_id}/runs/stream': run,
  'POST /threads/{thread_id}/runs/wait': run,
  'POST /threads/{thread_id}/runs/crons': cron,
  'POST /runs': run,
  'POST /runs/stream': run,
  'POST /runs/wait': run,
  'POST /runs/batch': [run],
  'POST /runs/crons': cron,
  'POST /runs/cancel': { status: 'all' },
  'POST /threads/prune': { thread_ids: ['{thread_id}'] },
  'POST /assistants': { graph_id: 'agent' },
  'POST /assistants/{assistant_id}/latest': { version: 1 },
  'PATCH /threads/{thread_id}': { metadata: { a: 1 } },
  'PUT /store/items': { namespace: ['a'], key: 'k', value: {} },
  'DELETE /store/items': { namespace: ['a'], key: 'k' },
  'POST /store/items/search': { namespace_prefix: [] },
};
const QUERIES: Readonly<Record<string, string>> = { 'GET /store/items': '?key=k&namespace=a' };
/** What asks the database nothing, or says so in words of its own. */
const WITHOUT_DATABASE = new Set(['GET /ok', 'GET /info', 'GET /openapi.json', 'GET /docs']);

type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: object }>>>>;
};

async function operationsOf({ request }: RestServer) {
  const { paths } = (await request('GET', '/openapi.json')).body as Document;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { responses }]) => ({
      method: method.toUpperCase(),
      path,
      responses,
    })),
  );
}

describe.each([
  ['SQLite, whose file was removed', onSqlite, 'The database file was removed, emptied or replaced', false],
  ['PostgreSQL, which is unreachable', onPostgres, 'The database does not respond.', !hasPostgres],
] as const)('without its database: %s', (_what, open, reason, skipped) => {
  test.skipIf(skipped)(
    'every endpoint answers 503 with the reason and Retry-After, and works again when it is back',
    async () => {
      await using opened = await open();
      const { server, lose, restore } = opened;
      const { thread_id } = await server.client.threads.create();
      const { run_id } = await server.client.runs.create(thread_id, 'agent', { input });
      await server.client.runs.join(thread_id, run_id);
      const [assistant] = await server.client.assistants.search({ limit: 1 });
      const values = {
        thread_id,
        run_id,
        assistant_id: assistant!.assistant_id,
        cron_id: run_id,
        checkpoint_id: run_id,
        namespace: 'a',
      };
      const filled = (text: string) =>
        text.replaceAll(/\{(\w+)\}/g, (_all, name: keyof typeof values) => values[name]);
      const operations = await operationsOf(server);
      await using socket = await connect(server, thread_id);

      lose();
      await until(
        () => server.request('GET', `/threads/${thread_id}`),
        ({ status }) => status !== 200,
      );
      for (const { method, path, responses } of operations) {
        const name = `${method} ${path}`;
        if (WITHOUT_DATABASE.has(name)) continue;
        const body = method === 'GET' ? undefined : filled(JSON.stringify(BODIES[name] ?? {}));
        const answer = await server.request(method, `${filled(path)}${QUERIES[name] ?? ''}`, body);
        expect
          .soft({
            name,
            status: answer.status,
            retryAfter: answer.headers.get('retry-after'),
            body: answer.body,
          })
          .toEqual({
            name,
            status: 503,
            retryAfter: '5',
            body: expect.objectContaining({ detail: expect.stringContaining(reason) }),
          });
        expect.soft(Object.keys(responses), name).toContain('503');
      }
      const overSocket = await socket.send('state.get', { namespace: [] });
      const overHttp = await server.request('POST', `/threads/${thread_id}/commands`, {
        id: 7,
        method: 'state.get',
      });
      const ok = await server.request('GET', '/ok?check_db=1');
      restore();

      expect(overSocket).toMatchObject({
        type: 'error',
        error: 'unknown_error',
        message: expect.stringContaining(reason),
      });
      expect(overHttp).toMatchObject({
        status: 503,
        body: { type: 'error', id: 7, error: 'unknown_error', message: expect.stringContaining(reason) },
      });
      expect(ok).toMatchObject({ status: 500, body: { detail: 'The database does not respond.' } });
      await until(
        () => server.request('GET', `/threads/${thread_id}`),
        ({ status }) => status === 200,
      );
    },
  );
});
