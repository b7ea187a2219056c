import { z } from 'zod';
import type { RestDeps } from '../deps.ts';
import { type Answer, type Endpoints, EVENT_STREAM_TYPE } from '../endpoint.ts';
import { queryBoolean, queryList, queryOptionalBoolean } from '../query-values.ts';
import { createdHeaders, errorObject, resumeHeaders, threadParams, threadRunParams } from '../schema.ts';
import type { RunStreams } from '../streaming/run-streams.ts';
import { requireRun } from '../views.ts';
import { STREAM_MODES, statefulRun } from './run-schema.ts';
import { startRun } from './start-run.ts';

const NOT_FOUND = { description: 'Thread, run or assistant not found.', schema: errorObject };
const INVALID = { description: 'The request is not valid; see detail.', schema: errorObject };
const BUSY = {
  description: 'Rejected by multitask_strategy reject, or there is nothing to resume.',
  schema: errorObject,
};
export const EVENT_STREAM: Answer = {
  description:
    'Server-sent events: metadata, then the events of the modes, and error if the run fails; the mode lifecycle adds a final end event. Each has an id for Last-Event-ID.',
  type: EVENT_STREAM_TYPE,
};

/** Of GET …/stream. */
export const joinStreamQuery = z.object({
  stream_mode: queryList(
    z.enum(STREAM_MODES, `must be one of ${STREAM_MODES.join(', ')}`),
    "Only these modes. Defaults to those of the run's creation.",
  ),
  stream_subgraphs: queryOptionalBoolean("Includes events of subgraphs. Defaults to the run's creation."),
  cancel_on_disconnect: queryBoolean('Cancels the run when the client disconnects.'),
});

/** Streams of runs on a thread. */
export function addRunStreamEndpoints(endpoints: Endpoints, deps: RestDeps, streams: RunStreams): void {
  endpoints.add(
    {
      method: 'post',
      path: '/threads/{thread_id}/runs/stream',
      tag: 'Thread runs',
      summary: 'Create a run and stream its events',
      params: threadParams,
      body: statefulRun,
      answers: { 200: { ...EVENT_STREAM, headers: createdHeaders }, 404: NOT_FOUND, 409: BUSY, 422: INVALID },
    },
    async ({ params, body, outgoing, context }) => {
      const { run, warning } = await startRun(deps, context, params.thread_id, body);
      const cancelOnDisconnect = body.on_disconnect === 'cancel';
      return streams.created(run, { stateless: false, headers: warning, cancelOnDisconnect, outgoing });
    },
  );

  endpoints.add(
    {
      method: 'get',
      path: '/threads/{thread_id}/runs/{run_id}/stream',
      tag: 'Thread runs',
      summary: "Join a run's stream",
      description:
        'Last-Event-ID resumes after that event; -1 starts with the first one. Without it, a resumable run starts with its first event, other runs from now.',
      params: threadRunParams,
      query: joinStreamQuery,
      headers: resumeHeaders,
      answers: { 200: EVENT_STREAM, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params, query, header, outgoing, context }) =>
      streams.joined(await requireRun(deps, context, params.thread_id, params.run_id), {
        stateless: false,
        modes: query.stream_mode,
        subgraphs: query.stream_subgraphs,
        lastEventId: header('last-event-id'),
        cancelOnDisconnect: query.cancel_on_disconnect,
        outgoing,
      }),
  );
}
