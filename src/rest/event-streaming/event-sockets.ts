import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { parseThreadId } from '../../domain/ids.ts';
import { Heartbeat } from '../../sockets/heartbeat.ts';
import { SERVICE_RESTART } from '../../sockets/send-text.ts';
import type { RestDeps } from '../deps.ts';
import { EventSocket } from './event-socket.ts';

const PATH = /^\/threads\/([^/?]+)\/stream\/events\/?(?:\?.*)?$/;
/** 4000 and the HTTP status that says the same; clients don't try again then. */
const UNPROCESSABLE = 4422;

/** The protocol over WebSockets, at the path where its event streams are: commands and their answers, and the events subscribed to. */
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
      opened.on('error', (error) => this.#deps.logger.debug({ err: error }, 'A WebSocket failed'));
      if (threadId === null) opened.close(UNPROCESSABLE, 'thread_id: must be a UUID');
      else new EventSocket({ deps: this.#deps, threadId, socket: opened, headers: request.headers }).listen();
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
