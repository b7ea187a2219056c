import { WebSocket } from 'ws';
import type { ThreadEvent } from '../../../src/rest/event-streaming/event.ts';
import type { RestServer } from '../support.ts';

export type Message = ThreadEvent & {
  readonly id: number | null;
  readonly subscription_id?: string;
  readonly result: Record<string, string>;
  readonly error?: string;
};

/** A client of the protocol over a WebSocket: answers by command, all that came in order. */
export async function connect(
  server: RestServer,
  thread: string,
  headers: Readonly<Record<string, string>> = {},
) {
  const socket = new WebSocket(`${server.api.replace('http', 'ws')}/threads/${thread}/stream/events`, {
    headers,
  });
  const received: Message[] = [];
  const watchers = new Set<() => void>();
  socket.on('message', (data) => {
    received.push(JSON.parse(String(data)) as Message);
    for (const watcher of watchers) watcher();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const until = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      look();
    });
  let commands = 0;
  return {
    socket,
    received,
    closed,
    send: (method: string, params: object = {}): Promise<Message> => {
      commands += 1;
      const id = commands;
      socket.send(JSON.stringify({ id, method, params }));
      return until(() => received.find((message) => message.id === id));
    },
    upTo: (isIt: (event: ThreadEvent) => boolean) =>
      until(() => received.find((message) => message.type === 'event' && isIt(message))),
    [Symbol.asyncDispose]: async () => {
      socket.terminate();
      await closed;
    },
  };
}
