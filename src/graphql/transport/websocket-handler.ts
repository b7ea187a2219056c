import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ExecutionArgs, ExecutionResult, GraphQLSchema } from 'graphql';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { Heartbeat } from '../../http/heartbeats.ts';
import { type Limits, tooManyOperations } from '../../http/limits.ts';
import type { Identify, RequestContext } from '../../http/request-context.ts';
import { bytesOf, SERVICE_RESTART, sendText, Underway } from '../../http/sockets.ts';
import type { Clock, Logger } from '../../orchestrator/ports/environment.ts';
import { type GraphQLContext, type OperationContextDeps, operationContext } from '../context.ts';
import { requestError } from '../error-masking.ts';
import type { Operation, OperationExecutor } from '../graphql-execution.ts';
import type { PreparedOperations } from '../prepared-operations.ts';

/**
 * The result of a query or mutation as a stream of one. graphql-ws calls `return` on streams whose client
 * completes them or leaves, and only on streams: that is how a joinRun whose caller has lost interest stops
 * waiting.
 */
class OneResult implements AsyncGenerator<ExecutionResult, undefined, undefined> {
  readonly #result: Promise<ExecutionResult>;
  readonly #caller: AbortController;
  #taken = false;

  /** @param caller aborted when nothing waits for the result any more */
  constructor(result: Promise<ExecutionResult>, caller: AbortController) {
    this.#result = result;
    this.#caller = caller;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    if (this.#taken) return { done: true, value: undefined };
    this.#taken = true;
    return { done: false, value: await this.#result };
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#taken = true;
    this.#caller.abort();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<never> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

export type WebSocketHandlerDeps = {
  readonly schema: GraphQLSchema;
  readonly operations: PreparedOperations;
  readonly executor: OperationExecutor;
  readonly context: OperationContextDeps;
  readonly identify: Identify;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A message beyond maxRequestBytes closes its socket with 1009. */
  readonly limits: Limits;
};

/**
 * GraphQL over WebSocket (graphql-transport-ws), every operation on the same parser, validator and executor
 * as over HTTP. A subscription is released when its client completes it, closes the socket, or stops
 * answering pings.
 */
export class WebSocketHandler {
  readonly #sockets: WebSocketServer;
  readonly #server: ReturnType<typeof protocolServer>;
  readonly #heartbeat: Heartbeat;
  readonly #deps: WebSocketHandlerDeps;

  constructor(deps: WebSocketHandlerDeps) {
    this.#deps = deps;
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: deps.limits.maxRequestBytes,
      handleProtocols,
    });
    this.#heartbeat = new Heartbeat(deps.clock, this.#sockets.clients);
    this.#server = protocolServer(deps);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#sockets.handleUpgrade(request, socket, head, (opened) =>
      this.#open(opened, this.#deps.identify(request.headers)),
    );
  }

  /** Asks every client to come back; those that don't answer are cut by `terminate`. */
  close(reason: string): void {
    this.#heartbeat.stop();
    for (const socket of this.#sockets.clients) socket.close(SERVICE_RESTART, reason);
  }

  terminate(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  #open(socket: WebSocket, from: RequestContext): void {
    const { logger, limits } = this.#deps;
    const underway = new Underway(limits.maxSocketOperations, limits.maxRequestBytes);
    this.#heartbeat.watch(socket);
    socket.on('error', (error) => logger.debug({ err: error }, 'WebSocket failed'));
    const closed = this.#server.opened(
      {
        protocol: socket.protocol,
        send: (data) => sendText(socket, data, limits.maxUnsentBytes),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) => {
          socket.on('message', (data) => {
            const text = String(data);
            const ended = underway.begin(bytesOf(data));
            take(text)
              .catch((error: unknown) => {
                logger.error({ err: error }, 'Handling a WebSocket message failed');
                socket.close(CloseCode.InternalServerError, 'Internal server error');
              })
              .finally(ended);
          });
        },
      },
      { from, underway },
    );
    socket.once('close', (code, reason) => {
      closed(code, String(reason)).catch((error: unknown) =>
        logger.error({ err: error }, 'Releasing a WebSocket failed'),
      );
    });
  }
}

/**
 * What is known of a socket: the context of the request that opened it, and its messages that are being
 * handled: an operation's until it has ended.
 */
type SocketExtra = { readonly from: RequestContext; readonly underway: Underway };

function protocolServer({ schema, operations, executor, context, limits }: WebSocketHandlerDeps) {
  const callers = new WeakMap<object, AbortController>();
  return makeServer<Record<string, unknown>, SocketExtra>({
    onSubscribe({ extra }, _id, { query, operationName, variables }) {
      // Within the message that was counted last: nothing was awaited since.
      if (extra.underway.isExceeded) return [requestError('LIMIT_EXCEEDED', tooManyOperations(limits))];
      const prepared = operations.prepare(query);
      if ('errors' in prepared) return prepared.errors;
      const caller = new AbortController();
      const contextValue = operationContext(context, extra.from, caller.signal);
      callers.set(contextValue, caller);
      return { schema, document: prepared.document, operationName, variableValues: variables, contextValue };
    },
    execute(args) {
      const operation = operationOf(args);
      return new OneResult(
        executor.execute(operation),
        callers.get(operation.contextValue) ?? new AbortController(),
      );
    },
    subscribe: (args) => executor.subscribe(operationOf(args)),
  });
}

/** The arguments that `onSubscribe` returned, as they come back. */
const operationOf = (args: ExecutionArgs): Operation => ({
  ...args,
  contextValue: args.contextValue as GraphQLContext,
});
