import { afterEach, describe, expect, test } from 'vitest';
import { resetGates } from '../support/gates.ts';
import { newThreadId, send } from './event-streaming/support.ts';
import { type RestServer, startRestServer } from './support.ts';

afterEach(resetGates);

const hello = { messages: [{ role: 'user', content: 'hi' }] };
const OTHER = '0198a000-0000-7000-8000-000000000000';

type Bad = readonly [what: string, run: object, detail: RegExp];
const BAD: readonly Bad[] = [
  [
    'a max_concurrency of 0',
    { input: hello, config: { max_concurrency: 0 } },
    /config\.max_concurrency: must be a whole number greater than 0/,
  ],
  [
    'another thread',
    { input: hello, config: { configurable: { thread_id: OTHER } } },
    /config\.configurable\.thread_id: must be absent/,
  ],
  [
    'a key of LangGraph',
    { input: hello, config: { configurable: { __pregel_read: 1 } } },
    /config\.configurable\.__pregel_read: is reserved/,
  ],
];
const BAD_COMMANDS: readonly Bad[] = [
  ['a jump to nowhere', { command: { goto: 'nowhere' } }, /command\.goto: the graph has no node "nowhere"/],
  [
    'a jump to __proto__',
    { command: { goto: '__proto__' } },
    /command\.goto: the graph has no node "__proto__"/,
  ],
  [
    'a write to an unknown key',
    { command: { update: { zzz: 1 } } },
    /^command\.update\.zzz: is not a key of the state; its keys are messages$/,
  ],
  [
    'a write to an unknown key beside a jump',
    { command: { update: [['zzz', 1]], goto: 'agent' } },
    /^command\.update\.zzz: is not a key of the state; its keys are messages$/,
  ],
  [
    'a write to __proto__',
    { command: { update: [['__proto__', {}]] } },
    /command\.update\.__proto__: is not a key of the state/,
  ],
];

type Door = readonly [name: string, ask: (server: RestServer, run: object) => Promise<unknown>];
const refused = async (server: RestServer, method: string, path: string, body: object): Promise<string> => {
  const { status, body: answer } = await server.request(method, path, { assistant_id: 'agent', ...body });
  expect(status).toBe(422);
  return (answer as { detail: string }).detail;
};
const onThread = async ({ client }: RestServer): Promise<string> =>
  `/threads/${(await client.threads.create()).thread_id}`;
const RUN_DOORS: readonly Door[] = [
  ['runs', async (server, run) => refused(server, 'POST', `${await onThread(server)}/runs`, run)],
  [
    'runs/stream',
    async (server, run) => refused(server, 'POST', `${await onThread(server)}/runs/stream`, run),
  ],
  ['runs/wait', async (server, run) => refused(server, 'POST', `${await onThread(server)}/runs/wait`, run)],
  ['stateless runs', (server, run) => refused(server, 'POST', '/runs', run)],
];
const DOORS: readonly Door[] = [
  ...RUN_DOORS,
  ['crons', (server, run) => refused(server, 'POST', '/runs/crons', { schedule: '0 3 * * *', ...run })],
  [
    'crons on a thread',
    async (server, run) =>
      refused(server, 'POST', `${await onThread(server)}/runs/crons`, { schedule: '0 3 * * *', ...run }),
  ],
  [
    'assistants',
    (server, run) =>
      refused(server, 'POST', '/assistants', { graph_id: 'agent', assistant_id: newThreadId(), ...run }),
  ],
  [
    'changes of assistants',
    async (server, run) => {
      const { assistant_id } = await server.client.assistants.create({ graphId: 'agent' });
      return refused(server, 'PATCH', `/assistants/${assistant_id}`, run);
    },
  ],
  [
    'run.start',
    async (server, run) => {
      const answer = await send(server, newThreadId(), 'run.start', { assistant_id: 'agent', ...run });
      expect(answer).toMatchObject({ type: 'error', error: 'invalid_argument' });
      return 'message' in answer ? answer.message : '';
    },
  ],
];

describe.each(DOORS)('%s refuse', (_name, ask) => {
  test('what would hang or break a run, or is another run than the caller means', async () => {
    await using server = await startRestServer();

    for (const [what, run, detail] of BAD) {
      const said = await ask(server, run);
      // Assistants and crons are not for one thread.
      expect.soft(said, what).toMatch(what === 'another thread' ? /thread_id/ : detail);
    }
  });
});

describe.each(RUN_DOORS)('%s refuse', (_name, ask) => {
  test('commands that the graph has no place for', async () => {
    await using server = await startRestServer();

    for (const [what, run, detail] of BAD_COMMANDS) expect.soft(await ask(server, run), what).toMatch(detail);
  });
});

test('a thread whose commands were refused goes on', async () => {
  await using server = await startRestServer();
  const { thread_id } = await server.client.threads.create();
  await server.client.runs.wait(thread_id, 'agent', { input: hello });

  for (const [, run] of BAD_COMMANDS) await refused(server, 'POST', `/threads/${thread_id}/runs`, run);

  const values = (await server.client.runs.wait(thread_id, 'agent', { input: hello })) as {
    messages: unknown[];
  };
  expect(values.messages.length).toBeGreaterThan(2);
  const jump = await server.client.runs.create(thread_id, 'agent', { command: { goto: '__end__' } });
  await server.client.runs.join(thread_id, jump.run_id);
  expect(await server.client.runs.get(thread_id, jump.run_id)).toMatchObject({ status: 'success' });
});

test.each([
  ['jump to nowhere', { goto: '__proto__' }, /^supersteps\.0\.updates\.0\.command\.goto: /],
  [
    'write to an unknown key',
    { update: { zzz: 1 } },
    /^supersteps\.0\.updates\.0\.command\.update\.zzz: is not a key of the state/,
  ],
])('supersteps that %s are refused, and the thread is not there', async (_what, command, detail) => {
  await using server = await startRestServer();
  const thread_id = newThreadId();

  const answer = await server.request('POST', '/threads', {
    thread_id,
    metadata: { graph_id: 'agent' },
    supersteps: [{ updates: [{ command, as_node: '__start__' }] }],
  });

  expect(answer).toMatchObject({ status: 422, body: { detail: expect.stringMatching(detail) } });
  expect((await server.request('GET', `/threads/${thread_id}`)).status).toBe(404);
});

test("an assistant's options count too: a run that would hang with them is refused", async () => {
  const seed = { config: { max_concurrency: 0 }, context: {} };
  await using server = await startRestServer({ config: { assistantSeeds: { agent: seed } } });

  for (const [, ask] of RUN_DOORS)
    expect(await ask(server, { input: hello })).toMatch(/^config\.max_concurrency: .*assistant/);
  const { thread_id } = await server.client.threads.create();
  const run = await server.request('POST', `/threads/${thread_id}/runs/wait`, {
    assistant_id: 'agent',
    input: hello,
    config: { max_concurrency: 1 },
  });
  expect(run.status).toBe(200);
});
