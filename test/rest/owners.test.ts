import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Owner } from '../../src/domain/ids.ts';
import type { Identify } from '../../src/http/request-context.ts';
import { wsClient } from '../graphql/support/ws-client.ts';
import { connect } from './event-streaming/event-socket.ts';
import { type RestServer, startRestServer } from './support.ts';

/** Stands for authentication. */
const identify: Identify = (headers) => ({ owner: String(headers['x-owner']) as Owner, headers });
const ANN = { 'x-owner': 'ann' };
const BOB = { 'x-owner': 'bob' };
const hello = { messages: [{ role: 'user', content: 'hi' }] };
const NAMESPACE = ['notes'];

type Made = {
  readonly thread: string;
  readonly run: string;
  readonly stateless: string;
  readonly assistant: string;
  readonly cron: string;
};

/** One of everything, made by Ann over the protocol. */
async function madeByAnn(server: RestServer): Promise<Made> {
  const made = async (method: string, path: string, body: unknown, key: string): Promise<string> => {
    const answer = await server.request(method, path, body, ANN);
    expect([path, answer.status]).toEqual([path, 200]);
    return String((answer.body as Record<string, unknown>)[key]);
  };
  const thread = await made('POST', '/threads', {}, 'thread_id');
  const run = await made(
    'POST',
    `/threads/${thread}/runs`,
    { assistant_id: 'agent', input: hello },
    'run_id',
  );
  const stateless = await made(
    'POST',
    '/runs',
    { assistant_id: 'agent', input: hello, on_completion: 'keep' },
    'run_id',
  );
  const assistant = await made('POST', '/assistants', { graph_id: 'agent' }, 'assistant_id');
  const cron = await made(
    'POST',
    '/runs/crons',
    { assistant_id: 'agent', schedule: '0 3 * * *', input: hello },
    'cron_id',
  );
  const put = { namespace: NAMESPACE, key: 'k', value: { a: 1 } };
  expect((await server.request('PUT', '/store/items', put, ANN)).status).toBe(204);
  expect((await server.request('GET', `/threads/${thread}/runs/${run}/join`, undefined, ANN)).status).toBe(
    200,
  );
  return { thread, run, stateless, assistant, cron };
}

/** What names one object of Ann's. */
const ONE = ({
  thread,
  run,
  stateless,
  assistant,
  cron,
}: Made): readonly (readonly [method: string, path: string, body?: object])[] => {
  const start = { assistant_id: 'agent', input: hello };
  return [
    ['GET', `/threads/${thread}`],
    ['PATCH', `/threads/${thread}`, { metadata: { a: 1 } }],
    ['POST', `/threads/${thread}/copy`],
    ['GET', `/threads/${thread}/state`],
    ['POST', `/threads/${thread}/state`, { values: {} }],
    ['PATCH', `/threads/${thread}/state`, { metadata: {} }],
    ['GET', `/threads/${thread}/history`],
    ['POST', `/threads/${thread}/history`, {}],
    ['GET', `/threads/${thread}/stream`],
    ['GET', `/threads/${thread}/runs`],
    ['POST', `/threads/${thread}/runs`, start],
    ['POST', `/threads/${thread}/runs/wait`, start],
    ['POST', `/threads/${thread}/runs/stream`, start],
    ['GET', `/threads/${thread}/runs/${run}`],
    ['GET', `/threads/${thread}/runs/${run}/join`],
    ['GET', `/threads/${thread}/runs/${run}/stream`],
    ['POST', `/threads/${thread}/runs/${run}/cancel`],
    ['POST', '/runs/cancel', { thread_id: thread, run_ids: [run] }],
    ['DELETE', `/threads/${thread}/runs/${run}`],
    ['GET', `/runs/${stateless}/join`],
    ['POST', '/runs', { assistant_id: assistant, input: hello }],
    ['POST', '/runs/batch', [{ assistant_id: assistant, input: hello }] as object],
    ['GET', `/assistants/${assistant}`],
    ['GET', `/assistants/${assistant}/graph`],
    ['GET', `/assistants/${assistant}/schemas`],
    ['GET', `/assistants/${assistant}/subgraphs`],
    ['PATCH', `/assistants/${assistant}`, { name: 'x' }],
    ['POST', `/assistants/${assistant}/versions`, {}],
    ['POST', `/assistants/${assistant}/latest`, { version: 1 }],
    ['DELETE', `/assistants/${assistant}`],
    ['POST', `/threads/${thread}/runs/crons`, { ...start, schedule: '0 3 * * *' }],
    ['GET', `/runs/crons/${cron}`],
    ['PATCH', `/runs/crons/${cron}`, { enabled: false }],
    ['DELETE', `/runs/crons/${cron}`],
    ['DELETE', `/threads/${thread}`],
  ];
};

