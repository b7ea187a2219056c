import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/http/limits.ts';
import type { Service } from '../../src/service.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { post } from '../support/post.ts';
import { startTestService } from '../support/service.ts';
import { ServiceFile } from '../support/service-file.ts';
import { until } from '../support/until.ts';

const LIMIT = 2_000;
/** Leases count by the clock that is put forward. */
const DAYS = 48 * 60 * 60 * 1_000;
const limited = (maxMetadataBytes = LIMIT) => ({
  config: { limits: { ...DEFAULT_LIMITS, maxMetadataBytes } },
});
/** Metadata of so many bytes of JSON; é has two. */
const metadataOf = (bytes: number, key = 'k') => ({
  [key]: `é${'x'.repeat(bytes - `{"${key}":"é"}`.length - 1)}`,
});
const LARGE = metadataOf(LIMIT + 1);
const message = (bytes: number, limit = LIMIT) =>
  `is too large: ${bytes} bytes of JSON, limit ${limit} (INTERJECT_MAX_METADATA_BYTES)`;

async function rest(
  service: Service,
  method: string,
  path: string,
  body: object,
): Promise<{ status: number; body: never }> {
  const response = await fetch(new URL(path, service.url), { method, body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as never };
}
const newThread = async (service: Service, metadata: object = {}): Promise<string> =>
  (await rest(service, 'POST', '/threads', { metadata })).body['thread_id'];

const FIELDS = '{ __typename ... on ValidationError { issues { path message } } }';

describe('metadata larger than allowed', () => {
  const MUTATIONS: readonly (readonly [string, string, readonly string[]])[] = [
    ['createThread', `createThread(metadata: $large) ${FIELDS}`, ['metadata']],
    [
      'createRun',
      `createRun(threadId: $thread, assistantId: "echo", input: {}, metadata: $large) ${FIELDS}`,
      ['metadata'],
    ],
    [
      'createRun',
      `createRun(threadId: $thread, assistantId: "echo", input: {}, config: $config) ${FIELDS}`,
      ['config', 'metadata'],
    ],
    [
      'createStatelessRun',
      `createStatelessRun(run: { assistantId: "echo", input: {}, metadata: $large }) ${FIELDS}`,
      ['runs', '0', 'metadata'],
    ],
    [
      'createStatelessRuns',
      `createStatelessRuns(runs: [{ assistantId: "echo", input: {} }, { assistantId: "echo", input: {}, metadata: $large }]) ${FIELDS}`,
      ['runs', '1', 'metadata'],
    ],
    ['createAssistant', `createAssistant(graphId: "echo", metadata: $large) ${FIELDS}`, ['metadata']],
    [
      'createCron',
      `createCron(assistantId: "echo", schedule: "0 0 * * *", metadata: $large) ${FIELDS}`,
      ['metadata'],
    ],
  ];
  test.each(MUTATIONS)(
    'is a ValidationError of %s that says how large it is: %s',
    async (name, mutation, path) => {
      await using service = await startTestService(limited());
      const declared = ['$thread: ID!', '$large: JSON', '$config: JSON'].filter((one) =>
        mutation.includes(one.split(':')[0] as string),
      );
      const variables = { thread: await newThread(service), large: LARGE, config: { metadata: LARGE } };

      const { body } = await post(service.url, `mutation(${declared.join(', ')}) { ${mutation} }`, variables);
      expect(body.data?.[name]).toEqual({
        __typename: 'ValidationError',
        issues: [{ path, message: message(LIMIT + 1) }],
      });
    },
  );

  const REQUESTS: readonly (readonly [string, (body: object) => object])[] = [
    ['/threads', (body) => body],
    ['/threads/{id}/runs', (body) => ({ assistant_id: 'echo', input: {}, ...body })],
    ['/threads/{id}/runs/wait', (body) => ({ assistant_id: 'echo', input: {}, ...body })],
    ['/threads/{id}/runs/stream', (body) => ({ assistant_id: 'echo', input: {}, ...body })],
    ['/runs', (body) => ({ assistant_id: 'echo', input: {}, ...body })],
    ['/runs/batch', (body) => [{ assistant_id: 'echo', input: {}, ...body }] as object],
    ['/assistants', (body) => ({ graph_id: 'echo', ...body })],
    ['/runs/crons', (body) => ({ assistant_id: 'echo', schedule: '0 0 * * *', ...body })],
    ['/threads/{id}/runs/crons', (body) => ({ assistant_id: 'echo', schedule: '0 0 * * *', ...body })],
  ];
  test.each(REQUESTS)('is 422 of POST %s', async (path, bodyWith) => {
    await using service = await startTestService(limited());
    const to = path.replace('{id}', await newThread(service));

    const refused = await rest(service, 'POST', to, bodyWith({ metadata: LARGE }));

    expect(refused).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining(message(LIMIT + 1)) },
    });
  });

  test('makes no thread for a run that would create it', async () => {
    await using service = await startTestService(limited());
    const id = randomUUID();

    const refused = await rest(service, 'POST', `/threads/${id}/runs`, {
      ...{ assistant_id: 'echo', input: {}, if_not_exists: 'create', metadata: LARGE },
    });

    expect(refused.status).toBe(422);
    expect((await fetch(new URL(`/threads/${id}`, service.url))).status).toBe(404);
  });
});

