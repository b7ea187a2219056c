import { EventEmitter } from 'node:events';
import type { Hono } from 'hono';

export type InProcessFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Stands for the connection of a request that comes from this process. */
class NoConnection extends EventEmitter {
  statusCode = 200;
  /** What its reader has not taken yet waits in the body. */
  readonly writableLength = 0;
  readonly #broken = new AbortController();

  get signal(): AbortSignal {
    return this.#broken.signal;
  }

  /** As a connection that is cut: whoever reads the body gets an error. */
  destroy(): void {
    this.#broken.abort(new Error('The connection was closed'));
  }
}

/** fetch for clients within this process: answers without a socket, whatever host the address names. */
export function inProcessFetch(app: Pick<Hono, 'fetch'>): InProcessFetch {
  return async (input, init) => {
    const outgoing = new NoConnection();
    const response = await app.fetch(new Request(input, init), { outgoing });
    outgoing.statusCode = response.status;
    outgoing.emit('close');
    const { body } = response;
    return body === null ? response : new Response(body.pipeThrough(new TransformStream(), { signal: outgoing.signal }), response);
  };
}
