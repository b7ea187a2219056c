import { z } from 'zod';
import type { RestDeps } from '../deps.ts';
import type { Endpoints } from '../endpoint.ts';
import { pageHeaders, queryBoolean } from '../query-values.ts';
import { refusalOf } from '../refusals.ts';
import { assistantObject, errorObject } from '../schema.ts';
import { picked } from '../threads/thread-json.ts';
import { assistantRefusal, requireAssistantAt } from './assistant-graph-routes.ts';
import {
  assistantCount,
  assistantCreate,
  assistantJson,
  assistantLatest,
  assistantParams,
  assistantPatch,
  assistantSearch,
  assistantVersions,
  latestQuery,
  versionJson,
} from './assistant-json.ts';

const NOT_FOUND = { description: 'Assistant, graph or version not found.', schema: errorObject };
const INVALID = { description: 'The request is not valid; see detail.', schema: errorObject };
const ASSISTANT = { description: 'The assistant.', schema: assistantObject };

const SORT_FIELDS = {
  assistant_id: 'ASSISTANT_ID',
  graph_id: 'GRAPH_ID',
  name: 'NAME',
  created_at: 'CREATED_AT',
  updated_at: 'UPDATED_AT',
} as const;

const deleteQuery = z.object({ delete_threads: queryBoolean('Also deletes its threads.') });

/** Assistants themselves: create, find, change, versions, delete. */
export function addAssistantEndpoints(endpoints: Endpoints, deps: RestDeps): void {
  addCreateAssistant(endpoints, deps);
  addSearchAssistants(endpoints, deps);
  addCountAssistants(endpoints, deps);
  addGetAssistant(endpoints, deps);
  addUpdateAssistant(endpoints, deps);
  addDeleteAssistant(endpoints, deps);
  addListVersions(endpoints, deps);
  addSelectVersion(endpoints, deps);
}

function addCreateAssistant(endpoints: Endpoints, deps: RestDeps): void {
  const { assistants } = deps.orchestrator;
  endpoints.add(
    {
      method: 'post',
      path: '/assistants',
      tag: 'Assistants',
      summary: 'Create an assistant',
      body: assistantCreate,
      answers: {
        200: ASSISTANT,
        404: NOT_FOUND,
        409: { description: 'The id is in use.', schema: errorObject },
        422: INVALID,
      },
    },
    async ({ body, http, context: { owner } }) => {
      const { graph_id: graphId, assistant_id: id, if_exists, ...fields } = body;
      const ifExists = if_exists === 'do_nothing' ? 'RETURN' : 'RAISE';
      const outcome = await assistants.create({ owner, id, graphId, ifExists, ...fields });
      if (outcome.kind === 'exists') throw refusalOf(outcome);
      if (outcome.kind !== 'ok') throw assistantRefusal(outcome);
      return http.json(assistantJson(outcome.value));
    },
  );
}

function addSearchAssistants(endpoints: Endpoints, deps: RestDeps): void {
  const { assistants } = deps.orchestrator;
  endpoints.add(
    {
      method: 'post',
      path: '/assistants/search',
      tag: 'Assistants',
      summary: 'Search assistants, newest first',
      body: assistantSearch,
      answers: {
        200: { description: 'A page of assistants.', schema: z.array(assistantObject.partial()) },
        422: INVALID,
      },
    },
    async ({ body, http, context: { owner } }) => {
      const { graph_id: graphId, name, metadata, limit, offset, sort_by, sort_order } = body;
      const page = {
        sortBy: SORT_FIELDS[sort_by],
        direction: sort_order === 'asc' ? 'ASC' : 'DESC',
        limit: limit + 1,
        offset,
      } as const;
      const found = await assistants.search({ owner, graphId, name, metadata, ...page });
      const shown = found.slice(0, limit).map((assistant) => picked(assistantJson(assistant), body.select));
      return http.json(
        shown,
        200,
        pageHeaders({ offset, count: shown.length, hasMore: found.length > limit }),
      );
    },
  );
}

