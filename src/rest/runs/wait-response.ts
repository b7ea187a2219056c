import type { Json } from '../../domain/json.ts';
import type { Run } from '../../domain/run.ts';
import type { Outgoing } from '../../sockets/outgoing.ts';
import { DEFAULT_KEEP_ALIVE_MS, ownerOf, type RestDeps } from '../deps.ts';
import { unavailableAnswer } from '../endpoint.ts';
import { runResult } from './run-result.ts';

/** How an endpoint that waits for a run describes that it may not. */
export const TOO_MANY_JOINS = unavailableAnswer('Too many requests wait for runs');

export type WaitOptions = {
  readonly headers: Readonly<Record<string, string>>;
  /** Cancel the run when the client goes before the run has ended. */
  readonly cancelOnDisconnect: boolean;
  readonly outgoing: Outgoing;
};

/**
 * Waits for the run's end in the answer's body: headers go out at once, then a line feed now and then (which JSON allows ahead of a value)
 * keeps proxies from closing the connection, then the result. A server that closes breaks the body off, for its client to come back.
 */
export function waitResponse(deps: RestDeps, run: Run, { headers, cancelOnDisconnect, outgoing }: WaitOptions): Response {
  const { orchestrator, clock, closing, logger } = deps;
  const gone = new AbortController();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const keepAlive = { timer: null as Disposable | null };
      const tick = (): void => {
        keepAlive.timer = clock.timer(deps.keepAliveMs ?? DEFAULT_KEEP_ALIVE_MS, () => {
          // Where the client reads nothing, none is needed, and none may pile up.
          if ((controller.desiredSize ?? 0) > 0 && outgoing.unsentBytes() === 0) controller.enqueue(encoder.encode('\n'));
          tick();
        });
      };
      tick();
      const finish = async (): Promise<void> => {
        try {
          const signal = AbortSignal.any([gone.signal, closing]);
          const outcome = await orchestrator.joinRun({ owner: ownerOf(), threadId: run.threadId, runId: run.id, signal });
          const result: Json = await runResult(deps, outcome);
          if (gone.signal.aborted) return;
          controller.enqueue(encoder.encode(JSON.stringify(result)));
          controller.close();
        } catch (error) {
          if (gone.signal.aborted) return; // nobody reads it any more
          if (!closing.aborted) logger.error({ err: error, runId: run.id }, 'Waiting for a run failed');
          gone.abort();
          outgoing.breakOff();
        } finally {
          keepAlive.timer?.[Symbol.dispose]();
        }
      };
      void finish();
    },
    async cancel() {
      if (gone.signal.aborted) return; // it was broken off here
      gone.abort();
      if (cancelOnDisconnect)
        await orchestrator.cancelRun({ owner: ownerOf(), threadId: run.threadId, runId: run.id, action: 'INTERRUPT' });
    },
  });
  return new Response(body, {
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-accel-buffering': 'no', ...headers },
  });
}
