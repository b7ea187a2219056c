import { z } from 'zod';
import type { Json } from '../../domain/json.ts';
import type { Run } from '../../domain/run.ts';
import type { Thread } from '../../domain/thread.ts';
import type { FollowedEvent } from '../../orchestrator/ports/subscriptions.ts';
import type { RestDeps } from '../deps.ts';
import type { Endpoints } from '../endpoint.ts';
import { queryList } from '../query-values.ts';
import { EVENT_STREAM } from '../runs/run-stream-routes.ts';
import { errorObject, resumeHeaders, threadParams } from '../schema.ts';
import { EMPTY_STATE, stateJson } from '../threads/state-json.ts';
import { requireThread } from '../views.ts';
import {
  behind,
  isAfter,
  placeOfLastEventId,
  requestedStreamOf,
  type StreamEvent,
  type StreamPlace,
  toFrame,
} from './requested-stream.ts';
import { runStream } from './run-streams.ts';
import { sseResponse } from './sse-response.ts';

const THREAD_STREAM_MODES = ['run_modes', 'lifecycle', 'state_update'] as const;
type ThreadStreamMode = (typeof THREAD_STREAM_MODES)[number];

type ThreadStreamOptions = {
  readonly modes: readonly ThreadStreamMode[];
  /** Only what comes behind it. */
  readonly after: StreamPlace;
  /** Aborting it ends the stream. */
  readonly signal: AbortSignal;
};

/** Behind everything that the run's own stream makes of the row that ends it. */
const DONE_PART = 900_020;
const STATE_PART = 900_021;

/**
 * The events of a thread's runs, one run after the other, until the thread is deleted (protocol.md §3.9).
 * Each run's are those of its own stream, with the modes that it was created with.
 */
async function* threadStream(
  deps: Pick<RestDeps, 'orchestrator'>,
  thread: Thread,
  { modes, after, signal }: ThreadStreamOptions,
): AsyncGenerator<StreamEvent, undefined, undefined> {
  const { orchestrator } = deps;
  const followed = await orchestrator.followThread({
    owner: thread.owner,
    threadId: thread.id,
    modes: [],
    afterSeq: Math.max(after.seq - 1, 0),
    signal,
  });
  if (followed.kind === 'refused') return; // the thread has gone since it was found
  const runs = modes.includes('run_modes');
  const show = (run: Run) => runStream(deps, run, { view: requestedStreamOf(run), after, signal });
  // Only one run of a thread is under way at a time: the one whose events were shown last.
  let shown: string | null = null;
  try {
    const active = runs ? await orchestrator.queries.activeRun(thread) : null;
    if (active !== null && (await startOf(deps, active, signal)) <= after.seq) {
      shown = active.id;
      yield* show(active);
    }
    for await (const event of followed.events) {
      const run = runs && event.runId !== shown ? await runUnderWay(deps, thread, event) : null;
      if (run !== null) {
        shown = run.id;
        yield* show(run);
      }
      for (const made of await lifecycleOf(deps, thread, event, modes))
        if (isAfter(made.place, after)) yield made;
    }
  } finally {
    await followed.events.return?.();
  }
}

/** The seq with which the run's events begin. */
async function startOf(
  { orchestrator }: Pick<RestDeps, 'orchestrator'>,
  run: Run,
  signal: AbortSignal,
): Promise<number> {
  const followed = await orchestrator.followRun({
    owner: run.owner,
    runId: run.id,
    modes: [],
    afterSeq: 0,
    signal,
  });
  if (followed.kind === 'refused') return Number.POSITIVE_INFINITY;
  for await (const { seq, body } of followed.events) if (body.kind === 'RUN_STARTED') return seq;
  return Number.POSITIVE_INFINITY;
}

