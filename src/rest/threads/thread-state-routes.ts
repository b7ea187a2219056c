import { z } from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import type { Thread } from '../../domain/thread.ts';
import type { RestDeps } from '../deps.ts';
import type { Endpoints } from '../endpoint.ts';
import { RestError, refusalOf } from '../refusals.ts';
import type { CheckpointRefBody } from '../schema.ts';
import {
  checkpointObject,
  errorObject,
  type ThreadStateObject,
  threadParams,
  threadStateObject,
} from '../schema.ts';
import { requireThread, UNREADABLE } from '../views.ts';
import {
  checkpointJson,
  checkpointParams,
  EMPTY_STATE,
  historyQuery,
  historySearch,
  pickedState,
  stateAtCheckpoint,
  stateJson,
  statePatch,
  stateQuery,
  stateUpdate,
} from './state-json.ts';

const NOT_FOUND = { description: 'Thread or checkpoint not found.', schema: errorObject };
const INVALID = { description: 'The request is not valid; see detail.', schema: errorObject };
const STATE = {
  description: 'The state; without a checkpoint if the thread has none.',
  schema: threadStateObject,
};
const HISTORY = { description: 'The states, newest first.', schema: z.array(threadStateObject) };
const UPDATED = {
  description: 'The checkpoint that was written.',
  schema: z.object({
    checkpoint: checkpointObject,
    checkpoint_id: z.string(),
    configurable: checkpointObject,
  }),
};

/** States of a thread: the newest, at a checkpoint, all of them, and writing one. */
export function addThreadStateEndpoints(endpoints: Endpoints, deps: RestDeps): void {
  addGetState(endpoints, deps);
  addUpdateState(endpoints, deps);
  addMergeMetadata(endpoints, deps);
  addGetStateAtCheckpoint(endpoints, deps);
  addGetStateAt(endpoints, deps);
  addListHistory(endpoints, deps);
  addSearchHistory(endpoints, deps);
}

function addGetState(endpoints: Endpoints, deps: RestDeps): void {
  const { orchestrator } = deps;
  endpoints.add(
    {
      method: 'get',
      path: '/threads/{thread_id}/state',
      tag: 'Threads',
      summary: "Get a thread's newest state",
      params: threadParams,
      query: stateQuery,
      answers: { 200: STATE, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params, query, http, context }) => {
      const thread = await requireThread(deps, context, params.thread_id);
      const state = await orchestrator.queries.state(thread, null, query.subgraphs);
      return http.json(pickedState(state === null ? EMPTY_STATE : stateJson(state), query.select));
    },
  );
}

function addUpdateState(endpoints: Endpoints, deps: RestDeps): void {
  const { orchestrator } = deps;
  endpoints.add(
    {
      method: 'post',
      path: '/threads/{thread_id}/state',
      tag: 'Threads',
      summary: "Write to a thread's state on behalf of a node",
      params: threadParams,
      body: stateUpdate,
      answers: {
        200: UPDATED,
        400: { description: 'The thread has no graph yet.', schema: errorObject },
        404: NOT_FOUND,
        409: { description: 'A run of the thread has not ended.', schema: errorObject },
        422: INVALID,
      },
    },
    async ({ params, body, http, context: { owner } }) => {
      const { ns, checkpointId } = addressOf(body.checkpoint);
      const outcome = await orchestrator.updateThreadState({
        owner,
        threadId: params.thread_id,
        values: body.values ?? null,
        asNode: body.as_node,
        checkpointId: checkpointId ?? body.checkpoint_id,
        ns,
      });
      // No field of the request is wrong then, but the thread can't be written to.
      if (outcome.kind === 'invalid' && outcome.issues.every(({ path }) => path[0] === 'threadId'))
        throw new RestError(
          400,
          `Thread ${params.thread_id} has no graph ID: run it, or create it with metadata.graph_id.`,
        );
      if (outcome.kind !== 'ok') throw refusalOf(outcome);
      const checkpoint = checkpointJson(outcome.value.checkpoint);
      return http.json({
        checkpoint,
        checkpoint_id: outcome.value.checkpoint.checkpointId,
        configurable: checkpoint,
      });
    },
  );
}

function addMergeMetadata(endpoints: Endpoints, deps: RestDeps): void {
  const { orchestrator } = deps;
  endpoints.add(
    {
      method: 'patch',
      path: '/threads/{thread_id}/state',
      tag: 'Threads',
      summary: "Merge into a thread's metadata (for older clients)",
      params: threadParams,
      body: statePatch,
      answers: { 204: { description: 'Merged.' }, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params, body, http, context: { owner } }) => {
      const outcome = await orchestrator.updateThread({
        owner,
        threadId: params.thread_id,
        metadata: body.metadata ?? {},
      });
      if (outcome.kind !== 'ok') throw refusalOf(outcome);
      return http.body(null, 204);
    },
  );
}

