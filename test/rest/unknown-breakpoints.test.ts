import { afterEach, expect, test } from 'vitest';
import { createClient } from '../../src/client/public.ts';
import { DEFAULT_OWNER } from '../../src/domain/ids.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { resetGates } from '../support/gates.ts';
import { until } from '../support/until.ts';
import { type RestServer, startRestServer } from './support.ts';

afterEach(resetGates);

const hello = { messages: [{ role: 'user', content: 'hi' }] };
const RUN = { assistant_id: 'breakpoints', input: hello };
const NIGHTLY = { ...RUN, schedule: '0 3 * * *' };
const DAY_MS = 24 * 60 * 60 * 1_000;
const warned = (field: string, node: string) =>
  `299 - "${field}: the graph has no node \\"${node}\\"; its nodes are a, b, c; ignored"`;

type Created = { readonly cron_id: string; readonly thread_id: string; readonly run_id: string };

test.each([
  ['', 'interrupt_before'],
  ['/wait', 'interrupt_after'],
  ['/stream', 'interrupt_before'],
])('an unknown node is ignored with a warning, on a thread and without one: /runs%s', async (path, field) => {
  await using server = await startRestServer();
  const { thread_id } = await server.client.threads.create();

  for (const base of [`/threads/${thread_id}/runs`, '/runs']) {
    const answer = await server.request('POST', `${base}${path}`, { ...RUN, [field]: ['nowhere'] });

    expect({ status: answer.status, warning: answer.headers.get('warning') }).toEqual({
      status: 200,
      warning: warned(field, 'nowhere'),
    });
  }
  const [run] = await server.client.runs.list(thread_id);
  await server.client.runs.join(thread_id, run!.run_id);
  expect(await server.client.threads.getState(thread_id)).toMatchObject({
    values: { visited: ['a', 'b', 'c'] },
    next: [],
  });
});

test('known nodes beside it count, all are kept with the run, and without an unknown one there is no warning', async () => {
  await using server = await startRestServer();
  const { thread_id } = await server.client.threads.create();
  const path = `/threads/${thread_id}/runs/wait`;

  const both = await server.request('POST', path, {
    ...RUN,
    interrupt_before: ['nowhere', 'b'],
    interrupt_after: ['c', 'none'],
  });
  const { next } = await server.client.threads.getState(thread_id);
  const plain = await server.request('POST', path, { assistant_id: 'breakpoints', interrupt_before: ['c'] });
  const all = await server.request('POST', path, { assistant_id: 'breakpoints', interrupt_before: '*' });

  expect(next).toEqual(['b']);
  expect(both.headers.get('warning')).toBe(
    `${warned('interrupt_before', 'nowhere')}, ${warned('interrupt_after', 'none')}`,
  );
  expect([plain, all].map(({ status, headers }) => [status, headers.get('warning')])).toEqual([
    [200, null],
    [200, null],
  ]);
  const runs = (await server.request('GET', `/threads/${thread_id}/runs`)).body as { kwargs: object }[];
  expect(runs.at(-1)?.kwargs).toMatchObject({
    interrupt_before: ['nowhere', 'b'],
    interrupt_after: ['c', 'none'],
  });
});

test('a batch says of which run it ignored one', async () => {
  await using server = await startRestServer();

  const answer = await server.request('POST', '/runs/batch', [
    RUN,
    { ...RUN, interrupt_before: ['nowhere'] },
  ]);

  expect([answer.status, answer.headers.get('warning')]).toEqual([
    200,
    warned('1.interrupt_before', 'nowhere'),
  ]);
});

test('a warning is plain text of bounded length, whatever the node is called', async () => {
  await using server = await startRestServer();
  const names = ['Knotén\r\nx-evil: 1', 'quo"te\\', ...Array.from({ length: 1_000 }, (_, nth) => `n${nth}`)];

  const answer = await server.request('POST', '/runs/wait', { ...RUN, interrupt_before: names });

  const wide = await server.request('POST', '/runs', {
    ...RUN,
    interrupt_before: names.slice(2).map((name) => `${name}${'😀'.repeat(100)}`),
  });

  const warning = answer.headers.get('warning') ?? '';
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-evil')).toBeNull();
  expect(warning).toMatch(/^[\x20-\x7e]+$/);
  expect(warning.length).toBeLessThan(4_096);
  expect(warning).toContain('Knot%C3%A9n%0D%0Ax-evil: 1');
  expect(warning).toContain('\\"quo\\"te\\\\\\"');
  expect(wide.headers.get('warning')).toMatch(/, 299 - "more warnings omitted"$/);
  expect(wide.headers.get('warning')?.length).toBeLessThan(4_096);
  expect(warning).toMatch(/299 - "interrupt_before: 992 more unknown nodes; ignored"$/);
});

