import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { createClient } from '../../src/client/public.ts';
import { delta } from './fake-server.ts';

type Frame = {
  readonly type: string;
  readonly id: string;
  readonly payload: { readonly variables: { readonly runId: string } };
};

/**
 * A server that speaks graphql-transport-ws and answers subscriptions to runs as the test says, frame by
 * frame.
 */
async function speaking(
  answer: (runId: string, say: (...frames: object[]) => void) => void,
): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  server.on('connection', (socket: WebSocket & { readonly _socket?: { cork(): void; uncork(): void } }) => {
    socket.on('message', (data) => {
      const { type, id, payload } = JSON.parse(String(data)) as Frame;
      if (type === 'connection_init') socket.send(JSON.stringify({ type: 'connection_ack' }));
      if (type !== 'subscribe') return;
      answer(payload.variables.runId, (...frames) => {
        socket._socket?.cork(); // they arrive in one packet
        for (const frame of frames) socket.send(JSON.stringify({ id, ...frame }));
        socket._socket?.uncork();
      });
    });
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

const next = (cursor: number) => ({ type: 'next', payload: { data: { event: delta(cursor) } } });
const failure = {
  type: 'next',
  payload: { errors: [{ message: 'broken', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] },
};
const complete = { type: 'complete' };

test('a stream that fails and ends in one packet costs another one of the same connection nothing', async () => {
  let failed = false;
  let goOn = () => {};
  const url = await speaking((runId, say) => {
    if (runId === 'long') {
      say(next(1));
      goOn = () => say(next(2), complete);
    } else if (failed) say(complete);
    else {
      failed = true;
      say(failure, complete);
    }
  });
  const client = createClient({ url, retryWait: () => new Promise((resolve) => setImmediate(resolve)) });
  const long = client.runEvents('long');
  const seen = [(await long.next()).value?.cursor];

  expect(await client.runEvents('broken').next()).toEqual({ done: true, value: undefined });
  goOn();
  for await (const { cursor } of long) seen.push(cursor);

  expect(seen).toEqual(['1', '2']);
});
