import { z } from 'zod';
import type { RestDeps } from '../deps.ts';
import type { Endpoints } from '../endpoint.ts';
import { queryList } from '../query-values.ts';
import { resumeHeaders, threadParams } from '../schemas/common.ts';
import { errorObject } from '../schemas/objects.ts';
import { sseResponse } from '../streaming/sse-response.ts';
import { behind, placeOfLastEventId, toFrame } from '../streaming/stream-event.ts';
import { THREAD_STREAM_MODES, threadStream } from '../streaming/thread-stream.ts';
import { requireThread } from '../views.ts';
import { EVENT_STREAM } from './run-streams.ts';

const modes = queryList(
  z.enum(THREAD_STREAM_MODES, `must be one of ${THREAD_STREAM_MODES.join(', ')}`),
  'run_modes (default): what each run streams, and that it is done. lifecycle: starts and ends. state_update: the state after each run.',
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
        'One run after the other, as long as the client stays. Last-Event-ID resumes behind that event, - begins with the first one that is kept; without it: from now on.',
      params: threadParams,
      query,
      headers: resumeHeaders,
      answers: {
        200: EVENT_STREAM,
        404: { description: 'No such thread.', schema: errorObject },
        422: { description: 'The request is not valid; detail says where and why.', schema: errorObject },
      },
    },
    async ({ params, query, header, outgoing }) => {
      const thread = await requireThread(deps, params.thread_id);
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