test('browsers may read the warning', async () => {
  await using server = await startRestServer();

  const answer = await server.request(
    'POST',
    '/runs',
    { ...RUN, interrupt_before: ['nowhere'] },
    { origin: 'http://localhost:3000' },
  );

  expect(answer.headers.get('access-control-expose-headers')?.split(',')).toContain('warning');
});

test("a cron's unknown nodes are ignored when it is created, changed and started; GraphQL refuses its own", async () => {
  const clock = new AdvancingClock();
  // leases count by the clock that is put forward
  await using server = await startRestServer({ clock, config: { leaseMs: 2 * DAY_MS } });
  const graphql = createClient({ url: server.service.url });
  const { thread_id } = await server.client.threads.create();

  const created = await server.request('POST', '/runs/crons', {
    ...NIGHTLY,
    on_run_completed: 'keep',
    interrupt_before: ['nowhere'],
  });
  const onThread = await server.request('POST', `/threads/${thread_id}/runs/crons`, {
    ...NIGHTLY,
    interrupt_after: ['nowhere'],
  });
  const { cron_id } = created.body as Created;
  const changed = await server.request('PATCH', `/runs/crons/${cron_id}`, {
    interrupt_after: ['none'],
    interrupt_before: [],
  });
  const renamed = await graphql.crons.update(cron_id, { metadata: { team: 'a' } });
  const refused = await graphql.crons.update(cron_id, { interruptBefore: ['nowhere'] });

  expect([created, onThread, changed].map(({ status, headers }) => [status, headers.get('warning')])).toEqual(
    [
      [200, warned('interrupt_before', 'nowhere')],
      [200, warned('interrupt_after', 'nowhere')],
      [200, warned('interrupt_after', 'none')],
    ],
  );
  expect(renamed).toMatchObject({ __typename: 'Cron', interruptAfter: ['none'], metadata: { team: 'a' } });
  expect(refused).toMatchObject({
    __typename: 'ValidationError',
    issues: [{ path: ['interruptBefore'] }, { path: ['interruptAfter'] }],
  });
  await clock.advance(DAY_MS);
  const started = await threadsOf(server, cron_id);
  const [run] = await server.client.runs.list(started[0]!.thread_id);
  await server.client.runs.join(run!.thread_id, run!.run_id);
  expect((await server.client.threads.getState(run!.thread_id)).values).toMatchObject({
    visited: ['a', 'b', 'c'],
  });
});

const threadsOf = ({ client }: RestServer, cron_id: string) =>
  until(
    () => client.threads.search({ metadata: { cron_id } }),
    (list) => list.length === 1,
  );

test('the use case refuses them unless it is asked to ignore them, and then says which it ignored', async () => {
  await using server = await startRestServer();
  const command = {
    ...{
      owner: DEFAULT_OWNER,
      assistantId: 'breakpoints',
      input: hello,
      interruptAfter: ['nowhere'],
      keepThread: true,
    },
    ...{ keepPartialOutput: true, keepPendingInput: true, recordEvents: false },
  };
  const { orchestrator } = server.service;
  const issue = {
    path: ['interruptAfter'],
    message: 'the graph has no node "nowhere"; its nodes are a, b, c',
  };

  expect(await orchestrator.createStatelessRun(command)).toEqual({ kind: 'invalid', issues: [issue] });
  expect(await orchestrator.createStatelessRun({ ...command, unknownBreakpoints: 'REFUSE' })).toMatchObject({
    kind: 'invalid',
  });
  expect(await orchestrator.createStatelessRun({ ...command, unknownBreakpoints: 'IGNORE' })).toMatchObject({
    kind: 'ok',
    ignored: [issue],
  });
});
