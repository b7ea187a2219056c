import { z } from 'zod';
import type { RestDeps } from '../deps.ts';
import type { Endpoints } from '../endpoint.ts';
import { queryText } from '../query-values.ts';
import { RestError, refusalOf } from '../refusals.ts';
import { errorObject, threadObject, threadParams } from '../schema.ts';
import { requireThread, threadView } from '../views.ts';
import { threadCreate, threadJson, threadPatch, toSuperstep, toTtl, ttlJson } from './thread-json.ts';

const NOT_FOUND = { description: 'Thread not found.', schema: errorObject };
const INVALID = { description: 'The request is not valid; see detail.', schema: errorObject };

const getQuery = z.object({ include: queryText('Comma-separated. ttl: includes the time to live.') });

/** Threads themselves: create, read, patch, delete, copy. */
export function addThreadEndpoints(endpoints: Endpoints, deps: RestDeps): void {
  addCreateThread(endpoints, deps);
  addGetThread(endpoints, deps);
  addUpdateThread(endpoints, deps);
  addDeleteThread(endpoints, deps);
  addCopyThread(endpoints, deps);
}

function addCreateThread(endpoints: Endpoints, deps: RestDeps): void {
  const { orchestrator } = deps;
  endpoints.add(
    {
      method: 'post',
      path: '/threads',
      tag: 'Threads',
      summary: 'Create a thread',
      body: threadCreate,
      answers: {
        200: { description: 'The thread.', schema: threadObject },
        400: { description: 'The supersteps have no graph.', schema: errorObject },
        409: { description: 'The id is in use.', schema: errorObject },
        422: INVALID,
      },
    },
    async ({ body, http, context: { owner } }) => {
      const outcome = await orchestrator.createThread({
        owner,
        id: body.thread_id,
        metadata: body.metadata,
        ifExists: body.if_exists === 'do_nothing' ? 'RETURN' : 'RAISE',
        ttl: body.ttl === undefined ? undefined : toTtl(body.ttl),
        supersteps: body.supersteps?.map(toSuperstep),
      });
      if (outcome.kind === 'exists') throw refusalOf(outcome);
      if (outcome.kind === 'invalid' && outcome.issues.every(({ path }) => path[0] === 'threadId'))
        throw new RestError(400, 'A thread with supersteps requires metadata.graph_id of a served graph.');
      if (outcome.kind === 'invalid') throw refusalOf(outcome);
      return http.json(threadJson(outcome.value, await threadView(deps, outcome.value)));
    },
  );
}

function addGetThread(endpoints: Endpoints, deps: RestDeps): void {
  endpoints.add(
    {
      method: 'get',
      path: '/threads/{thread_id}',
      tag: 'Threads',
      summary: 'Get a thread',
      params: threadParams,
      query: getQuery,
      answers: { 200: { description: 'The thread.', schema: threadObject }, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params, query, http, context }) => {
      const thread = await requireThread(deps, context, params.thread_id);
      const ttl = query.include?.split(',').includes('ttl') === true ? ttlJson(thread) : {};
      return http.json({ ...threadJson(thread, await threadView(deps, thread)), ...ttl });
    },
  );
}

function addUpdateThread(endpoints: Endpoints, deps: RestDeps): void {
  const { orchestrator } = deps;
  endpoints.add(
    {
      method: 'patch',
      path: '/threads/{thread_id}',
      tag: 'Threads',
      summary: "Update a thread's metadata (merged) and ttl",
      params: threadParams,
      body: threadPatch,
      answers: {
        200: { description: 'The thread.', schema: threadObject },
        204: { description: 'With Prefer: return=minimal.' },
        404: NOT_FOUND,
        422: INVALID,
      },
    },
    async ({ params, body, header, http, context: { owner } }) => {
      const { metadata } = body;
      const ttl = body.ttl === undefined ? undefined : toTtl(body.ttl);
      const outcome = await orchestrator.updateThread({ owner, threadId: params.thread_id, metadata, ttl });
      if (outcome.kind !== 'ok') throw refusalOf(outcome);
      if (/\breturn=minimal\b/.test(header('prefer') ?? '')) return http.body(null, 204);
      return http.json(threadJson(outcome.value, await threadView(deps, outcome.value)));
    },
  );
}

function addDeleteThread(endpoints: Endpoints, deps: RestDeps): void {
  const { orchestrator } = deps;
  endpoints.add(
    {
      method: 'delete',
      path: '/threads/{thread_id}',
      tag: 'Threads',
      summary: 'Delete a thread; stops unfinished runs first',
      params: threadParams,
      answers: { 204: { description: 'Deleted.' }, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params, http, context: { owner } }) => {
      const outcome = await orchestrator.deleteThread({ owner, threadId: params.thread_id });
      if (outcome.kind !== 'deleted') throw refusalOf(outcome);
      return http.body(null, 204);
    },
  );
}

function addCopyThread(endpoints: Endpoints, deps: RestDeps): void {
  const { orchestrator } = deps;
  endpoints.add(
    {
      method: 'post',
      path: '/threads/{thread_id}/copy',
      tag: 'Threads',
      summary: 'Copy a thread with its history, without its runs',
      params: threadParams,
      answers: {
        200: { description: 'The new thread.', schema: threadObject },
        404: NOT_FOUND,
        422: INVALID,
      },
    },
    async ({ params, http, context: { owner } }) => {
      const outcome = await orchestrator.copyThread({ owner, threadId: params.thread_id });
      if (outcome.kind !== 'ok') throw refusalOf(outcome);
      return http.json(threadJson(outcome.value, await threadView(deps, outcome.value)));
    },
  );
}
