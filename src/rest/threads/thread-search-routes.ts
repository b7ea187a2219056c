import { z } from 'zod';
import { parseThreadId } from '../../domain/ids.ts';
import type { Json } from '../../domain/json.ts';
import type { Thread } from '../../domain/thread.ts';
import type { ThreadSortField } from '../../orchestrator/ports/store.ts';
import type { RestDeps } from '../deps.ts';
import type { Endpoints } from '../endpoint.ts';
import { pageHeaders } from '../query-values.ts';
import { refusalOf } from '../refusals.ts';
import { errorObject, type ThreadObject, threadObject } from '../schema.ts';
import { listedThreadView, NO_STATE } from '../views.ts';
import {
  EXTRACT_ROOTS,
  type ExtractPath,
  extracted,
  picked,
  threadCount,
  threadJson,
  threadPrune,
  threadSearch,
  toThreadStatus,
  toTtlStrategy,
} from './thread-json.ts';

const INVALID = { description: 'The request is not valid; see detail.', schema: errorObject };

/** Many threads at once: search, count, prune. */
export function addThreadSearchEndpoints(endpoints: Endpoints, deps: RestDeps): void {
  addSearchThreads(endpoints, deps);
  addCountThreads(endpoints, deps);
  addPruneThreads(endpoints, deps);
}

function addSearchThreads(endpoints: Endpoints, deps: RestDeps): void {
  const { orchestrator } = deps;
  endpoints.add(
    {
      method: 'post',
      path: '/threads/search',
      tag: 'Threads',
      summary: 'Search threads',
      body: threadSearch,
      answers: { 200: { description: 'A page of threads.', schema: z.array(threadObject) }, 422: INVALID },
    },
    async ({ body, http, context: { owner } }) => {
      const { ids, metadata, values, status, limit, offset, select, extract } = body;
      const { threads, hasMore } = await orchestrator.queries.searchThreads({
        owner,
        ids: ids?.flatMap((id) => parseThreadId(id) ?? []),
        metadata,
        values,
        status: status === undefined ? undefined : [toThreadStatus(status)],
        sortBy: body.sort_by.toUpperCase() as ThreadSortField,
        direction: body.sort_order === 'asc' ? 'ASC' : 'DESC',
        limit,
        offset,
      } as const);
      const needsState =
        select === undefined || ['values', 'interrupts', 'error'].some((member) => select.includes(member));
      const objects = await Promise.all(
        threads.map((thread) =>
          found(deps, thread, { needsState: needsState || extract !== undefined, select, extract }),
        ),
      );
      return http.json(objects, 200, pageHeaders({ offset, count: threads.length, hasMore }));
    },
  );
}

function addCountThreads(endpoints: Endpoints, deps: RestDeps): void {
  const { orchestrator } = deps;
  endpoints.add(
    {
      method: 'post',
      path: '/threads/count',
      tag: 'Threads',
      summary: 'Count threads',
      body: threadCount,
      answers: { 200: { description: 'The number of matches.', schema: z.int() }, 422: INVALID },
    },
    async ({ body, http, context: { owner } }) => {
      const { metadata, values, status } = body;
      const filter = {
        owner,
        metadata,
        values,
        status: status === undefined ? undefined : [toThreadStatus(status)],
      };
      return http.json(await orchestrator.queries.countThreads(filter));
    },
  );
}

function addPruneThreads(endpoints: Endpoints, deps: RestDeps): void {
  const { orchestrator } = deps;
  endpoints.add(
    {
      method: 'post',
      path: '/threads/prune',
      tag: 'Threads',
      summary: 'Delete threads, or all of their states except the newest; skips busy threads',
      body: threadPrune,
      answers: {
        200: {
          description: 'The number of pruned threads.',
          schema: z.object({ pruned_count: z.int() }).meta({ id: 'ThreadPruneResponse' }),
        },
        422: INVALID,
      },
    },
    async ({ body, http, context: { owner } }) => {
      const outcome = await orchestrator.pruneThreads({
        owner,
        threadIds: body.thread_ids,
        strategy: toTtlStrategy(body.strategy),
      });
      if (outcome.kind !== 'ok') throw refusalOf(outcome);
      return http.json({ pruned_count: outcome.value.pruned.length });
    },
  );
}

type Wanted = {
  readonly needsState: boolean;
  readonly select: readonly string[] | undefined;
  readonly extract: Readonly<Record<string, ExtractPath>> | undefined;
};

async function found(
  deps: RestDeps,
  thread: Thread,
  { needsState, select, extract }: Wanted,
): Promise<Partial<ThreadObject>> {
  const object = threadJson(thread, needsState ? await listedThreadView(deps, thread) : NO_STATE);
  const shown = picked(object, select);
  return extract === undefined ? shown : { ...shown, extracted: extractedOf(object, extract) };
}

function extractedOf(
  object: ThreadObject,
  extract: Readonly<Record<string, ExtractPath>>,
): Record<string, Json> {
  const members = Object.fromEntries(EXTRACT_ROOTS.map((root) => [root, (object[root] ?? null) as Json]));
  return Object.fromEntries(
    Object.entries(extract).map(([alias, path]) => [
      alias,
      extracted(members as Parameters<typeof extracted>[0], path),
    ]),
  );
}
