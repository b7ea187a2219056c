import { setMaxListeners } from 'node:events';

/** Operations in progress, so that closing the server can end them: a joinRun would otherwise wait as long as its run goes. */
export class LiveOperations {
  readonly #controllers = new Set<AbortController>();
  readonly #closing = new AbortController();

  constructor() {
    setMaxListeners(0, this.#closing.signal); // one per event stream
  }

  /** Aborts once, when the server closes. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  begin(): AbortController {
    const controller = new AbortController();
    if (this.#closing.signal.aborted) controller.abort();
    else this.#controllers.add(controller);
    return controller;
  }

  /** It is done, or its caller has gone. */
  end(controller: AbortController): void {
    this.#controllers.delete(controller);
    controller.abort();
  }

  abortAll(): void {
    this.#closing.abort();
    for (const controller of [...this.#controllers]) this.end(controller);
  }
}
