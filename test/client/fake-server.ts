import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSchema, GraphQLError } from 'graphql';
import { useServer as serveOver } from 'graphql-ws/use/ws';
import { createYoga } from 'graphql-yoga';
import { type WebSocket, WebSocketServer } from 'ws';

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));

export type FakeEvent = {
  readonly __typename: string;
  readonly cursor: string;
  readonly [field: string]: unknown;
};

/** What one subscription asked for. */
export type Subscribed = { readonly field: string; readonly args: Readonly<Record<string, unknown>> };

/** What a resolver is told about the connection it answers. */
export type Connection = { readonly socket: WebSocket };

type Resolver = (args: never, context: never) => unknown;

/**
 * A server with the real schema whose answers the test writes: `log` is the event log of its one thread,
 * `mutations` answer by name. Subscriptions follow the log from their cursor, then live.
 */
export class FakeServer {
  readonly log: FakeEvent[] = [];
  readonly subscriptions: Subscribed[] = [];
  /** Subscriptions that are open now. */
  open = 0;
  /** Called after an event has been sent; `sent` counts on that connection's subscription. */
  onSent: (socket: WebSocket, sent: number) => void = () => {};
  /** Called before a subscription begins; a returned error refuses it. */
  onSubscribe: (subscribed: Subscribed, connection: Connection) => GraphQLError | undefined = () => undefined;
  /** True: subscriptions complete at the end of the log. */
  complete = false;
  resolvers: Record<string, Resolver> = {};
  readonly #waiting = new Set<() => void>();
  #http: Server | null = null;
  #sockets: WebSocketServer | null = null;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}/graphql`;
  }

  /** Listens on the port it had before, if any. */
  async start(): Promise<this> {
    const rootValue = this.#root();
    const yoga = createYoga({
      schema,
      graphiql: false,
      logging: false,
      plugins: [{ onExecute: ({ args }: { args: object }) => void Object.assign(args, { rootValue }) }],
    });
    const http = createServer(yoga);
    const sockets = new WebSocketServer({ server: http, path: '/graphql' });
    serveOver(
      { schema, roots: { subscription: rootValue }, context: (ctx) => ({ socket: ctx.extra.socket }) },
      sockets,
    );
    http.listen(this.#port, '127.0.0.1');
    await new Promise((resolve, reject) => http.once('listening', resolve).once('error', reject));
    this.#port = (http.address() as AddressInfo).port;
    this.#http = http;
    this.#sockets = sockets;
    return this;
  }

  /** Dies: every connection is cut. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets?.clients ?? []) socket.terminate();
    this.#http?.closeAllConnections();
    await new Promise((resolve) => this.#http?.close(resolve));
  }

  append(...events: FakeEvent[]): void {
    this.log.push(...events);
    this.changed();
  }

  /** Something changed that subscriptions or `until` wait for. */
  changed(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves when `condition` holds, looked at whenever something changes. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  #root() {
    const field = (name: string) => (args: Record<string, unknown>, connection: Connection) =>
      this.#follow(name, args, connection);
    const resolvers = Object.fromEntries(
      ['createThread', 'createRun', 'joinRun', 'cancelRun', 'thread'].map((name) => [
        name,
        (args: never, context: never) => this.resolvers[name]?.(args, context),
      ]),
    );
    return {
      ...resolvers,
      messages: field('messages'),
      runEvents: field('runEvents'),
      threadEvents: field('threadEvents'),
    };
  }

  #follow(field: string, args: Record<string, unknown>, connection: Connection): AsyncIterable<unknown> {
    const subscribed = { field, args };
    this.subscriptions.push(subscribed);
    const refusal = this.onSubscribe(subscribed, connection);
    this.changed();
    if (refusal !== undefined) throw refusal;
    const after = args['after'] === undefined || args['after'] === null ? null : Number(args['after']);
    const start = after ?? (field === 'runEvents' ? 0 : this.log.length);
    const first = args['fromStart'] === true ? [resetAt(this.log.length)] : [];
    return this.#events(field, first, start, connection);
  }

  async *#events(
    field: string,
    first: readonly FakeEvent[],
    start: number,
    { socket }: Connection,
  ): AsyncGenerator<unknown> {
    let sent = 0;
    this.open += 1;
    this.changed();
    try {
      for (const event of first) {
        yield { [field]: event };
        this.onSent(socket, ++sent);
      }
      for (let next = start; ; next += 1) {
        if (this.complete && next >= this.log.length) return;
        // A subscriber that leaves is seen leaving here too: its generator can't be returned from while it
        // waits.
        await this.until(() => next < this.log.length || socket.readyState !== socket.OPEN);
        if (socket.readyState !== socket.OPEN) return;
        yield { [field]: this.log[next] };
        this.onSent(socket, ++sent);
      }
    } finally {
      this.open -= 1;
      this.changed();
    }
  }
}

const base = { createdAt: '2026-01-01T00:00:00.000Z', runId: 'run-1' };

/** The n-th event of the log, n ≥ 1; its cursor is n. */
export const delta = (n: number): FakeEvent => ({
  __typename: 'MessageDelta',
  cursor: `${n}`,
  ...base,
  namespace: [],
  node: 'agent',
  messageId: 'm1',
  text: `t${n} `,
  content: `t${n} `,
});

const resetAt = (position: number): FakeEvent => ({
  __typename: 'MessagesReset',
  cursor: `${position}`,
  ...base,
  runId: null,
  messages: [],
});

export const refuse = (code: string): GraphQLError =>
  new GraphQLError(`refused with ${code}`, { extensions: { code } });

/** The fields that the schema wants of every run. */
export const runOf = (fields: { readonly id: string; readonly status: string }) => ({
  __typename: 'Run',
  threadId: 'thread-1',
  assistantId: 'agent',
  multitaskStrategy: 'ENQUEUE',
  config: {},
  metadata: {},
  attempt: 1,
  createdAt: base.createdAt,
  ...fields,
});
