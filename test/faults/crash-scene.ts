import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
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
import { parseCursor } from '../../src/events/cursor.ts';
import { ServerProcess } from '../support/server-process.ts';
import { ServiceFile } from '../support/service-file.ts';
import { until } from '../support/until.ts';

const RETRY_MS = 20;
const DEADLINE = { deadlineMs: 20_000 };
type EventName = RunEvent['__typename'];

/**
 * A server process on a file of its own, a thread, and a client that follows the thread by its events and by
 * its messages while the server is killed and started again on the same port.
 */
export class CrashScene implements AsyncDisposable {
  readonly client: InterjectClient;
  readonly threadId: string;
  readonly file: ServiceFile;
  server: ServerProcess;
  /** What the client has got. */
  readonly events: RunEvent[] = [];
  conversation: Conversation = emptyConversation;
  readonly #leave = new AbortController();
  #following: Promise<unknown> = Promise.resolve();

  private constructor(file: ServiceFile, server: ServerProcess, client: InterjectClient, threadId: string) {
    this.file = file;
    this.server = server;
    this.client = client;
    this.threadId = threadId;
  }

  static async open(gates: readonly string[] = [], flags: readonly string[] = []): Promise<CrashScene> {
    const file = await ServiceFile.create();
    const server = await ServerProcess.start({ database: file.path, gates, flags });
    const client = createClient({
      url: server.url,
      retryWait: (_failures, signal) => sleep(RETRY_MS, undefined, { signal }),
    });
    const thread = unwrap(await client.createThread());
    const scene = new CrashScene(file, server, client, thread.id);
    scene.#following = scene.#follow(await client.cursor(thread.id));
    return scene;
  }

  async start(assistantId: string, text: string, options: Partial<NewRun> = {}): Promise<Run> {
    const input = { messages: [{ type: 'human', content: text }] };
    return unwrap(
      await this.client.createRun({
        threadId: this.threadId,
        assistantId,
        input,
        multitaskStrategy: 'ENQUEUE',
        ...options,
      }),
    );
  }

  /** Resolves once the client has got an event like this. */
  seen<N extends EventName>(
    name: N,
    isIt: (event: Extract<RunEvent, { __typename: N }>) => boolean = () => true,
  ): Promise<unknown> {
    const matches = (event: RunEvent): boolean =>
      event.__typename === name && isIt(event as Extract<RunEvent, { __typename: N }>);
    return until(
      () => this.events,
      (events) => events.some(matches),
      { ...DEADLINE, describe: () => this.summary().join('\n') },
    );
  }

  /** Resolves once the client has got that many words of the running run. */
  words(count: number): Promise<unknown> {
    const said = (events: readonly RunEvent[]): number =>
      events.flatMap((event) => (event.__typename === 'MessageDelta' ? (event.text.match(/\S+/g) ?? []) : []))
        .length;
    return until(
      () => this.events,
      (events) => said(events) >= count,
      { ...DEADLINE, describe: () => this.summary().join('\n') },
    );
  }

  /** Starts the server anew on the same file and port. */
  async restart(gates: readonly string[] = [], flags: readonly string[] = []): Promise<void> {
    this.server = await ServerProcess.start({
      database: this.file.path,
      port: this.server.port,
      gates,
      flags,
    });
  }

  async killAndRestart(gates: readonly string[] = []): Promise<void> {
    await this.server.kill();
    await this.restart(gates);
  }

  async ended(run: { readonly id: string }): Promise<Run> {
    return unwrap(await this.client.joinRun(this.threadId, run.id)).run;
  }

  async said(): Promise<string[]> {
    const state = await this.client.state(this.threadId);
    return (state?.messages ?? []).map((message) => toLine(message));
  }

  /** The run's row in the file. */
  row(run: { readonly id: string }): Readonly<Record<string, unknown>> | undefined {
    return (this.file.dump()['run'] as Readonly<Record<string, unknown>>[]).find(({ id }) => id === run.id);
  }

  /** Names of the events of one run, deltas left out. */
  eventsOf(run: { readonly id: string }): EventName[] {
    return this.events
      .filter(({ runId, __typename }) => runId === run.id && __typename !== 'MessageDelta')
      .map((event) => event.__typename);
  }

  summary(): string[] {
    return this.events.map(
      (event) => `${event.__typename} ${event.runId} ${'text' in event ? event.text : ''}`,
    );
  }

  /** The nodes whose tasks were begun, in order. */
  tasks(): string[] {
    return this.events.flatMap((event) =>
      event.__typename === 'TaskChunk' &&
      !('result' in (event.task as object)) &&
      !('error' in (event.task as object))
        ? [String((event.task as { name: unknown }).name)]
        : [],
    );
  }

  /**
   * What the client got is the log, each event once; and the messages that it put together are the state's.
   */
  async expectConsistent(): Promise<void> {
    const state = await this.client.state(this.threadId);
    await until(
      () => this.conversation.messages.map(toLine),
      (lines) => JSON.stringify(lines) === JSON.stringify((state?.messages ?? []).map(toLine)),
      {
        describe: (lines) =>
          `${lines.join('\n')}\ninstead of\n${(state?.messages ?? []).map(toLine).join('\n')}`,
      },
    );
    const seqs = this.events.map(({ cursor }) => parseCursor(cursor)?.seq ?? 0);
    expect(seqs).toEqual([...new Set(seqs)].toSorted((a, b) => a - b));
    const log = this.#log();
    const known = new Set(seqs);
    // Adjacent deltas may come as one, with the last one's cursor; chunks without content are not for
    // GraphQL.
    const missing = log.filter(
      ({ seq, kind }) => !known.has(seq) && kind !== 'MESSAGE_DELTA' && kind !== 'MESSAGE_CHUNK',
    );
    expect(missing).toEqual([]);
  }

  #log(): { readonly seq: number; readonly kind: string }[] {
    const rows = this.file.dump()['run_event'] as { thread_id: string; seq: number; kind: string }[];
    return rows
      .filter(({ thread_id: threadId }) => threadId === this.threadId)
      .map(({ seq, kind }) => ({ seq, kind }));
  }

  async #follow(after: string): Promise<void> {
    const options = { after, signal: this.#leave.signal };
    const readEvents = async (): Promise<void> => {
      for await (const event of this.client.threadEvents(this.threadId, options)) this.events.push(event);
    };
    const readMessages = async (): Promise<void> => {
      for await (const event of this.client.messages(this.threadId, options))
        this.conversation = reduceMessages(this.conversation, event);
    };
    await Promise.all([readEvents(), readMessages()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave.abort();
    await this.#following;
    await this.server[Symbol.asyncDispose]();
    await this.file[Symbol.asyncDispose]();
  }
}

function toLine(message: {
  readonly type: string;
  readonly text: string;
  readonly partial?: boolean;
}): string {
  return `${message.type}${message.partial === true ? ' (partial)' : ''}: ${message.text}`;
}
