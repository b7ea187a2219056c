import { Client } from '@langchain/langgraph-sdk';
import { Client as Client2 } from 'langgraph-sdk-2';
import { afterEach, expect, test } from 'vitest';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { gate, resetGates } from '../support/gates.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { openEventStream } from './event-stream.ts';
import { startRestServer } from './support.ts';

afterEach(resetGates);
const hello = { messages: [{ role: 'user', content: 'hi' }] };

/** Both clients, as their users make them. */
const clientsAt = (apiUrl: string): Client[] => [
  new Client({ apiUrl }),
  new Client2({ apiUrl }) as unknown as Client,
];

const streamOf = (api: string, threadId: string, body: object = {}) =>
  openEventStream(`${api}/threads/${threadId}/runs/stream`, {
    method: 'POST',
    body: { assistant_id: 'agent', input: hello, ...body },
  });

test('§9.48 heartbeats come every five seconds from the opening on, and clients see no event in them', async () => {
  const clock = new AdvancingClock();
  await using server = await startRestServer({ clock });
  const { client, api } = server;
  const held = gate('rest-agent:begin:2');
  const { thread_id } = await client.threads.create();
  await using raw = await streamOf(api, thread_id, {
    stream_mode: ['messages-tuple'],
    stream_resumable: true,
  });
  const [, , , runId = ''] = (raw.headers.get('content-location') ?? '').split('/').slice(1);
  const seen: { event: string; data: unknown }[] = [];
  const reading = (async () => {
    for await (const event of client.runs.joinStream(thread_id, runId, { lastEventId: '-1' }))
      seen.push(event as never);
  })();
  await held.reached;
  await raw.upTo(({ data }) => (data as [{ content: string }])[0]?.content === 'e');
  expect(raw.text).toMatch(/^: heartbeat\nid: /);

  for (const beats of [2, 3, 4]) {
    await clock.advance(5_000);
    await raw.until((text) => text.split(': heartbeat\n').length - 1 === beats);
  }
  held.open();
  const rest = await raw.rest();
  await reading;

  expect(seen.every(({ event }) => event !== '')).toBe(true);
  expect(seen).toHaveLength(3 + rest.length);
});

test('§9.49 a connection that breaks in the middle of a resumable run: the client comes back by itself and loses nothing', async () => {
  await using server = await startRestServer();
  await using proxy = await TcpProxy.before(server.service.url);
  for (const client of clientsAt(`http://127.0.0.1:${proxy.port}`)) {
    const held = gate('rest-agent:begin:3');
    const { thread_id } = await client.threads.create();
    const seen: { id?: string | undefined; event: string; data: unknown }[] = [];
    const options = {
      input: hello,
      streamMode: ['messages-tuple', 'values'],
      streamResumable: true,
    } as const;
    const reading = (async () => {
      for await (const event of client.runs.stream(thread_id, 'agent', options as never))
        seen.push(event as never);
    })();
    await held.reached;
    await until(
      () => seen.length,
      (count) => count === 5,
    );

    proxy.cut();
    held.open();
    await reading;

    const [run] = await server.client.runs.list(thread_id);
    await using again = await openEventStream(
      `${server.api}/threads/${thread_id}/runs/${run?.run_id}/stream`,
      {
        headers: { 'last-event-id': '-1' },
      },
    );
    expect(seen.map(({ id, event, data }) => ({ id, event, data }))).toEqual(await again.rest());
    resetGates();
  }
});

test('§9.50 a client that goes stops its run where it said on_disconnect cancel, and not otherwise', async () => {
  await using server = await startRestServer();
  const { client, api } = server;
  const held = gate('rest-agent:tool');
  const threads = [await client.threads.create(), await client.threads.create()] as const;
  const cancelling = await streamOf(api, threads[0].thread_id, { on_disconnect: 'cancel' });
  const continuing = await streamOf(api, threads[1].thread_id);
  await held.reachedBy(2);

  await cancelling.close();
  await continuing.close();

  const runOf = async (threadId: string) => (await client.runs.list(threadId))[0];
  await until(
    () => runOf(threads[0].thread_id),
    (run) => run?.status === 'interrupted',
  );
  held.open();
  await until(
    () => runOf(threads[1].thread_id),
    (run) => run?.status === 'success',
  );
});

test('§9.50 of several joiners only the one that said cancel_on_disconnect stops the run by going', async () => {
  await using server = await startRestServer();
  const { client, api } = server;
  const held = gate('rest-agent:tool');
  const { thread_id } = await client.threads.create();
  const { run_id } = await client.runs.create(thread_id, 'agent', { input: hello });
  await held.reached;
  const path = `${api}/threads/${thread_id}/runs/${run_id}/stream`;
  const other = await openEventStream(path);
  const cancelling = await openEventStream(`${path}?cancel_on_disconnect=1`);
  await using staying = await openEventStream(path);

  await other.close();
  expect(await client.runs.get(thread_id, run_id)).toMatchObject({ status: 'running' });
  await cancelling.close();
  const last = (await staying.rest()).at(-1);

  expect(await client.runs.get(thread_id, run_id)).toMatchObject({ status: 'interrupted' });
  expect(last?.event).not.toBe('error');
});

test('a server that closes breaks its streams off: a body that ended would tell that the run has', async () => {
  await using server = await startRestServer();
  const held = gate('rest-agent:tool');
  const { thread_id } = await server.client.threads.create();
  const stream = await streamOf(server.api, thread_id, { stream_mode: 'updates' });
  await held.reached;
  await stream.upTo(({ event }) => event === 'updates');

  const broken = stream.rest();
  await server.service.stop('The test stops it', 0).then(resetGates);

  await expect(broken).rejects.toThrow();
});