/** The run that has begun by this event; null: none has, as when a run ends that never began. */
async function runUnderWay(
  { orchestrator }: Pick<RestDeps, 'orchestrator'>,
  { owner }: Thread,
  { body, runId }: FollowedEvent,
): Promise<Run | null> {
  switch (body.kind) {
    case 'RUN_STARTED':
      return body.run;
    case 'RUN_ENDED':
      return body.run.startedAt === null ? null : body.run;
    case 'RUN_RESUMED':
      return runId === null ? null : orchestrator.queries.run(owner, runId);
    default:
      return null;
  }
}

/**
 * What the thread's stream itself says of a run: its start where its events are not shown, its end, and the
 * state it left.
 */
async function lifecycleOf(
  deps: Pick<RestDeps, 'orchestrator'>,
  thread: Thread,
  { seq, runId, body }: FollowedEvent,
  modes: readonly ThreadStreamMode[],
): Promise<StreamEvent[]> {
  const at = (part: number, event: string, data: Json): StreamEvent => ({
    place: { seq, part },
    event,
    data,
  });
  switch (body.kind) {
    case 'RUN_STARTED':
    case 'RUN_RESUMED':
      return modes.includes('lifecycle') && !modes.includes('run_modes')
        ? [at(0, 'metadata', { run_id: runId, attempt: body.attempt })]
        : [];
    case 'RUN_ENDED':
    case 'RUN_ROLLED_BACK': {
      const done = modes.includes('run_modes') || modes.includes('lifecycle');
      const run = body.kind === 'RUN_ENDED' ? body.run : null;
      return [
        ...(done ? [at(DONE_PART, 'metadata', { status: 'run_done', run_id: runId })] : []),
        ...(modes.includes('state_update')
          ? [at(STATE_PART, 'state_update', await stateAfter(deps, thread, run))]
          : []),
      ];
    }
    default:
      return [];
  }
}

/** The state that the run left; the thread's, of a run that left none. */
async function stateAfter(
  { orchestrator }: Pick<RestDeps, 'orchestrator'>,
  thread: Thread,
  run: Run | null,
): Promise<Json> {
  const { queries } = orchestrator;
  const left = run === null ? null : await queries.stateAfter(run);
  const current = (await queries.thread(thread.owner, thread.id)) ?? thread;
  const state = left ?? (await queries.state(current, null, false));
  return (state === null ? EMPTY_STATE : stateJson(state)) as Json;
}

const modes = queryList(
  z.enum(THREAD_STREAM_MODES, `must be one of ${THREAD_STREAM_MODES.join(', ')}`),
  'run_modes (default): the events of each run, and its end. lifecycle: starts and ends. state_update: the state after each run.',
);
/** The description of the API says the one name, its clients the other. */
const query = z.object({ stream_modes: modes, stream_mode: modes });

/** All runs of a thread in one stream. */
export function addThreadStreamEndpoint(endpoints: Endpoints, deps: RestDeps): void {
  endpoints.add(
    {
      method: 'get',
      path: '/threads/{thread_id}/stream',
      tag: 'Threads',
      summary: "Join a thread's stream",
      description:
        'Streams one run after the other until the client disconnects. Last-Event-ID resumes after that event; - starts with the oldest stored one. Without it: from now.',
      params: threadParams,
      query,
      headers: resumeHeaders,
      answers: {
        200: EVENT_STREAM,
        404: { description: 'Thread not found.', schema: errorObject },
        422: { description: 'The request is not valid; see detail.', schema: errorObject },
      },
    },
    async ({ params, query, header, outgoing, context }) => {
      const thread = await requireThread(deps, context, params.thread_id);
      const asked = [...(query.stream_modes ?? []), ...(query.stream_mode ?? [])];
      const lastEventId = header('last-event-id');
      const options = {
        modes: asked.length === 0 ? (['run_modes'] as const) : asked,
        after: lastEventId === undefined ? behind(thread.nextSeq - 1) : placeOfLastEventId(lastEventId),
      };
      const frames = async function* (signal: AbortSignal) {
        for await (const event of threadStream(deps, thread, { ...options, signal })) yield toFrame(event);
      };
      return sseResponse(deps, frames, { headers: { location: `/threads/${thread.id}/stream` }, outgoing });
    },
  );
}
