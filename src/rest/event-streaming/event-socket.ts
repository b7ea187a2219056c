import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SubscribeResult } from '@langchain/protocol';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { parseThreadId, type ThreadId } from '../../domain/ids.ts';
import { decodeUtf8, JsonTextError, parseJson } from '../../domain/text.ts';
import { Heartbeat } from '../../http/heartbeats.ts';
import { tooManyCommands, tooManySubscriptions } from '../../http/limits.ts';
import type { RequestContext } from '../../http/request-context.ts';
import { bytesOf, SERVICE_RESTART, sendText, Underway } from '../../http/sockets.ts';
import type { RestDeps } from '../deps.ts';
import { type CommandEnvelope, CommandError, type CommandResult, errorOf, paramsOf } from './command.ts';
import { eventsRequest } from './event.ts';
import { type CommandAnswer, readCommand, runCommand } from './run-command.ts';
import { replayOf, threadEvents } from './thread-events.ts';

const unsubscribeParams = z.object({ subscription_id: z.string('must be a string') });

type EventSocketParts = {
  readonly deps: RestDeps;
  readonly threadId: ThreadId;
  readonly socket: WebSocket;
  /** Of the request that opened it. */
  readonly context: RequestContext;
};

/**
 * One client's socket on one thread. Commands are carried out one after the other, in the order in which they
 * came. Each subscription delivers its events in order and once; an event that two of them want comes twice,
 * with the subscription's id in it. All end with the socket.
 */
class EventSocket {
  readonly #deps: RestDeps;
  readonly #threadId: ThreadId;
  readonly #socket: WebSocket;
  readonly #context: RequestContext;
  readonly #closed = new AbortController();
  readonly #subscriptions = new Map<string, AbortController>();
  readonly #waiting: Underway;
  #commands: Promise<void> = Promise.resolve();
  #subscribed = 0;

  constructor({ deps, threadId, socket, context }: EventSocketParts) {
    this.#deps = deps;
    this.#threadId = threadId;
    this.#socket = socket;
    this.#context = context;
    this.#waiting = new Underway(deps.limits.maxSocketCommands, deps.limits.maxRequestBytes);
  }

