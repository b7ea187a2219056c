import { z } from 'zod';
import type { Json } from '../../domain/json.ts';
import { describeIssues } from '../../orchestrator/outcomes.ts';
import type { RestDeps } from '../deps.ts';
import { type Endpoints, EVENT_STREAM_TYPE } from '../endpoint.ts';
import { RestError } from '../refusals.ts';
import { errorObject, threadParams } from '../schema.ts';
import type { SseFrame } from '../streaming/sse-response.ts';
import { sseResponse } from '../streaming/sse-response.ts';
import type { ThreadEvent } from './event.ts';
import { eventsRequest, seqOfEventId } from './event.ts';
import { readCommand, runCommand } from './run-command.ts';
import { threadEvents } from './thread-events.ts';

/**
 * Checked by the handlers themselves: what doesn't fit is a 400 here, and a command's refusal an answer of
 * the protocol.
 */
const anyBody = (description: string) => z.any().meta({ description, override: { type: 'object' } });

/** Event streaming v2 (protocol.md §3.10): commands, and the events of a thread across its runs. */
export function addEventStreamingEndpoints(endpoints: Endpoints, deps: RestDeps): void {
  endpoints.add(
    {
      method: 'post',
      path: '/threads/{thread_id}/commands',
      tag: 'Streaming',
      summary: 'Send a command of the event streaming protocol',
      description:
        'run.start, input.respond, state.get, state.listCheckpoints, state.fork, agent.getTree. A rejected command is answered with an error response.',
      params: threadParams,
      body: anyBody('{ id, method, params }'),
      answers: {
        200: { description: 'A success or error response of the protocol.' },
        400: { description: 'Not a valid command.', schema: errorObject },
      },
    },
    async ({ params, body, context, http }) => {
      const read = readCommand(body);
      if ('malformed' in read) return http.json({ ...read.malformed, detail: read.malformed.message }, 400);
      const { answer, unavailable } = await runCommand(deps, params.thread_id, { ...read.command, context });
      if (unavailable === null) return http.json(answer);
      return http.json({ ...answer, detail: unavailable.message }, unavailable.status, unavailable.headers);
    },
  );

  endpoints.add(
    {
      method: 'post',
      path: '/threads/{thread_id}/stream/events',
      tag: 'Streaming',
      summary: "Stream a thread's events, across its runs",
      description:
        'Replays the active (or last) run from its start, or all events after `since` (or Last-Event-ID), then streams live until the client disconnects. Waits for a thread that does not exist yet. Also available over WebSocket at this path, with subscriptions as commands.',
      params: threadParams,
      body: anyBody('{ channels, namespaces?, depth?, since? }'),
      answers: {
        200: {
          description:
            'Server-sent events; each has an id, the method as its name, and the whole event as data.',
          type: EVENT_STREAM_TYPE,
        },
        400: { description: 'The request is not valid; see detail.', schema: errorObject },
      },
    },
    async ({ params, body, header, outgoing, context: { owner } }) => {
      const read = eventsRequest.safeParse(body);
      if (!read.success) throw new RestError(400, describeIssues(read.error.issues));
      const { since, ...filter } = read.data;
      const request = {
        owner,
        threadId: params.thread_id,
        filter,
        since: since ?? seqOfEventId(header('last-event-id') ?? ''),
      };
      // while the database is in trouble: 503, not a stream that breaks off
      await deps.orchestrator.queries.thread(owner, request.threadId);
      return sseResponse(deps, (signal) => frames(threadEvents(deps, { ...request, signal })), { outgoing });
    },
  );
}

async function* frames(events: AsyncIterable<ThreadEvent>): AsyncGenerator<SseFrame, void, undefined> {
  for await (const event of events)
    yield { id: event.event_id, event: event.method, data: event as unknown as Json };
}