function addGetStateAtCheckpoint(endpoints: Endpoints, deps: RestDeps): void {
  const { orchestrator } = deps;
  endpoints.add(
    {
      method: 'post',
      path: '/threads/{thread_id}/state/checkpoint',
      tag: 'Threads',
      summary: 'Get the state at a checkpoint, or the newest one of a subgraph',
      params: threadParams,
      body: stateAtCheckpoint,
      answers: { 200: STATE, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params, body, http, context }) => {
      const thread = await requireThread(deps, context, params.thread_id);
      const { ns, checkpointId } = addressOf(body.checkpoint);
      const state = await orchestrator.queries.state(thread, checkpointId ?? null, body.subgraphs, ns);
      if (state === null && checkpointId !== undefined) throw checkpointNotFound(checkpointId);
      return http.json(pickedState(state === null ? EMPTY_STATE : stateJson(state), body.select));
    },
  );
}

function addGetStateAt(endpoints: Endpoints, deps: RestDeps): void {
  const { orchestrator } = deps;
  endpoints.add(
    {
      method: 'get',
      path: '/threads/{thread_id}/state/{checkpoint_id}',
      tag: 'Threads',
      summary: 'Get the state at a checkpoint of the root graph',
      params: checkpointParams,
      query: stateQuery,
      answers: { 200: STATE, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params, query, http, context }) => {
      const thread = await requireThread(deps, context, params.thread_id);
      const state = await orchestrator.queries.state(thread, params.checkpoint_id, query.subgraphs);
      if (state === null) throw checkpointNotFound(params.checkpoint_id);
      return http.json(pickedState(stateJson(state), query.select));
    },
  );
}

function addListHistory(endpoints: Endpoints, deps: RestDeps): void {
  endpoints.add(
    {
      method: 'get',
      path: '/threads/{thread_id}/history',
      tag: 'Threads',
      summary: "List a thread's states, newest first",
      params: threadParams,
      query: historyQuery,
      answers: { 200: HISTORY, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params, query, http, context }) => {
      const thread = await requireThread(deps, context, params.thread_id);
      return http.json(await historyOf(deps, thread, query));
    },
  );
}

function addSearchHistory(endpoints: Endpoints, deps: RestDeps): void {
  endpoints.add(
    {
      method: 'post',
      path: '/threads/{thread_id}/history',
      tag: 'Threads',
      summary: "Search a thread's states, or those of a subgraph, newest first",
      params: threadParams,
      body: historySearch,
      answers: { 200: HISTORY, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params, body, http, context }) => {
      const thread = await requireThread(deps, context, params.thread_id);
      const states = await historyOf(deps, thread, { ...body, ...addressOf(body.checkpoint) });
      return http.json(states.map((state) => pickedState(state, body.select)));
    },
  );
}

type HistorySearch = {
  readonly limit: number;
  readonly before?: string | undefined;
  readonly metadata?: JsonObject | undefined;
  readonly ns?: string | undefined;
  /** Only this one. */
  readonly checkpointId?: string | undefined;
};

async function historyOf(
  deps: RestDeps,
  thread: Thread,
  search: HistorySearch,
): Promise<readonly ThreadStateObject[]> {
  const { queries } = deps.orchestrator;
  const { limit, before, metadata, ns = '', checkpointId } = search;
  if (checkpointId !== undefined) {
    const state = await queries.state(thread, checkpointId, false, ns);
    return state === null ? [] : [stateJson(state)];
  }
  const after = before === undefined ? undefined : await queries.historyKey(thread, ns, before);
  if (after === null) throw checkpointNotFound(before ?? '');
  const entries = await queries.history(thread, metadata, { after, limit, inverted: false }, ns);
  return entries.map(({ state, checkpointId: id }) => {
    if (!(state instanceof Error)) return stateJson(state);
    deps.logger.error(
      { err: state, threadId: thread.id, ns, checkpointId: id },
      'Reading a state of a history failed',
    );
    return {
      ...EMPTY_STATE,
      values: null,
      checkpoint: { thread_id: thread.id, checkpoint_ns: ns, checkpoint_id: id },
      error: UNREADABLE,
    };
  });
}

/**
 * Which checkpoint of which namespace a reference means; of a namespace alone, the one that its map names, if
 * any.
 */
function addressOf(checkpoint: CheckpointRefBody | undefined): {
  readonly ns?: string;
  readonly checkpointId?: string;
} {
  const ns = checkpoint?.checkpoint_ns;
  const mapped = checkpoint?.checkpoint_map?.[ns ?? ''];
  const checkpointId = checkpoint?.checkpoint_id ?? (typeof mapped === 'string' ? mapped : undefined);
  return { ...(ns === undefined ? {} : { ns }), ...(checkpointId === undefined ? {} : { checkpointId }) };
}

const checkpointNotFound = (id: string): RestError => refusalOf({ kind: 'notFound', what: 'Checkpoint', id });
