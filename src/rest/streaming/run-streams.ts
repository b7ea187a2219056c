import { LRUCache } from 'lru-cache';
import { isUnfinished, type Run } from '../../domain/run.ts';
import type { Outgoing } from '../../http/sockets.ts';
import type { RestDeps } from '../deps.ts';
import type { RestStreamMode } from '../runs/run-schema.ts';
import { runHeaders } from '../runs/wait-response.ts';
import {
  behind,
  isAfter,
  placeOfLastEventId,
  type RequestedStream,
  requestedStreamOf,
  START,
  type StreamEvent,
  type StreamPlace,
  type StreamView,
  toFrame,
} from './requested-stream.ts';
import { logModes, RunEvents, recalledModes } from './run-events.ts';
import { sseResponse } from './sse-response.ts';

/** Runs whose readers are remembered. */
const MAX_KEPT = 10_000;

/**
 * Which runs' streams somebody has begun to read in this process. What a run that isn't resumable said before
 * its first reader came is still for that one: who creates a run and then joins it loses nothing, however
 * fast the run is (protocol.md §3.7).
 */
class StreamReaders {
  readonly #read = new LRUCache<string, true>({ max: MAX_KEPT });

  /** True once for each run (again for one that was forgotten). */
  isFirst(runId: string): boolean {
    if (this.#read.has(runId)) return false;
    this.#read.set(runId, true);
    return true;
  }
}

export type RunStreamOptions = {
  readonly view: StreamView;
  /** Only what comes behind it. */
  readonly after: StreamPlace;
  /** Aborting it ends the stream. */
  readonly signal: AbortSignal;
};

/**
 * One run's events as the protocol has them: what the log holds behind a place, then what comes, until the
 * run has ended or is gone. Any number of streams of one run each have all of it.
 */
export async function* runStream(
  { orchestrator }: Pick<RestDeps, 'orchestrator'>,
  run: Pick<Run, 'id' | 'owner'>,
  { view, after, signal }: RunStreamOptions,
): AsyncGenerator<StreamEvent, undefined, undefined> {
  const recalled = recalledModes(view);
  const followed = await orchestrator.followRun({
    owner: run.owner,
    runId: run.id,
    modes: logModes(view),
    // The row of the place itself is read again: events of it may still be to come.
    afterSeq: Math.max(after.seq - 1, 0),
    ...(recalled.length === 0 ? {} : { recall: { fromSeq: 0, modes: recalled } }),
    everyDelta: true,
    signal,
  });
  if (followed.kind === 'refused') return; // the run has gone since it was found
  const events = new RunEvents(view);
  try {
    for await (const event of followed.events)
      for (const made of events.of(event)) if (isAfter(made.place, after)) yield made;
  } finally {
    await followed.events.return?.();
  }
}

export type JoinStream = {
  readonly stateless: boolean;
  /** Only these of the run's modes; undefined: all that it was created with. */
  readonly modes: readonly RestStreamMode[] | undefined;
  readonly subgraphs: boolean | undefined;
  readonly lastEventId: string | undefined;
} & Connection;
/** `headers`: beside those that say where the run is. */
export type CreatedStream = {
  readonly stateless: boolean;
  readonly headers: Readonly<Record<string, string>>;
} & Connection;
type Connection = { readonly cancelOnDisconnect: boolean; readonly outgoing: Outgoing };

/** For how long after its end what a run said waits for a first reader. */
const GRACE_MS = 10_000;

/** Where a joiner begins; `failureOnly`: nothing is left for it but why the run failed. */
type Beginning = { readonly after: StreamPlace; readonly failureOnly: boolean };

/** The streams of runs, created or joined (protocol.md §3.7, §3.8). */
export class RunStreams {
  readonly #deps: RestDeps;
  readonly #readers = new StreamReaders();

  constructor(deps: RestDeps) {
    this.#deps = deps;
  }

  /** Of a run that was just created, from its first event on. */
  created(run: Run, { stateless, headers: more, ...connection }: CreatedStream): Response {
    this.#readers.isFirst(run.id);
    const headers = { ...runHeaders(run, { stateless, rejoin: 'stream' }), ...more };
    return this.#response(
      run,
      requestedStreamOf(run),
      { after: START, failureOnly: false },
      headers,
      connection,
    );
  }

  async joined(
    run: Run,
    { stateless, modes, subgraphs, lastEventId, ...connection }: JoinStream,
  ): Promise<Response> {
    const requested = requestedStreamOf(run);
    const view = {
      modes: modes === undefined || modes.length === 0 ? requested.modes : modes,
      subgraphs: subgraphs ?? requested.subgraphs,
    };
    const { location = '' } = runHeaders(run, { stateless, rejoin: 'stream' });
    return this.#response(
      run,
      view,
      await this.#beginningOf(run, requested, lastEventId),
      { location },
      connection,
    );
  }

  #response(
    run: Run,
    view: StreamView,
    { after, failureOnly }: Beginning,
    headers: Readonly<Record<string, string>>,
    { cancelOnDisconnect, outgoing }: Connection,
  ): Response {
    const { orchestrator } = this.#deps;
    const frames = async function* (deps: RestDeps, signal: AbortSignal) {
      const events = runStream(deps, run, {
        view: failureOnly ? { ...view, modes: [] } : view,
        after,
        signal,
      });
      for await (const event of events) if (!failureOnly || event.event === 'error') yield toFrame(event);
    };
    return sseResponse(this.#deps, (signal) => frames(this.#deps, signal), {
      headers,
      outgoing,
      ...(cancelOnDisconnect
        ? {
            onGone: () =>
              orchestrator.cancelRun({
                owner: run.owner,
                threadId: run.threadId,
                runId: run.id,
                action: 'INTERRUPT',
              }),
          }
        : {}),
    });
  }

  async #beginningOf(
    run: Run,
    { resumable }: RequestedStream,
    lastEventId: string | undefined,
  ): Promise<Beginning> {
    const isFirst = this.#readers.isFirst(run.id);
    if (lastEventId !== undefined) return { after: placeOfLastEventId(lastEventId), failureOnly: false };
    if (resumable) return { after: START, failureOnly: false };
    const now = isUnfinished(run) ? await this.#newest(run) : null;
    if (now !== null) return { after: isFirst ? START : behind(now), failureOnly: false };
    const endedAt = run.finishedAt?.getTime() ?? 0;
    const unheard = isFirst && this.#deps.clock.now().getTime() - endedAt <= GRACE_MS;
    return { after: START, failureOnly: !unheard };
  }

  /** The newest place in the log of a run that has not ended by then; null when it has. */
  async #newest(run: Run): Promise<number | null> {
    const { queries } = this.#deps.orchestrator;
    const thread = await queries.thread(run.owner, run.threadId);
    const still = await queries.run(run.owner, run.id);
    return thread === null || still === null || !isUnfinished(still) ? null : thread.nextSeq - 1;
  }
}
