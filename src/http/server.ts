import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { ErrorMasking, requestError } from '../graphql/error-masking.ts';
import { LiveOperations, OperationExecutor } from '../graphql/graphql-execution.ts';
import { isPageRequest, sendPlayground } from '../graphql/playground/playground.ts';
import { PreparedOperations } from '../graphql/prepared-operations.ts';
import { DEFAULT_QUERY_LIMITS, type QueryLimits } from '../graphql/query-limits.ts';
import { schema } from '../graphql/schema.ts';
import { WebSocketHandler } from '../graphql/transport/websocket-handler.ts';
import { createYogaHandler, GRAPHQL_PATH } from '../graphql/transport/yoga-handler.ts';
import type { Orchestrator } from '../orchestrator/orchestrator.ts';
import type { Clock, Logger } from '../orchestrator/ports/environment.ts';
import { AccessRules } from './access-rules.ts';
import { checkReadiness, type ReadinessCheck, respondReadiness, sendHealth } from './health.ts';
import {
  Capacity,
  DEFAULT_LIMITS,
  type Limits,
  RETRY_AFTER_SECONDS,
  tooManyJoins,
  tooManySockets,
  tooManyStreams,
} from './limits.ts';
import { asDefaultOwner, type Identify } from './request-context.ts';
import { refuseUpgrade, sendJson } from './respond.ts';

type ServerLimits = QueryLimits & Limits;

export type GraphQLServerOptions = {
  readonly orchestrator: Orchestrator;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Version of the package, for Query.server. */
  readonly version: string;
  /** What /ready answers until the server closes. */
  readonly readiness: ReadinessCheck;
  /** Serve GraphiQL at /graphql to browsers. */
  readonly playground: boolean;
  /** Default: DEFAULT_LIMITS and DEFAULT_QUERY_LIMITS. */
  readonly limits?: Partial<ServerLimits>;
  /** For joinRun, shared with other protocols. Default: `limits.maxJoins` of its own. */
  readonly joins?: Capacity;
  /** For subscriptions over SSE, shared with other protocols. Default: `limits.maxStreams` of its own. */
  readonly streams?: Capacity;
  /** HEALTH: nothing but /health and /ready, as a process that only executes runs does. Default: ALL. */
  readonly serves?: 'ALL' | 'HEALTH';
  /** Which browsers' requests are served. Default: loopback names, same origin, and pages of this machine. */
  readonly access?: AccessRules;
  /** Default: asDefaultOwner. */
  readonly identify?: Identify;
  /** Answers every path that isn't ours, such as another protocol's. Default: 404. */
  readonly otherwise?: RequestListener;
  /** Serves WebSockets at paths that aren't ours. Default: 404. */
  readonly otherSockets?: OtherSockets;
};

/** Another protocol's WebSockets on the same port. */
type OtherSockets = {
  /** False when it doesn't serve the request's path, and has not touched the socket then. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Asks every client to come back. */
  close(reason: string): void;
  /** Cuts those that have not gone. */
  terminate(): void;
};

/** How long sockets get to close by themselves. */
const CLOSE_DEADLINE_MS = 5_000;

/**
 * The service's HTTP server: GraphQL over HTTP, SSE and WebSocket at /graphql, /health, /ready, and whatever
 * `otherwise` and `otherSockets` serve.
 *
 * OPEN from `listen` on. `close` makes it CLOSING: no new connections, subscriptions broken off so that their
 * clients come back, operations in progress refused with SERVICE_UNAVAILABLE. CLOSED when the last socket is
 * gone.
 */
export class GraphQLServer {
  readonly #options: GraphQLServerOptions;
  readonly #http: Server;
  readonly #live = new LiveOperations();
  readonly #webSockets: WebSocketHandler;
  readonly #access: AccessRules;
  readonly #graphql: (request: IncomingMessage, response: ServerResponse) => void;
  /** Connections that clients have opened in advance and sent nothing over; they don't count as idle. */
  readonly #unused = new Set<Duplex>();
  /** Connections that have become WebSockets, of any protocol. */
  readonly #upgraded = new Set<Duplex>();
  readonly #maxSockets: number;
  #url: string | null = null;
  #closed: Promise<void> | null = null;

