import { z } from 'zod';
import { isUnfinished, type Run } from '../../domain/run.ts';
import type { RequestContext } from '../../http/request-context.ts';
import type { RestDeps } from '../deps.ts';
import type { Endpoints } from '../endpoint.ts';
import { queryBoolean } from '../query-values.ts';
import { refusalOf } from '../refusals.ts';
import { createdHeaders, errorObject, resumeHeaders, runObject, runParams } from '../schema.ts';
import type { RunStreams } from '../streaming/run-streams.ts';
import { sseResponse } from '../streaming/sse-response.ts';
import { runJson } from './run-json.ts';
import { statelessBatch, statelessRun } from './run-schema.ts';
import { EVENT_STREAM, joinStreamQuery } from './run-stream-routes.ts';
import { startStatelessBatch, startStatelessRun } from './start-run.ts';
import { runHeaders, runPath, TOO_MANY_JOINS, waitResponse } from './wait-response.ts';

const NOT_FOUND = { description: 'Assistant not found.', schema: errorObject };
const NO_RUN = { description: 'Run not found.', schema: errorObject };
const INVALID = { description: 'The request is not valid; see detail.', schema: errorObject };

/** Runs without a thread: each on one of its own, which is gone after it unless on_completion is keep. */
export function addStatelessRunEndpoints(endpoints: Endpoints, deps: RestDeps, streams: RunStreams): void {
  addCreateStatelessRun(endpoints, deps);
  addStreamStatelessRun(endpoints, deps, streams);
  addWaitForStatelessRun(endpoints, deps);
  addCreateStatelessBatch(endpoints, deps);
  addJoinStatelessRun(endpoints, deps);
  addJoinStatelessStream(endpoints, deps, streams);
}

function addCreateStatelessRun(endpoints: Endpoints, deps: RestDeps): void {
  endpoints.add(
    {
      method: 'post',
      path: '/runs',
      tag: 'Stateless runs',
      summary: 'Create a run without a thread, in the background',
      body: statelessRun,
      answers: {
        200: { description: 'The run, pending.', schema: runObject, headers: createdHeaders },
        404: NOT_FOUND,
        422: INVALID,
      },
    },
    async ({ body, http, context }) => {
      const { run, warning } = await startStatelessRun(deps, context, body);
      return http.json(runJson(run), 200, {
        'content-location': runPath(run, { stateless: true }),
        ...warning,
      });
    },
  );
}

function addStreamStatelessRun(endpoints: Endpoints, deps: RestDeps, streams: RunStreams): void {
  endpoints.add(
    {
      method: 'post',
      path: '/runs/stream',
      tag: 'Stateless runs',
      summary: 'Create a run without a thread and stream its events',
      body: statelessRun,
      answers: { 200: { ...EVENT_STREAM, headers: createdHeaders }, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ body, outgoing, context }) => {
      const { run, warning } = await startStatelessRun(deps, context, body);
      return streams.created(run, {
        stateless: true,
        headers: warning,
        cancelOnDisconnect: body.on_disconnect === 'cancel',
        outgoing,
      });
    },
  );
}

function addWaitForStatelessRun(endpoints: Endpoints, deps: RestDeps): void {
  endpoints.add(
    {
      method: 'post',
      path: '/runs/wait',
      tag: 'Stateless runs',
      summary: 'Create a run without a thread and wait for its result',
      body: statelessRun,
      answers: {
        200: { description: "The run's final state, or __error__." },
        404: NOT_FOUND,
        422: INVALID,
        503: TOO_MANY_JOINS,
      },
    },
    async ({ body, outgoing, hold, context }) => {
      hold(deps.joins); // before there is a run
      const { run, warning } = await startStatelessRun(deps, context, body);
      const headers = { ...runHeaders(run, { stateless: true, rejoin: 'join' }), ...warning };
      return waitResponse(deps, run, {
        headers,
        cancelOnDisconnect: body.on_disconnect === 'cancel',
        outgoing,
      });
    },
  );
}

function addCreateStatelessBatch(endpoints: Endpoints, deps: RestDeps): void {
  endpoints.add(
    {
      method: 'post',
      path: '/runs/batch',
      tag: 'Stateless runs',
      summary: 'Create several runs without threads',
      description: 'Atomic: if one run is rejected, none is started.',
      body: statelessBatch,
      answers: {
        200: { description: 'The runs in the order of the request.', schema: z.array(runObject) },
        404: NOT_FOUND,
        422: INVALID,
      },
    },
    async ({ body, http, context }) => {
      const { runs, warning } = await startStatelessBatch(deps, context, body);
      return http.json(runs.map(runJson), 200, warning);
    },
  );
}

function addJoinStatelessRun(endpoints: Endpoints, deps: RestDeps): void {
  endpoints.add(
    {
      method: 'get',
      path: '/runs/{run_id}/join',
      tag: 'Stateless runs',
      summary: 'Wait for the result of a run without a thread',
      params: runParams,
      query: z.object({ cancel_on_disconnect: queryBoolean('Cancels the run when the client disconnects.') }),
      answers: {
        200: { description: "The run's final state, or __error__." },
        404: NO_RUN,
        422: INVALID,
        503: TOO_MANY_JOINS,
      },
    },
    async ({ params, query, outgoing, hold, context }) => {
      const run = await findRun(deps, context, params.run_id);
      if (run === null) throw refusalOf({ kind: 'notFound', what: 'Run', id: params.run_id });
      if (isUnfinished(run)) hold(deps.joins);
      const { location = '' } = runHeaders(run, { stateless: true, rejoin: 'join' });
      return waitResponse(deps, run, {
        headers: { location },
        cancelOnDisconnect: query.cancel_on_disconnect,
        outgoing,
      });
    },
  );
}

function addJoinStatelessStream(endpoints: Endpoints, deps: RestDeps, streams: RunStreams): void {
  endpoints.add(
    {
      method: 'get',
      path: '/runs/{run_id}/stream',
      tag: 'Stateless runs',
      summary: 'Join the stream of a run without a thread',
      description: 'The stream of a run that no longer exists is empty.',
      params: runParams,
      query: joinStreamQuery,
      headers: resumeHeaders,
      answers: { 200: EVENT_STREAM, 422: INVALID },
    },
    async ({ params, query, header, outgoing, context }) => {
      const run = await findRun(deps, context, params.run_id);
      if (run === null) return sseResponse(deps, nothing, { outgoing });
      return streams.joined(run, {
        stateless: true,
        modes: query.stream_mode,
        subgraphs: query.stream_subgraphs,
        lastEventId: header('last-event-id'),
        cancelOnDisconnect: query.cancel_on_disconnect,
        outgoing,
      });
    },
  );
}

const findRun = ({ orchestrator }: RestDeps, { owner }: RequestContext, runId: string): Promise<Run | null> =>
  orchestrator.queries.run(owner, runId);

async function* nothing(): AsyncGenerator<never> {}
