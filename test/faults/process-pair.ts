import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Conversation,
  createClient,
  emptyConversation,
  type InterjectClient,
  type NewRun,
  type Run,
  type RunEvent,
  reduceMessages,
  unwrap,
} from '../../src/client/public.ts';
import { Balancer } from '../chaos/balancer.ts';
import { PostgresSchema } from '../support/postgres.ts';
import { ServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';

const DEADLINE = { deadlineMs: 30_000, pauseMs: 20 };

/**
 * Server processes on one PostgreSQL schema behind a balancer, and a typed client. Use it with `await using`.
 */
export class ProcessPair implements AsyncDisposable {
  readonly schema = PostgresSchema.create();
  readonly client: InterjectClient;
  /** How often the client had to try again. */
  reconnects = 0;
  readonly #balancer: Balancer;
  readonly #servers: ServerProcess[] = [];
  readonly #leave = new AbortController();
  readonly #following: Promise<unknown>[] = [];

  private constructor(balancer: Balancer) {
    this.#balancer = balancer;
    this.client = createClient({
      url: balancer.url,
      retryWait: (_failures, signal) => sleep(20, undefined, signal === undefined ? {} : { signal }),
      onRetry: () => {
        this.reconnects += 1;
      },
    });
  }

  static async open(): Promise<ProcessPair> {
    return new ProcessPair(await Balancer.start());
  }

  /** Starts a process more. It holds at its gates until `openGates`. */
  async start(
    gates: readonly string[] = [],
    flags: readonly string[] = [],
    database = this.schema.url,
  ): Promise<ServerProcess> {
    const server = await ServerProcess.start({ database, gates, flags: ['--lease-seconds', '2', ...flags] });
    this.#servers.push(server);
    this.#balancer.add(server.port);
    void server.exited.then(() => this.#balancer.remove(server.port));
    return server;
  }

  /** All that were started, those that are gone too. */
  get servers(): readonly ServerProcess[] {
    return this.#servers;
  }

  /**
   * The balancer sends it nothing any more, also over connections that there are, as when a load balancer
   * finds that it doesn't answer.
   */
  withdraw(server: ServerProcess): void {
    this.#balancer.remove(server.port);
    this.#balancer.cut();
  }

  /** A thread that is followed from its beginning. */
  async thread(assistantId: string): Promise<PairThread> {
    const { id } = unwrap(await this.client.createThread());
    const thread = new PairThread(this.client, id, assistantId);
    const options = { after: await this.client.cursor(id), signal: this.#leave.signal };
    this.#following.push(thread.follow(options));
    return thread;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave.abort();
    await Promise.all(this.#following);
    for (const server of this.#servers) await server[Symbol.asyncDispose]();
    await this.#balancer[Symbol.asyncDispose]();
    await this.schema[Symbol.asyncDispose]();
  }
}

type Following = { readonly after: string; readonly signal: AbortSignal };

/** One thread, and what its follower has got. */
export class PairThread {
  readonly id: string;
  readonly events: RunEvent[] = [];
  readonly #client: InterjectClient;
  readonly #assistantId: string;
  #conversation: Conversation = emptyConversation;

  constructor(client: InterjectClient, id: string, assistantId: string) {
    this.#client = client;
    this.id = id;
    this.#assistantId = assistantId;
  }

  async follow(options: Following): Promise<void> {
    const readEvents = async () => {
      for await (const event of this.#client.threadEvents(this.id, options)) this.events.push(event);
    };
    const readMessages = async () => {
      for await (const event of this.#client.messages(this.id, options))
        this.#conversation = reduceMessages(this.#conversation, event);
    };
    await Promise.all([readEvents(), readMessages()]);
  }

  async say(text: string, options: Partial<NewRun> = {}): Promise<Run> {
    const input = { messages: [{ type: 'human', content: text }] };
    return unwrap(
      await this.#client.createRun({ threadId: this.id, assistantId: this.#assistantId, input, ...options }),
    );
  }

  async ended(run: { readonly id: string }): Promise<Run> {
    return unwrap(await this.#client.joinRun(this.id, run.id)).run;
  }

  /** Resolves once its follower has got this event. */
  seen(name: RunEvent['__typename'], isIt: (event: RunEvent) => boolean = () => true): Promise<unknown> {
    return until(
      () => this.events,
      (events) => events.some((event) => event.__typename === name && isIt(event)),
      { ...DEADLINE, describe: () => this.names().join('\n') },
    );
  }

  /** Resolves once its follower has got this text of a streaming message. */
  heard(text: string): Promise<unknown> {
    const said = () =>
      this.events.map((event) => (event.__typename === 'MessageDelta' ? event.text : '')).join('');
    return until(said, (soFar) => soFar.endsWith(text), DEADLINE);
  }

  names(): string[] {
    return this.events.map(({ __typename }) => __typename);
  }

  lifecycle(run: { readonly id: string }): string[] {
    return this.events
      .filter(({ runId, __typename }) => runId === run.id && /^Run|Reset/.test(__typename))
      .map(({ __typename }) => __typename);
  }

  /** The nodes whose tasks were begun, in order. */
  tasks(): string[] {
    return this.events.flatMap((event) => {
      if (event.__typename !== 'TaskChunk') return [];
      const task = event.task as { readonly name: string };
      return 'result' in task || 'error' in task ? [] : [task.name];
    });
  }

  /** The state's messages; resolves once who follows the conversation has put together the same. */
  async said(): Promise<string[]> {
    const state = await this.#client.state(this.id);
    const said = (state?.messages ?? []).map(toLine);
    await until(
      () => this.#conversation.messages.map(toLine),
      (lines) => JSON.stringify(lines) === JSON.stringify(said),
      { ...DEADLINE, describe: (lines) => `${lines.join('\n')}\ninstead of\n${said.join('\n')}` },
    );
    const cursors = this.events.map(({ cursor }) => cursor);
    if (new Set(cursors).size !== cursors.length) throw new Error('An event came twice');
    return said;
  }
}

function toLine(message: {
  readonly type: string;
  readonly text: string;
  readonly partial?: boolean;
}): string {
  return `${message.type}${message.partial === true ? ' (partial)' : ''}: ${message.text}`;
}
