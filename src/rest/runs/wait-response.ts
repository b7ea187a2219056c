import { isJsonObject, type Json } from '../../domain/json.ts';
import type { Run } from '../../domain/run.ts';
import { KEEP_ALIVE_MS, keepAlive } from '../../http/heartbeats.ts';
import type { Outgoing } from '../../http/sockets.ts';
import type { StateValuesJson } from '../../orchestrator/ports/graph-host.ts';
import type { JoinRunOutcome } from '../../orchestrator/requests.ts';
import type { RestDeps } from '../deps.ts';
import { unavailableAnswer } from '../endpoint.ts';

/** Where the run is: relative to the API's base, and nothing behind its id (protocol.md §0.5). */
export const runPath = (
  run: Pick<Run, 'id' | 'threadId'>,
  { stateless }: { readonly stateless: boolean },
): string => (stateless ? `/runs/${run.id}` : `/threads/${run.threadId}/runs/${run.id}`);

/** Content-Location says which run was created, Location where to come back to after the connection broke. */
export const runHeaders = (
  run: Pick<Run, 'id' | 'threadId'>,
  { stateless, rejoin }: { readonly stateless: boolean; readonly rejoin: 'stream' | 'join' },
): Record<string, string> => {
  const path = runPath(run, { stateless });
  return { 'content-location': path, location: `${path}/${rejoin}` };
};

/**
 * What a joined run answers: the state it left, with its interrupts if it paused, or `__error__` (protocol.md
 * §2.6). Never null.
 */
async function runResult({ orchestrator }: RestDeps, outcome: JoinRunOutcome): Promise<Json> {
  if (outcome.kind !== 'joined')
    return { __error__: { error: 'NotFoundError', message: 'The run was removed before it ended.' } };
  const { run } = outcome;
  if (run.status === 'ERROR' || run.status === 'TIMEOUT') return { __error__: failureOf(run) };
  // A run that answered one of several questions, say, has written no checkpoint of its own: it left the
  // thread's state as it is.
  const state = (await orchestrator.queries.valuesAfter(run)) ?? (await currentValues({ orchestrator }, run));
  const values = state?.values ?? {};
  if (run.endReason !== 'AWAITING_HUMAN') return values;
  const interrupts = Object.values(state?.interrupts ?? {})
    .flat()
    .map(({ id, value }) => ({ id, value }));
  return { ...(isJsonObject(values) ? values : {}), __interrupt__: interrupts };
}

/** A run's failure: the name of what was thrown, or of what ended it. */
export function failureOf(run: Run): { readonly error: string; readonly message: string } {
  if (run.error !== null) return { error: run.error.name, message: run.error.message };
  if (run.status === 'TIMEOUT') return { error: 'TimeoutError', message: 'The run exceeded its time limit.' };
  return { error: 'WorkerLostError', message: "The run's processes died too often." };
}

async function currentValues(
  { orchestrator }: Pick<RestDeps, 'orchestrator'>,
  run: Run,
): Promise<StateValuesJson | null> {
  const thread = await orchestrator.queries.thread(run.owner, run.threadId);
  return thread === null ? null : orchestrator.queries.values(thread);
}

/** How an endpoint that waits for a run describes that it may not. */
export const TOO_MANY_JOINS = unavailableAnswer('Too many requests are waiting for runs');

export type WaitOptions = {
  readonly headers: Readonly<Record<string, string>>;
  /** Cancel the run when the client goes before the run has ended. */
  readonly cancelOnDisconnect: boolean;
  readonly outgoing: Outgoing;
};

/** Of a ReadableStream that is given no strategy. */
const HIGH_WATER_CHUNKS = 1;

/**
 * Waits for the run's end in the answer's body: headers go out at once, then a line feed now and then (which
 * JSON allows ahead of a value) keeps proxies from closing the connection, then the result. A server that
 * closes breaks the body off, for its client to come back.
 */
export function waitResponse(
  deps: RestDeps,
  run: Run,
  { headers, cancelOnDisconnect, outgoing }: WaitOptions,
): Response {
  const { orchestrator, clock, closing, logger } = deps;
  const ref = { owner: run.owner, threadId: run.threadId, runId: run.id };
  const gone = new AbortController();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const beats = keepAlive({
        clock,
        everyMs: KEEP_ALIVE_MS,
        unsentBytes: () => HIGH_WATER_CHUNKS - (controller.desiredSize ?? 0) + outgoing.unsentBytes(),
        beat: () => controller.enqueue(encoder.encode('\n')),
      });
      const finish = async (): Promise<void> => {
        try {
          const signal = AbortSignal.any([gone.signal, closing]);
          const outcome = await orchestrator.joinRun({ ...ref, signal });
          const result: Json = await runResult(deps, outcome);
          if (gone.signal.aborted) return;
          controller.enqueue(encoder.encode(JSON.stringify(result)));
          controller.close();
        } catch (error) {
          if (gone.signal.aborted) return; // no reader is left
          if (!closing.aborted) logger.error({ err: error, runId: run.id }, 'Waiting for a run failed');
          gone.abort();
          outgoing.breakOff();
        } finally {
          beats[Symbol.dispose]();
        }
      };
      void finish();
    },
    async cancel() {
      if (gone.signal.aborted) return; // it was broken off here
      gone.abort();
      if (cancelOnDisconnect) await orchestrator.cancelRun({ ...ref, action: 'INTERRUPT' });
    },
  });
  return new Response(body, {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      ...headers,
    },
  });
}