describe('metadata of exactly the limit', () => {
  test('is taken, 64 KiB by default; one byte more is not', async () => {
    await using service = await startTestService();
    const limit = 64 * 1024;

    const taken = await rest(service, 'POST', '/threads', { metadata: metadataOf(limit) });
    const refused = await rest(service, 'POST', '/threads', { metadata: metadataOf(limit + 1) });

    expect(taken.status).toBe(200);
    expect(refused).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining(message(limit + 1, limit)) },
    });
  });

  test('of a run is taken though the server adds the thread and assistant to what is stored', async () => {
    await using service = await startTestService(limited());
    const thread = await newThread(service, metadataOf(LIMIT, 'thread'));

    const run = await rest(service, 'POST', `/threads/${thread}/runs/wait`, {
      ...{ assistant_id: 'echo', input: {}, metadata: metadataOf(LIMIT, 'run') },
    });
    const copy = await rest(service, 'POST', `/threads/${thread}/copy`, {});

    expect([run.status, copy.status]).toEqual([200, 200]);
  });

  test('of a cron is taken, and its runs start with cron_id beside it, also under a limit that has become smaller', async () => {
    await using file = await ServiceFile.create();
    const clock = new AdvancingClock();
    const metadata = metadataOf(LIMIT);
    const before = await startTestService({ ...limited(), database: file.path });
    const thread = await newThread(before);
    const cron = await rest(before, 'POST', `/threads/${thread}/runs/crons`, {
      ...{ assistant_id: 'echo', input: {}, schedule: '0 0 * * *', metadata },
    });
    await before.stop('The limit changes', 0);
    await clock.advance(new Date(cron.body['next_run_date']).getTime() - Date.now() + 1_000);
    await using service = await startTestService({
      database: file.path,
      clock,
      config: { ...limited(LIMIT / 2).config, leaseMs: DAYS },
    });

    const runs = await until(
      async () =>
        (await (await fetch(new URL(`/threads/${thread}/runs`, service.url))).json()) as {
          readonly metadata: object;
        }[],
      ({ length }) => length > 0,
    );

    expect(cron.status).toBe(200);
    expect(runs[0]?.metadata).toMatchObject({ ...metadata, cron_id: cron.body['cron_id'] });
  });
});

describe('merged metadata', () => {
  const HALF = LIMIT / 2 + 100;
  const MERGED = JSON.stringify({ ...metadataOf(HALF, 'a'), ...metadataOf(HALF, 'b') }).length + 2;

  test.each([
    ['thread', '/threads', {}],
    ['assistant', '/assistants', { graph_id: 'echo' }],
    ['cron', '/runs/crons', { assistant_id: 'echo', schedule: '0 0 1 1 *' }],
  ])(
    'of a %s is what counts: an update that makes it too large is refused and changes nothing',
    async (kind, path, body) => {
      await using service = await startTestService(limited());
      const { body: made } = await rest(service, 'POST', path, { ...body, metadata: metadataOf(HALF, 'a') });
      const at = `${path}/${made[`${kind}_id`]}`;

      const refused = await rest(service, 'PATCH', at, { metadata: metadataOf(HALF, 'b') });
      const replaced = await rest(service, 'PATCH', at, { metadata: metadataOf(HALF, 'a') });

      expect(refused).toMatchObject({
        status: 422,
        body: { detail: expect.stringContaining(message(MERGED)) },
      });
      expect(replaced).toMatchObject({ status: 200, body: { metadata: metadataOf(HALF, 'a') } });
      expect(Object.keys(replaced.body['metadata'])).not.toContain('b');
    },
  );

  test('that was stored under a larger limit stays, and other fields can be updated', async () => {
    await using file = await ServiceFile.create();
    const before = await startTestService({ ...limited(), database: file.path });
    const thread = await newThread(before, metadataOf(LIMIT));
    const { body: assistant } = await rest(before, 'POST', '/assistants', {
      graph_id: 'echo',
      metadata: metadataOf(LIMIT),
    });
    await before.stop('The limit changes', 0);
    await using service = await startTestService({ ...limited(LIMIT / 2), database: file.path });

    const changed = [
      await rest(service, 'PATCH', `/threads/${thread}`, { ttl: 60 }),
      await rest(service, 'PATCH', `/assistants/${assistant['assistant_id']}`, { name: 'Other' }),
    ];

    expect(changed).toMatchObject([
      { status: 200, body: { metadata: metadataOf(LIMIT) } },
      { status: 200, body: { metadata: metadataOf(LIMIT), name: 'Other' } },
    ]);
  });
});
