import { Worker } from 'node:worker_threads';
import { ConfigError } from '../config.ts';
import type { Logger } from '../orchestrator/ports/environment.ts';
import { SETTINGS } from '../settings.ts';
import type { Readiness } from './health.ts';

/** What the thread that serves the health port gets at its start. */
export type HealthThreadData = {
  readonly host: string;
  readonly port: number;
  readonly busyMs: number;
  /** LoopWatch.beats of the thread that it watches. */
  readonly beats: SharedArrayBuffer;
};
/** From that thread. READY? asks for the readiness of the service. */
export type FromHealthThread =
  | { readonly kind: 'LISTENING'; readonly port: number }
  | { readonly kind: 'FAILED'; readonly code: string | null; readonly message: string }
  | { readonly kind: 'READY?'; readonly id: number };
/** To it: the answer to the question with this id. */
export type ToHealthThread = { readonly id: number; readonly readiness: Readiness };

export type HealthPortOptions = HealthThreadData & {
  /** Answers within seconds and never rejects. */
  readonly readiness: () => Promise<Readiness>;
  readonly logger: Logger;
};

/**
 * Serves /health and /ready on a port of its own, from a thread of its own: graphs run on the main thread,
 * and one that blocks it doesn't keep the probes from being answered.
 */
export class HealthPort implements AsyncDisposable {
  readonly port: number;
  readonly #thread: Worker;

  private constructor(thread: Worker, port: number) {
    this.#thread = thread;
    this.port = port;
  }

  /** @throws ConfigError when the port is taken or may not be used */
  static async listen({ readiness, logger, ...workerData }: HealthPortOptions): Promise<HealthPort> {
    // tsc rewrites no names in URLs; the thread has the extension of this file: .ts, or .js in the published
    // package.
    const file = new URL(`./health-thread${import.meta.url.slice(-3)}`, import.meta.url);
    const thread = new Worker(file, { workerData: workerData satisfies HealthThreadData });
    const listening = Promise.withResolvers<number>();
    thread.on('message', (message: FromHealthThread) => {
      if (message.kind === 'LISTENING') listening.resolve(message.port);
      else if (message.kind === 'FAILED')
        listening.reject(new ConfigError(whyNotListening(workerData, message)));
      else
        readiness().then((found) =>
          thread.postMessage({ id: message.id, readiness: found } satisfies ToHealthThread),
        );
    });
    thread.on('error', (error) => {
      listening.reject(error);
      logger.error({ err: error }, 'Health port thread crashed');
    });
    try {
      const health = new HealthPort(thread, await listening.promise);
      thread.unref(); // it serves for as long as the process has other reasons to live
      return health;
    } catch (error) {
      await thread.terminate();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread.terminate();
  }
}

function whyNotListening(
  { host, port }: HealthThreadData,
  { code, message }: { readonly code: string | null; readonly message: string },
): string {
  const { flag, env } = SETTINGS.healthPort;
  const problem =
    code === 'EADDRINUSE' ? `${host}:${port} is in use` : `cannot listen for health checks (${message})`;
  return `${problem}; choose another port with --${flag} or ${env}`;
}
