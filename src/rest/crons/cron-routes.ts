import { z } from 'zod';
import type { CronSortField } from '../../orchestrator/ports/crons.ts';
import type { RestDeps } from '../deps.ts';
import type { Endpoints } from '../endpoint.ts';
import { pageHeaders, warningHeader } from '../query-values.ts';
import { refusalOf } from '../refusals.ts';
import { toStrategy } from '../runs/run-json.ts';
import { cronObject, errorObject, threadParams, warningHeaders } from '../schema.ts';
import { picked } from '../threads/thread-json.ts';
import {
  cronCount,
  cronCreate,
  cronJson,
  cronParams,
  cronPatch,
  cronSearch,
  threadCronCreate,
  toCronFields,
} from './cron-json.ts';

const NOT_FOUND = { description: 'Cron, assistant or thread not found.', schema: errorObject };
const INVALID = { description: 'The request is not valid; see detail.', schema: errorObject };
const CRON = { description: 'The cron.', schema: cronObject };
const CHANGED = { ...CRON, headers: warningHeaders };

/** Scheduled runs (protocol.md §2.8). */
export function addCronEndpoints(endpoints: Endpoints, deps: RestDeps): void {
  addCreateStatelessCron(endpoints, deps);
  addCreateCron(endpoints, deps);
  addSearchCrons(endpoints, deps);
  addCountCrons(endpoints, deps);
  addGetCron(endpoints, deps);
  addUpdateCron(endpoints, deps);
  addDeleteCron(endpoints, deps);
}

function addCreateStatelessCron(endpoints: Endpoints, deps: RestDeps): void {
  const { crons } = deps.orchestrator;
  endpoints.add(
    {
      method: 'post',
      path: '/runs/crons',
      tag: 'Crons',
      summary: 'Schedule runs, each on a new thread',
      body: cronCreate,
      answers: { 200: CHANGED, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ body, http, context: { owner } }) => {
      const { assistant_id: assistantId, schedule, end_time: endTime, on_run_completed } = body;
      const onRunCompleted = on_run_completed === 'keep' ? 'KEEP' : 'DELETE';
      const outcome = await crons.create({
        ...toCronFields(body),
        owner,
        assistantId,
        schedule,
        endTime,
        onRunCompleted,
      });
      if (outcome.kind !== 'ok') throw refusalOf(outcome);
      return http.json(cronJson(outcome.value), 200, warningHeader(outcome));
    },
  );
}

function addCreateCron(endpoints: Endpoints, deps: RestDeps): void {
  const { crons } = deps.orchestrator;
  endpoints.add(
    {
      method: 'post',
      path: '/threads/{thread_id}/runs/crons',
      tag: 'Crons',
      summary: 'Schedule runs on a thread',
      params: threadParams,
      body: threadCronCreate,
      answers: { 200: CHANGED, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params: { thread_id: threadId }, body, http, context: { owner } }) => {
      const { assistant_id: assistantId, schedule, end_time: endTime } = body;
      const strategy = toStrategy(body.multitask_strategy);
      const outcome = await crons.create({
        ...toCronFields(body),
        owner,
        assistantId,
        threadId,
        schedule,
        endTime,
        strategy,
      });
      if (outcome.kind !== 'ok') throw refusalOf(outcome);
      return http.json(cronJson(outcome.value), 200, warningHeader(outcome));
    },
  );
}

function addSearchCrons(endpoints: Endpoints, deps: RestDeps): void {
  const { crons } = deps.orchestrator;
  endpoints.add(
    {
      method: 'post',
      path: '/runs/crons/search',
      tag: 'Crons',
      summary: 'Search crons',
      body: cronSearch,
      answers: {
        200: { description: 'A page of crons.', schema: z.array(cronObject.partial()) },
        422: INVALID,
      },
    },
    async ({ body, http, context: { owner } }) => {
      const {
        assistant_id: assistantId,
        thread_id: threadId,
        enabled,
        metadata,
        limit,
        offset,
        select,
      } = body;
      const sortBy = body.sort_by.toUpperCase() as CronSortField;
      const direction = body.sort_order === 'asc' ? 'ASC' : 'DESC';
      const found = await crons.search({
        owner,
        assistantId,
        threadId,
        enabled,
        metadata,
        sortBy,
        direction,
        limit,
        offset,
      });
      const shown = found.crons.map((cron) => picked(cronJson(cron), select));
      return http.json(shown, 200, pageHeaders({ offset, count: shown.length, hasMore: found.hasMore }));
    },
  );
}

function addCountCrons(endpoints: Endpoints, deps: RestDeps): void {
  const { crons } = deps.orchestrator;
  endpoints.add(
    {
      method: 'post',
      path: '/runs/crons/count',
      tag: 'Crons',
      summary: 'Count crons',
      body: cronCount,
      answers: { 200: { description: 'The number of matches.', schema: z.int() }, 422: INVALID },
    },
    async ({
      body: { assistant_id: assistantId, thread_id: threadId, enabled, metadata },
      http,
      context: { owner },
    }) => http.json(await crons.count({ owner, assistantId, threadId, enabled, metadata })),
  );
}

function addGetCron(endpoints: Endpoints, deps: RestDeps): void {
  const { crons } = deps.orchestrator;
  endpoints.add(
    {
      method: 'get',
      path: '/runs/crons/{cron_id}',
      tag: 'Crons',
      summary: 'Get a cron',
      params: cronParams,
      answers: { 200: CRON, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params: { cron_id: id }, http, context: { owner } }) => {
      const cron = await crons.find(owner, id);
      if (cron === null) throw refusalOf({ kind: 'notFound', what: 'Cron', id });
      return http.json(cronJson(cron));
    },
  );
}

function addUpdateCron(endpoints: Endpoints, deps: RestDeps): void {
  const { crons } = deps.orchestrator;
  endpoints.add(
    {
      method: 'patch',
      path: '/runs/crons/{cron_id}',
      tag: 'Crons',
      summary: 'Update a cron; merges metadata, end_time: null clears it',
      params: cronParams,
      body: cronPatch,
      answers: { 200: CHANGED, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params: { cron_id: id }, body, http, context: { owner } }) => {
      const { schedule, end_time: endTime, on_run_completed } = body;
      const onRunCompleted =
        on_run_completed === undefined ? undefined : on_run_completed === 'keep' ? 'KEEP' : 'DELETE';
      const outcome = await crons.update({
        ...toCronFields(body),
        owner,
        id,
        schedule,
        endTime,
        onRunCompleted,
      });
      if (outcome.kind !== 'ok') throw refusalOf(outcome);
      return http.json(cronJson(outcome.value), 200, warningHeader(outcome));
    },
  );
}

function addDeleteCron(endpoints: Endpoints, deps: RestDeps): void {
  const { crons } = deps.orchestrator;
  endpoints.add(
    {
      method: 'delete',
      path: '/runs/crons/{cron_id}',
      tag: 'Crons',
      summary: 'Delete a cron; keeps the runs that it has started',
      params: cronParams,
      answers: { 204: { description: 'Deleted.' }, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params: { cron_id: id }, http, context: { owner } }) => {
      const outcome = await crons.delete({ owner, id });
      if (outcome.kind !== 'deleted') throw refusalOf(outcome);
      return http.body(null, 204);
    },
  );
}
