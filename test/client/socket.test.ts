import type { AddressInfo } from 'node:net';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { createClient } from '../../src/client/public.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('a connection that has silently died is found by a ping and replaced', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
  });
  await new Promise((resolve) => sockets.once('listening', resolve));
  const pinged = Promise.withResolvers<void>();
  const subscribed = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let connections = 0;
  sockets.on('connection', (socket) => {
    const subscription = subscribed[connections++];
    socket.on('message', (data) => {
      const { type } = JSON.parse(data.toString()) as { type: string };
      if (type === 'connection_init') socket.send(JSON.stringify({ type: 'connection_ack' }));
      if (type === 'subscribe') subscription?.resolve();
      if (type === 'ping') pinged.resolve(); // and no pong: it looks alive and isn't
    });
  });
  const { port } = sockets.address() as AddressInfo;
  const codes: string[] = [];
  const stream = createClient({
    url: `http://127.0.0.1:${port}/graphql`,
    retryWait: () => Promise.resolve(),
    onRetry: ({ code }) => codes.push(code),
  }).runEvents('run-1');

  const pending = stream.next();
  await subscribed[0]?.promise;
  await vi.advanceTimersByTimeAsync(10_000);
  await pinged.promise;
  await vi.advanceTimersByTimeAsync(10_000);
  await subscribed[1]?.promise;

  expect(codes).toEqual(['CONNECTION_LOST']);
  await stream.return();
  expect(await pending).toEqual({ done: true, value: undefined });
});