function addCountAssistants(endpoints: Endpoints, deps: RestDeps): void {
  const { assistants } = deps.orchestrator;
  endpoints.add(
    {
      method: 'post',
      path: '/assistants/count',
      tag: 'Assistants',
      summary: 'Count assistants',
      body: assistantCount,
      answers: { 200: { description: 'The number of matches.', schema: z.int() }, 422: INVALID },
    },
    async ({ body: { graph_id: graphId, name, metadata }, http, context: { owner } }) =>
      http.json(await assistants.count({ owner, graphId, name, metadata })),
  );
}

function addGetAssistant(endpoints: Endpoints, deps: RestDeps): void {
  endpoints.add(
    {
      method: 'get',
      path: '/assistants/{assistant_id}',
      tag: 'Assistants',
      summary: 'Get an assistant',
      params: assistantParams,
      answers: { 200: ASSISTANT, 404: NOT_FOUND },
    },
    async ({ params, http, context }) =>
      http.json(assistantJson(await requireAssistantAt(deps, context, params.assistant_id))),
  );
}

function addUpdateAssistant(endpoints: Endpoints, deps: RestDeps): void {
  const { assistants } = deps.orchestrator;
  endpoints.add(
    {
      method: 'patch',
      path: '/assistants/{assistant_id}',
      tag: 'Assistants',
      summary: 'Create a new version of an assistant',
      params: assistantParams,
      body: assistantPatch,
      answers: { 200: ASSISTANT, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params, body: { graph_id: graphId, ...fields }, http, context: { owner } }) => {
      const outcome = await assistants.update({ owner, id: params.assistant_id, graphId, ...fields });
      if (outcome.kind !== 'ok') throw assistantRefusal(outcome);
      return http.json(assistantJson(outcome.value));
    },
  );
}

function addDeleteAssistant(endpoints: Endpoints, deps: RestDeps): void {
  const { assistants } = deps.orchestrator;
  endpoints.add(
    {
      method: 'delete',
      path: '/assistants/{assistant_id}',
      tag: 'Assistants',
      summary: 'Delete an assistant; stops unfinished runs first',
      params: assistantParams,
      query: deleteQuery,
      answers: { 204: { description: 'Deleted.' }, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params, query, http, context: { owner } }) => {
      const outcome = await assistants.delete({
        owner,
        id: params.assistant_id,
        deleteThreads: query.delete_threads,
      });
      if (outcome.kind !== 'deleted') throw assistantRefusal(outcome);
      return http.body(null, 204);
    },
  );
}

function addListVersions(endpoints: Endpoints, deps: RestDeps): void {
  const { assistants } = deps.orchestrator;
  endpoints.add(
    {
      method: 'post',
      path: '/assistants/{assistant_id}/versions',
      tag: 'Assistants',
      summary: "List an assistant's versions, newest first",
      params: assistantParams,
      body: assistantVersions,
      answers: {
        200: { description: 'A page of versions.', schema: z.array(assistantObject) },
        404: NOT_FOUND,
        422: INVALID,
      },
    },
    async ({ params, body: { limit, offset, metadata }, http, context }) => {
      const assistant = await requireAssistantAt(deps, context, params.assistant_id);
      const versions = await assistants.versions(assistant, metadata, {
        limit: offset + limit,
        inverted: false,
      });
      return http.json(versions.slice(offset).map(versionJson));
    },
  );
}

function addSelectVersion(endpoints: Endpoints, deps: RestDeps): void {
  const { assistants } = deps.orchestrator;
  endpoints.add(
    {
      method: 'post',
      path: '/assistants/{assistant_id}/latest',
      tag: 'Assistants',
      summary: 'Select a version of an assistant',
      params: assistantParams,
      query: latestQuery,
      body: assistantLatest,
      answers: { 200: ASSISTANT, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params, query, body, http, context: { owner } }) => {
      const outcome = await assistants.setLatest({
        owner,
        id: params.assistant_id,
        version: body.version ?? query.version,
      });
      if (outcome.kind !== 'ok') throw assistantRefusal(outcome);
      return http.json(assistantJson(outcome.value));
    },
  );
}