  constructor(options: GraphQLServerOptions) {
    this.#options = options;
    const { orchestrator, logger, clock, version } = options;
    this.#access = options.access ?? new AccessRules({ hosts: [], origins: [], cors: null });
    const limits: ServerLimits = { ...DEFAULT_QUERY_LIMITS, ...DEFAULT_LIMITS, ...options.limits };
    this.#maxSockets = limits.maxSockets;
    const masking = new ErrorMasking(logger, this.#live.closing);
    const shared = {
      schema,
      clock,
      logger,
      masking,
      operations: new PreparedOperations(schema, limits),
      identify: options.identify ?? asDefaultOwner,
      executor: new OperationExecutor({ schema, masking, logger, clock }),
      context: {
        orchestrator,
        version,
        joins: options.joins ?? new Capacity(limits.maxJoins, tooManyJoins(limits)),
      },
    };
    this.#graphql = createYogaHandler({
      ...shared,
      live: this.#live,
      limits,
      streams: options.streams ?? new Capacity(limits.maxStreams, tooManyStreams(limits)),
      access: this.#access,
    });
    this.#webSockets = new WebSocketHandler({ ...shared, limits });
    this.#http = createServer((request, response) => this.#route(request, response));
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#http.on('connection', (socket) => {
      this.#unused.add(socket);
      socket.once('close', () => this.#unused.delete(socket));
    });
  }

  /** `http://` and the address that it listens at, also when it is closed again; null before. */
  get url(): string | null {
    return this.#url;
  }

  /** Resolves with `url`. Rejects when the port is taken or may not be used. */
  listen(port: number, host: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, host, () => {
        this.#http.off('error', reject);
        const { family, address, port: bound } = this.#http.address() as AddressInfo;
        this.#url = `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`;
        resolve(this.#url);
      });
    });
  }

  /**
   * Ends subscriptions so that their clients reconnect (WebSocket 1012, SSE without `complete`), refuses what
   * is in progress, and resolves when every socket is gone, at the latest after `deadlineMs`. A second call
   * waits for the first.
   *
   * @param reason at most 123 bytes, for the clients' close frames
   */
  close(reason: string, deadlineMs: number = CLOSE_DEADLINE_MS): Promise<void> {
    this.#closed ??= this.#close(reason, deadlineMs);
    return this.#closed;
  }

  async #close(reason: string, deadlineMs: number): Promise<void> {
    const { promise: gone, resolve } = Promise.withResolvers<void>();
    this.#http.close(() => resolve());
    this.#webSockets.close(reason);
    this.#options.otherSockets?.close(reason);
    this.#live.abortAll();
    this.#http.closeIdleConnections();
    for (const socket of this.#unused) socket.destroy();
    using _deadline = this.#options.clock.timer(deadlineMs, () => {
      this.#options.logger.warn({ deadlineMs }, 'Closed connections that exceeded the drain timeout');
      this.#webSockets.terminate();
      this.#options.otherSockets?.terminate();
      this.#http.closeAllConnections();
    });
    await gone;
  }

  #route(request: IncomingMessage, response: ServerResponse): void {
    const { clock, logger, orchestrator, otherwise, playground, readiness } = this.#options;
    this.#unused.delete(request.socket);
    response.once('close', () => {
      if (this.#closed !== null) this.#http.closeIdleConnections(); // this one is idle from now on
    });
    if (!isAddressable(request)) {
      sendJson(response, 400, { error: 'The Host header or the path is not valid.' });
      return;
    }
    const path = pathOf(request);
    // Probes ask under any name, and there is nothing to learn from the answer.
    const forbidden =
      path === '/health' || path === '/ready' ? null : this.#access.problemOf(request.headers);
    if (forbidden !== null) {
      // The body is never read: what keeps coming would hold up the connection.
      response.setHeader('connection', 'close');
      sendJson(response, 403, forbiddenBody(path, forbidden));
      return;
    }
    switch (path) {
      case GRAPHQL_PATH:
        if (this.#options.serves === 'HEALTH') {
          sendJson(response, 404, { error: NO_API });
          return;
        }
        if (playground && isPageRequest(request))
          void sendPlayground({
            request,
            response,
            graphId: orchestrator.queries.graphIds[0] ?? 'agent',
            logger,
          });
        else this.#graphql(request, response);
        return;
      case '/health':
        sendHealth(response);
        return;
      case '/ready':
        void checkReadiness(this.#closed === null ? readiness : DRAINING, logger, clock).then((found) =>
          respondReadiness(response, found),
        );
        return;
      default:
        if (this.#options.serves === 'HEALTH') sendJson(response, 404, { error: NO_API });
        else if (otherwise) otherwise(request, response);
        else
          sendJson(response, 404, { error: `Not found: ${pathOf(request)}. GraphQL is at ${GRAPHQL_PATH}.` });
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#unused.delete(socket);
    const isServed = this.#options.serves !== 'HEALTH' && this.#closed === null;
    const forbidden = this.#access.problemOf(request.headers);
    if (isServed && forbidden !== null) {
      refuseUpgrade(socket, 403, forbiddenBody(pathOf(request), forbidden));
      return;
    }
    if (isServed && this.#upgraded.size >= this.#maxSockets) {
      refuseUpgrade(
        socket,
        503,
        { error: tooManySockets(this.#maxSockets) },
        { 'Retry-After': String(RETRY_AFTER_SECONDS) },
      );
      return;
    }
    if (isServed) this.#count(socket);
    if (isServed && pathOf(request) === GRAPHQL_PATH) {
      this.#webSockets.upgrade(request, socket, head);
      return;
    }
    if (isServed && this.#options.otherSockets?.upgrade(request, socket, head) === true) return;
    refuseUpgrade(socket, this.#closed === null ? 404 : 503, null);
  }

  /** Until it is closed. */
  #count(socket: Duplex): void {
    this.#upgraded.add(socket);
    socket.once('close', () => this.#upgraded.delete(socket));
  }
}

/** In the form that clients of the path expect. */
const forbiddenBody = (path: string, problem: string): object =>
  path === GRAPHQL_PATH ? { errors: [requestError('FORBIDDEN', problem)] } : { detail: problem };

const NO_API =
  'This process only executes runs and serves only /health and /ready. Use a process with the role api or all.';

const DRAINING: ReadinessCheck = async () => ({ ready: false, reason: 'the server is shutting down' });

const pathOf = ({ url = '/' }: IncomingMessage): string => url.split('?', 1)[0] ?? '/';

/** Handlers build a URL from these; what is none must not get that far. */
const isAddressable = ({ headers: { host = 'localhost' }, url = '/' }: IncomingMessage): boolean =>
  url.startsWith('/') && URL.canParse(`http://${host}${url}`);