  listen(): void {
    this.#socket.on('message', (data) => {
      const ended = this.#waiting.begin(bytesOf(data));
      if (this.#waiting.isExceeded) void this.#refuse(data).finally(ended);
      else this.#commands = this.#commands.then(() => this.#take(data)).finally(ended);
    });
    this.#socket.once('close', () => this.#closed.abort());
  }

  /** Answers at once, ahead of the commands that wait. */
  async #refuse(data: RawData): Promise<void> {
    const read = commandOf(data);
    const answer =
      'malformed' in read
        ? read.malformed
        : errorOf(read.command.id, 'invalid_argument', tooManyCommands(this.#deps.limits));
    await this.#send(answer);
  }

  #send(message: object): Promise<void> | undefined {
    return sendText(this.#socket, JSON.stringify(message), this.#deps.limits.maxUnsentBytes);
  }

  async #take(data: RawData): Promise<void> {
    const read = commandOf(data);
    const begin: (() => void)[] = [];
    const { answer } =
      'malformed' in read ? { answer: read.malformed } : await this.#carryOut(read.command, begin);
    await this.#send(answer);
    for (const one of begin) one();
  }

  /** @param begin what is to happen once the answer has been sent */
  #carryOut(command: CommandEnvelope, begin: (() => void)[]): Promise<CommandAnswer> {
    return runCommand(
      this.#deps,
      this.#threadId,
      { ...command, context: this.#context },
      {
        'subscription.subscribe': (_deps, _threadId, subscribe) => this.#subscribe(subscribe, begin),
        'subscription.unsubscribe': async (_deps, _threadId, unsubscribe) => this.#unsubscribe(unsubscribe),
        // Subscriptions are gone with their socket: the client subscribes anew, with `since` if it likes.
        'subscription.reconnect': async () => ({ result: { restored: false } }),
      },
    );
  }

  /** @param begin what is to happen once the answer has been sent */
  async #subscribe(command: CommandEnvelope, begin: (() => void)[]): Promise<CommandResult> {
    const { since, ...filter } = paramsOf(eventsRequest, command);
    const { limits } = this.#deps;
    if (this.#subscriptions.size >= limits.maxSocketOperations)
      throw new CommandError('invalid_argument', tooManySubscriptions(limits));
    this.#subscribed += 1;
    const id = `sub-${this.#subscribed}`;
    const ended = new AbortController();
    const signal = AbortSignal.any([ended.signal, this.#closed.signal, this.#deps.closing]);
    const request = { owner: this.#context.owner, threadId: this.#threadId, filter, since, signal };
    const { count, place } = await replayOf(this.#deps, request);
    this.#subscriptions.set(id, ended);
    begin.push(() => {
      this.#deliver(id, { ...request, place }).then(
        () => this.#subscriptions.delete(id),
        (error: unknown) => {
          this.#deps.logger.error({ err: error, threadId: this.#threadId }, 'Event subscription failed');
          void this.#send(errorOf(null, 'unknown_error', `Subscription ${id} failed`));
          this.#socket.close(1011, 'Internal server error');
        },
      );
    });
    const result: SubscribeResult = {
      subscription_id: id,
      ...(count === null ? {} : { replayed_events: count }),
    };
    return { result };
  }

  async #deliver(id: string, request: Parameters<typeof threadEvents>[1]): Promise<void> {
    for await (const event of threadEvents(this.#deps, request)) {
      if (request.signal.aborted) return;
      await this.#send({ ...event, subscription_id: id });
    }
  }

  #unsubscribe(command: CommandEnvelope): CommandResult {
    const { subscription_id: id } = paramsOf(unsubscribeParams, command);
    const ended = this.#subscriptions.get(id);
    if (ended === undefined)
      throw new CommandError('no_such_subscription', `Unknown subscription ${id} on this socket`);
    this.#subscriptions.delete(id);
    ended.abort();
    return { result: {} };
  }
}

/** What the bytes of a message say; throws JsonTextError. */
const parsed = (data: RawData): unknown =>
  parseJson(
    decodeUtf8(
      Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data,
    ),
  );

/** An envelope, or the answer to what is none. */
function commandOf(data: RawData): ReturnType<typeof readCommand> {
  try {
    return readCommand(parsed(data));
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    return { malformed: errorOf(null, 'invalid_argument', `The message ${error.message}`) };
  }
}

const PATH = /^\/threads\/([^/?]+)\/stream\/events\/?(?:\?.*)?$/;
/** 4000 and the HTTP status that says the same; clients don't try again then. */
const UNPROCESSABLE = 4422;

/**
 * The protocol over WebSockets, at the path where its event streams are: commands and their answers, and the
 * events subscribed to.
 */
export class EventSockets {
  readonly #deps: RestDeps;
  readonly #sockets: WebSocketServer;
  readonly #heartbeat: Heartbeat;

  constructor(deps: RestDeps) {
    this.#deps = deps;
    this.#sockets = new WebSocketServer({ noServer: true, maxPayload: deps.limits.maxRequestBytes });
    this.#heartbeat = new Heartbeat(deps.clock, this.#sockets.clients);
  }

  /** False when it doesn't serve the request's path, and has not touched the socket then. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const id = PATH.exec(request.url ?? '')?.[1];
    if (id === undefined) return false;
    const threadId = parseThreadId(id);
    this.#sockets.handleUpgrade(request, socket, head, (opened) => {
      this.#heartbeat.watch(opened);
      opened.on('error', (error) => this.#deps.logger.debug({ err: error }, 'WebSocket failed'));
      if (threadId === null) opened.close(UNPROCESSABLE, 'thread_id: must be a UUID');
      else
        new EventSocket({
          deps: this.#deps,
          threadId,
          socket: opened,
          context: this.#deps.identify(request.headers),
        }).listen();
    });
    return true;
  }

  /** Asks every client to come back. */
  close(reason: string): void {
    this.#heartbeat.stop();
    for (const socket of this.#sockets.clients) socket.close(SERVICE_RESTART, reason);
  }

  terminate(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
  }
}
