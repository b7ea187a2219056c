import { z } from 'zod';
import { isUnfinished } from '../../domain/run.ts';
import type { RestDeps } from '../deps.ts';
import type { Endpoints } from '../endpoint.ts';
import { queryBoolean, queryChoice, queryInteger, queryList } from '../query-values.ts';
import { notFound, refusalOf } from '../refusals.ts';
import {
  createdHeaders,
  errorObject,
  MAX_PAGE,
  runObject,
  threadParams,
  threadRunParams,
} from '../schema.ts';
import { picked } from '../threads/thread-json.ts';
import { requireRun, requireThread } from '../views.ts';
import { runJson, toRunStatus } from './run-json.ts';
import { cancelRuns, statefulRun } from './run-schema.ts';
import { startRun } from './start-run.ts';
import { runHeaders, runPath, TOO_MANY_JOINS, waitResponse } from './wait-response.ts';

const NOT_FOUND = { description: 'Thread, run or assistant not found.', schema: errorObject };
const INVALID = { description: 'The request is not valid; see detail.', schema: errorObject };
const BUSY = {
  description: 'Rejected by multitask_strategy reject, or there is nothing to resume.',
  schema: errorObject,
};
const RUN_STATUSES = ['pending', 'running', 'error', 'success', 'timeout', 'interrupted'] as const;
const RUN_FIELDS = Object.keys(runObject.shape) as [string, ...string[]];

const listQuery = z.object({
  limit: queryInteger({ min: 1, max: MAX_PAGE, fallback: 10, description: 'The maximum number of results.' }),
  offset: queryInteger({
    min: 0,
    max: 1_000_000,
    fallback: 0,
    description: 'The number of results to skip.',
  }),
  status: queryList(z.enum(RUN_STATUSES), 'Only runs with this status.'),
  select: queryList(z.enum(RUN_FIELDS), 'Only these fields.'),
});
const action = queryChoice(
  ['interrupt', 'rollback'],
  'interrupt',
  'rollback removes the run and its results.',
);
const cancelQuery = z.object({ wait: queryBoolean('Responds after the run has stopped.'), action });
const cancelManyQuery = z.object({ action });
const CANCELLED = { pending: ['PENDING'], running: ['RUNNING'], all: ['PENDING', 'RUNNING'] } as const;
const joinQuery = z.object({
  cancel_on_disconnect: queryBoolean('Cancels the run when the client disconnects.'),
});

/** Runs on a thread. */
export function addRunEndpoints(endpoints: Endpoints, deps: RestDeps): void {
  addCreateRun(endpoints, deps);
  addWaitForNewRun(endpoints, deps);
  addListRuns(endpoints, deps);
  addGetRun(endpoints, deps);
  addDeleteRun(endpoints, deps);
  addJoinRun(endpoints, deps);
  addCancelRun(endpoints, deps);
  addCancelRuns(endpoints, deps);
}

function addCreateRun(endpoints: Endpoints, deps: RestDeps): void {
  endpoints.add(
    {
      method: 'post',
      path: '/threads/{thread_id}/runs',
      tag: 'Thread runs',
      summary: 'Create a run in the background',
      params: threadParams,
      body: statefulRun,
      answers: {
        200: { description: 'The run, pending.', schema: runObject, headers: createdHeaders },
        404: NOT_FOUND,
        409: BUSY,
        422: INVALID,
      },
    },
    async ({ params, body, http, context }) => {
      const { run, warning } = await startRun(deps, context, params.thread_id, body);
      return http.json(runJson(run), 200, {
        'content-location': runPath(run, { stateless: false }),
        ...warning,
      });
    },
  );
}

function addWaitForNewRun(endpoints: Endpoints, deps: RestDeps): void {
  endpoints.add(
    {
      method: 'post',
      path: '/threads/{thread_id}/runs/wait',
      tag: 'Thread runs',
      summary: 'Create a run and wait for its result',
      params: threadParams,
      body: statefulRun,
      answers: {
        200: { description: "The run's final state, or __error__." },
        404: NOT_FOUND,
        409: BUSY,
        422: INVALID,
        503: TOO_MANY_JOINS,
      },
    },
    async ({ params, body, outgoing, hold, context }) => {
      hold(deps.joins); // before there is a run
      const { run, warning } = await startRun(deps, context, params.thread_id, body);
      const headers = { ...runHeaders(run, { stateless: false, rejoin: 'join' }), ...warning };
      return waitResponse(deps, run, {
        headers,
        cancelOnDisconnect: body.on_disconnect === 'cancel',
        outgoing,
      });
    },
  );
}

function addListRuns(endpoints: Endpoints, deps: RestDeps): void {
  const { orchestrator } = deps;
  endpoints.add(
    {
      method: 'get',
      path: '/threads/{thread_id}/runs',
      tag: 'Thread runs',
      summary: "List a thread's runs, newest first",
      params: threadParams,
      query: listQuery,
      answers: {
        200: { description: 'The runs.', schema: z.array(runObject) },
        404: NOT_FOUND,
        422: INVALID,
      },
    },
    async ({ params, query, http, context }) => {
      const thread = await requireThread(deps, context, params.thread_id);
      const window = { limit: query.offset + query.limit, inverted: true };
      const runs = await orchestrator.queries.runs(thread, query.status?.map(toRunStatus), window);
      return http.json(runs.slice(query.offset).map((run) => picked(runJson(run), query.select)));
    },
  );
}

