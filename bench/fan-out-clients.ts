import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export type FanOutRequest = {
  readonly url: string;
  /** Given out in turn. */
  readonly threadIds: readonly string[];
  readonly subscribers: number;
};
export type FanOutReport = {
  /**
   * By cursor: when the last subscriber got it, as milliseconds since the epoch. Only what all of them got.
   */
  readonly lastReceivedMs: Readonly<Record<string, number>>;
  /** Subscribers whose deltas don't add up to the completed message. */
  readonly wrong: number;
};

type Event = {
  readonly __typename: string;
  readonly cursor: string;
  readonly text?: string;
  readonly message?: { readonly text: string; readonly __typename: string };
  readonly run?: { readonly finishedAt: string | null };
};

const QUERY = `subscription Messages($threadId: ID!) {
  event: messages(threadId: $threadId, fromStart: true) {
    __typename
    ... on Event { cursor }
    ... on MessageDelta { text }
    ... on MessageCompleted { message { __typename text } }
    ... on RunStatusChanged { run { finishedAt } }
  }
}`;

/**
 * The clients of the benches of many subscribers: says 'ready' when all are subscribed, then reports when all
 * have seen the run's end.
 */
process.once('message', async (request: FanOutRequest) => {
  const received = new Map<string, { count: number; lastMs: number }>();
  let wrong = 0;
  const streams = Array.from({ length: request.subscribers }, (_, index) =>
    subscribe(request.url, request.threadIds[index % request.threadIds.length] ?? '', received),
  );
  await Promise.all(streams.map(({ ready }) => ready));
  process.send?.('ready');
  for (const { ended } of streams) if (!(await ended)) wrong += 1;
  const complete = [...received].filter(([, { count }]) => count === request.subscribers);
  const report: FanOutReport = {
    lastReceivedMs: Object.fromEntries(complete.map(([cursor, { lastMs }]) => [cursor, lastMs])),
    wrong,
  };
  process.send?.(report);
});

/** `ended`: whether the text added up. */
function subscribe(url: string, threadId: string, received: Map<string, { count: number; lastMs: number }>) {
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<boolean>();
  const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
  let text = '';
  let isRight = true;
  const take = ({ __typename, cursor, ...event }: Event) => {
    if (__typename === 'MessagesReset') return ready.resolve();
    const seen = received.get(cursor) ?? { count: 0, lastMs: 0 };
    received.set(cursor, { count: seen.count + 1, lastMs: performance.timeOrigin + performance.now() });
    if (__typename === 'MessageDelta') text += event.text ?? '';
    if (__typename === 'MessageCompleted' && event.message?.__typename === 'AIMessage')
      isRight = text === event.message.text && text !== '';
    if (__typename === 'RunStatusChanged' && event.run?.finishedAt != null)
      ended.resolve(isRight && text !== '');
  };
  client.subscribe<{ event: Event }>(
    { query: QUERY, variables: { threadId } },
    {
      next: ({ data }) => data && take(data.event),
      error: (error) => {
        console.error('A subscriber failed', error);
        ready.resolve();
        ended.resolve(false);
      },
      complete: () => ended.resolve(false),
    },
  );
  return { ready: ready.promise, ended: ended.promise };
}
