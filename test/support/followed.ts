import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import {
  MessagesDocument,
  RunEventsDocument,
  ThreadEventsDocument,
} from '../../src/client/generated/graphql.ts';
import type { MessageEvent, RunEvent } from '../../src/client/public.ts';

/** The subscriptions as the typed client asks for them; their one field is called `event`. */
const QUERIES = {
  runEvents: RunEventsDocument.toString(),
  threadEvents: ThreadEventsDocument.toString(),
  messages: MessagesDocument.toString(),
} as const;

type Subscription = keyof typeof QUERIES;
type EventOf<S extends Subscription> = S extends 'messages' ? MessageEvent : RunEvent;
type Variables = Readonly<Record<string, unknown>>;
type Refusal = { readonly message: string; readonly extensions?: Readonly<Record<string, unknown>> };
type Result<Event> = {
  readonly data?: { readonly event: Event } | null;
  readonly errors?: readonly Refusal[];
};
/** How a subscription came to its end. */
export type End =
  | { readonly how: 'complete' | 'left' | 'broken' }
  | { readonly how: 'refused'; readonly errors: readonly Refusal[] };

/** What one subscriber has got so far, and what it waits for. */
export class Followed<Event extends { readonly __typename: string; readonly cursor: string }>
  implements AsyncDisposable
{
  readonly events: Event[] = [];
  readonly #leave: () => void | Promise<void>;
  readonly #end = Promise.withResolvers<End>();
  #hasEnded = false;
  #watchers: (() => void)[] = [];

  constructor(leave: () => void | Promise<void>) {
    this.#leave = leave;
  }

  take({ data, errors }: Result<Event>): void {
    if (errors !== undefined) this.finish({ how: 'refused', errors });
    else if (data != null) this.events.push(data.event);
    this.#notify();
  }

  finish(end: End): void {
    this.#hasEnded = true;
    this.#end.resolve(end);
    this.#notify();
  }

  /** How it ended; waits for that. */
  get end(): Promise<End> {
    return this.#end.promise;
  }

  /** All events of a subscription that completes by itself. */
  async all(): Promise<readonly Event[]> {
    const end = await this.end;
    if (end.how !== 'complete') throw new Error(`The subscription did not complete: ${JSON.stringify(end)}`);
    return this.events;
  }

  /** The first event like this, as soon as it is there. Rejects when the subscription ends without it. */
  async seen(isIt: (event: Event) => boolean): Promise<Event> {
    for (;;) {
      const found = this.events.find(isIt);
      if (found !== undefined) return found;
      if (this.#hasEnded)
        throw new Error(`Ended without it, after ${this.events.map((event) => event.__typename).join(', ')}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#watchers.push(resolve);
      await promise;
    }
  }

  async leave(): Promise<void> {
    await this.#leave();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leave();
  }

  #notify(): void {
    for (const watcher of this.#watchers.splice(0)) watcher();
  }
}

/** A way to subscribe. */
export type Follow = <S extends Subscription>(
  url: string,
  subscription: S,
  variables: Variables,
) => Followed<EventOf<S>>;

/** With graphql-ws's own client, over a socket of its own. */
export const overWebSocket: Follow = <S extends Subscription>(
  url: string,
  subscription: S,
  variables: Variables,
) => {
  const client = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
  const followed: Followed<EventOf<S>> = new Followed(async () => {
    await client.dispose();
    followed.finish({ how: 'left' });
  });
  client.subscribe(
    { query: QUERIES[subscription], variables },
    {
      next: (result) => followed.take(result as Result<EventOf<S>>),
      error: (error) =>
        followed.finish(Array.isArray(error) ? { how: 'refused', errors: error } : { how: 'broken' }),
      complete: () => {
        followed.finish({ how: 'complete' });
        void client.dispose();
      },
    },
  );
  return followed;
};

/** With fetch, reading the frames as `curl -N` prints them. */
export const overSse: Follow = <S extends Subscription>(
  url: string,
  subscription: S,
  variables: Variables,
) => {
  const abort = new AbortController();
  const followed: Followed<EventOf<S>> = new Followed(() => {
    abort.abort();
    followed.finish({ how: 'left' });
  });
  const read = async (): Promise<void> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: QUERIES[subscription], variables }),
      signal: abort.signal,
    });
    let text = '';
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
      const frames = (text + piece).split('\n\n');
      text = frames.pop() ?? '';
      for (const frame of frames) {
        const field = (name: string): string | undefined =>
          new RegExp(`^${name}: ?(.*)$`, 'm').exec(frame)?.[1];
        if (field('event') === 'next') followed.take(JSON.parse(field('data') ?? '') as Result<EventOf<S>>);
        if (field('event') === 'complete') followed.finish({ how: 'complete' });
      }
    }
  };
  read().then(
    () => followed.finish({ how: 'broken' }),
    () => followed.finish({ how: 'broken' }),
  );
  return followed;
};

/**
 * Resolves when the follower has got the end of this run. Known by its cursor: to who comes late, the earlier
 * changes of its status tell of the run as it is now, ended.
 */
export async function seenEndOf(url: string, runId: string, follower: Followed<MessageEvent>): Promise<void> {
  const lifecycle = await overWebSocket(url, 'runEvents', { runId, modes: [] }).all();
  const end = lifecycle.at(-1)?.cursor;
  await follower.seen(({ cursor }) => cursor === end);
}

/** Both transports, for describe.each. */
export const TRANSPORTS: readonly (readonly [string, Follow])[] = [
  ['graphql-transport-ws', overWebSocket],
  ['SSE', overSse],
];