function addGetRun(endpoints: Endpoints, deps: RestDeps): void {
  endpoints.add(
    {
      method: 'get',
      path: '/threads/{thread_id}/runs/{run_id}',
      tag: 'Thread runs',
      summary: 'Get a run',
      params: threadRunParams,
      answers: { 200: { description: 'The run.', schema: runObject }, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params, http, context }) =>
      http.json(runJson(await requireRun(deps, context, params.thread_id, params.run_id))),
  );
}

function addDeleteRun(endpoints: Endpoints, deps: RestDeps): void {
  const { orchestrator } = deps;
  endpoints.add(
    {
      method: 'delete',
      path: '/threads/{thread_id}/runs/{run_id}',
      tag: 'Thread runs',
      summary: 'Delete a run that has ended',
      params: threadRunParams,
      answers: {
        204: { description: 'Deleted.' },
        404: NOT_FOUND,
        409: { description: 'The run has not ended.', schema: errorObject },
      },
    },
    async ({ params, http, context: { owner } }) => {
      const outcome = await orchestrator.deleteRun({
        owner,
        threadId: params.thread_id,
        runId: params.run_id,
      });
      if (outcome.kind !== 'deleted') throw refusalOf(outcome);
      return http.body(null, 204);
    },
  );
}

function addJoinRun(endpoints: Endpoints, deps: RestDeps): void {
  endpoints.add(
    {
      method: 'get',
      path: '/threads/{thread_id}/runs/{run_id}/join',
      tag: 'Thread runs',
      summary: "Wait for a run's result",
      params: threadRunParams,
      query: joinQuery,
      answers: {
        200: { description: "The run's final state, or __error__." },
        404: NOT_FOUND,
        422: INVALID,
        503: TOO_MANY_JOINS,
      },
    },
    async ({ params, query, outgoing, hold, context }) => {
      const run = await requireRun(deps, context, params.thread_id, params.run_id);
      if (isUnfinished(run)) hold(deps.joins);
      const { location = '' } = runHeaders(run, { stateless: false, rejoin: 'join' });
      return waitResponse(deps, run, {
        headers: { location },
        cancelOnDisconnect: query.cancel_on_disconnect,
        outgoing,
      });
    },
  );
}

function addCancelRun(endpoints: Endpoints, deps: RestDeps): void {
  const { orchestrator } = deps;
  endpoints.add(
    {
      method: 'post',
      path: '/threads/{thread_id}/runs/{run_id}/cancel',
      tag: 'Thread runs',
      summary: 'Cancel a run',
      params: threadRunParams,
      query: cancelQuery,
      answers: {
        202: { description: 'The stop was requested.' },
        204: { description: 'The run has stopped.' },
        404: NOT_FOUND,
        422: INVALID,
        503: TOO_MANY_JOINS,
      },
    },
    async ({ params, query, signal, http, hold, context: { owner } }) => {
      if (query.wait) hold(deps.joins); // before the run is asked to stop
      const ref = { owner, threadId: params.thread_id, runId: params.run_id };
      const cancelled = await orchestrator.cancelRun({
        ...ref,
        action: query.action === 'rollback' ? 'ROLLBACK' : 'INTERRUPT',
      });
      if (cancelled.kind !== 'ok') throw refusalOf(cancelled);
      if (!query.wait) return http.body(null, 202);
      await orchestrator.joinRun({ ...ref, signal: AbortSignal.any([signal, deps.closing]) });
      const { location = '' } = runHeaders(cancelled.value, { stateless: false, rejoin: 'join' });
      return http.body(null, 204, { location });
    },
  );
}

function addCancelRuns(endpoints: Endpoints, deps: RestDeps): void {
  const { orchestrator } = deps;
  endpoints.add(
    {
      method: 'post',
      path: '/runs/cancel',
      tag: 'Thread runs',
      summary: 'Cancel several runs',
      description: 'Either the given runs of one thread, or all runs with a status.',
      query: cancelManyQuery,
      body: cancelRuns,
      answers: {
        204: { description: 'The stops were requested.' },
        404: { description: 'No runs found.', schema: errorObject },
        422: INVALID,
      },
    },
    async ({ query, body, http, context: { owner } }) => {
      const which =
        body.status === undefined
          ? { threadId: body.thread_id ?? '', runIds: body.run_ids ?? [] }
          : { status: CANCELLED[body.status] };
      const cancelled = await orchestrator.cancelRuns({
        owner,
        action: query.action === 'rollback' ? 'ROLLBACK' : 'INTERRUPT',
        ...which,
      });
      if (cancelled.length === 0) throw notFound('No runs found to cancel');
      return http.body(null, 204);
    },
  );
}