/** What answers about all that its caller has. */
const ALL: readonly (readonly [path: string, body: object, none: unknown])[] = [
  ['/threads/search', {}, []],
  ['/threads/count', {}, 0],
  ['/assistants/search', { name: 'Untitled' }, []],
  ['/runs/crons/search', {}, []],
  ['/runs/crons/count', {}, 0],
  ['/store/items/search', { namespace_prefix: [] }, { items: [] }],
  ['/store/namespaces', {}, { namespaces: [] }],
];

test('what another owner has is not there, on any route of the protocol', async () => {
  await using server = await startRestServer({ identify });
  const made = await madeByAnn(server);

  const refused: unknown[] = [];
  for (const [method, path, body] of ONE(made))
    refused.push([method, path, (await server.request(method, path, body, BOB)).status]);
  const item = await server.request('GET', '/store/items?namespace=notes&key=k', undefined, BOB);
  const lists: unknown[] = [];
  for (const [path, body] of ALL) lists.push([path, (await server.request('POST', path, body, BOB)).body]);

  expect(refused).toEqual(ONE(made).map(([method, path]) => [method, path, 404]));
  expect(item.body).toBeNull();
  expect(lists).toEqual(ALL.map(([path, , none]) => [path, none]));
  for (const [method, path] of ONE(made).filter(([verb, at]) => verb === 'GET' && !at.endsWith('/stream')))
    expect([path, (await server.request(method, path, undefined, ANN)).status]).toEqual([path, 200]);
});

test('event streaming has the owner of the request that brought the command, or opened the socket', async () => {
  await using server = await startRestServer({ identify });
  const { thread } = await madeByAnn(server);
  const get = { id: 1, method: 'state.get', params: {} };
  const overHttp = async (headers: Readonly<Record<string, string>>) =>
    (await server.request('POST', `/threads/${thread}/commands`, get, headers)).body;

  await using bob = await connect(server, thread, BOB);
  await using ann = await connect(server, thread, ANN);

  const refused = { type: 'error', error: 'invalid_argument', message: expect.stringContaining('not found') };
  expect(await overHttp(BOB)).toMatchObject(refused);
  expect(await overHttp(ANN)).toMatchObject({ type: 'success' });
  expect(await bob.send('state.get')).toMatchObject(refused);
  expect(await ann.send('state.get')).toMatchObject({ type: 'success' });
  expect((await bob.send('subscription.subscribe', { channels: ['values'] })).result['replayed_events']).toBe(
    0,
  );
  expect(
    (await ann.send('subscription.subscribe', { channels: ['values'] })).result['replayed_events'],
  ).not.toBe(0);
});

test('GraphQL has the owner of its request, or of the one that opened its socket', async () => {
  await using server = await startRestServer({ identify });
  const { thread, run } = await madeByAnn(server);
  const query = `{ thread(id: "${thread}") { id } run(id: "${run}") { id } countCrons }`;
  const none = { thread: null, run: null, countCrons: 0 };
  const all = { thread: { id: thread }, run: { id: run }, countCrons: 1 };
  const overHttp = async (headers: Readonly<Record<string, string>>) =>
    ((await server.request('POST', '/graphql', { query }, headers)).body as { data: unknown }).data;
  const overSocket = async (headers: Readonly<Record<string, string>>) => {
    const webSocketImpl = class extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol, { headers });
      }
    };
    const results = wsClient(server.service.url.replace('http', 'ws'), { webSocketImpl }).iterate({ query });
    return (await results.next()).value?.data as unknown;
  };

  expect([await overHttp(BOB), await overSocket(BOB)]).toEqual([none, none]);
  expect([await overHttp(ANN), await overSocket(ANN)]).toEqual([all, all]);
});
