import { type Owner, parseThreadId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import { containsJson } from '../../domain/json.ts';
import type { ThreadStatus } from '../../domain/run.ts';
import type { Thread } from '../../domain/thread.ts';
import type { StateValuesJson } from '../ports/graph-host.ts';
import type { Window } from '../ports/paging.ts';
import type {
  Reads,
  ThreadFilter,
  ThreadKey,
  ThreadOrder,
  ThreadSearch,
  ThreadSortField,
} from '../ports/store.ts';

/** Threads whose state is read at a time, when a search is about values. */
const BATCH = 50;

type ReadState = (thread: Thread) => Promise<StateValuesJson | null>;

/**
 * A page of the threads that match. With `values` each candidate's newest state is read, page after page,
 * until enough of them match.
 */
export async function searchThreads(
  reads: Reads,
  readState: ReadState,
  { values, ...search }: SearchThreads,
): Promise<ThreadPage> {
  const { limit, offset } = search;
  if (isEverything(values)) {
    const threads = await reads.searchThreads({ ...search, limit: limit + 1 });
    return { threads: threads.slice(0, limit), hasMore: threads.length > limit };
  }
  const found: Thread[] = [];
  for (let read = 0; found.length <= offset + limit; read += BATCH) {
    const candidates = await reads.searchThreads({ ...search, limit: BATCH, offset: read });
    found.push(...(await matching(candidates, readState, values)));
    if (candidates.length < BATCH) break;
  }
  return { threads: found.slice(offset, offset + limit), hasMore: found.length > offset + limit };
}

/** A window of a list of threads; with `values` as searchThreads, window after window in the list's order. */
export async function listThreads(
  reads: Reads,
  readState: ReadState,
  { ids, values, ...query }: ThreadsQuery,
): Promise<Thread[]> {
  const { window, order } = query;
  const filter = { ...query, ids: ids?.flatMap((id) => parseThreadId(id) ?? []) };
  if (isEverything(values)) return reads.threads(filter);
  const found: Thread[] = [];
  for (let at = window; ; ) {
    const candidates = await reads.threads({ ...filter, window: { ...at, limit: BATCH } });
    found.push(...(await matching(candidates, readState, values)));
    const last = candidates.at(-1);
    if (last === undefined || candidates.length < BATCH || found.length >= window.limit)
      return found.slice(0, window.limit);
    const key = threadKey(order.field, last);
    at = window.inverted ? { ...window, before: key } : { ...window, after: key };
  }
}

/** Where a thread is in a list that is ordered by `field`. */
export function threadKey(field: ThreadSortField, thread: Thread): ThreadKey {
  const { id } = thread;
  switch (field) {
    case 'THREAD_ID':
      return { at: id, id };
    case 'STATUS':
      return { at: thread.status, id };
    case 'CREATED_AT':
      return { at: thread.createdAt.getTime(), id };
    case 'UPDATED_AT':
      return { at: thread.updatedAt.getTime(), id };
    case 'STATE_UPDATED_AT':
      return { at: thread.stateUpdatedAt.getTime(), id };
  }
}

/** How many match. */
export async function countThreads(
  reads: Reads,
  readState: ReadState,
  filter: ThreadFilter,
  values: JsonObject | undefined,
): Promise<number> {
  if (isEverything(values)) return reads.countThreads(filter);
  let count = 0;
  for (let read = 0; ; read += BATCH) {
    const candidates = await reads.searchThreads({
      ...filter,
      sortBy: 'THREAD_ID',
      direction: 'ASC',
      limit: BATCH,
      offset: read,
    });
    count += (await matching(candidates, readState, values)).length;
    if (candidates.length < BATCH) return count;
  }
}

const isEverything = (values: JsonObject | undefined): values is undefined =>
  values === undefined || Object.keys(values).length === 0;

/** A thread without a state matches no values. */
async function matching(
  threads: readonly Thread[],
  readState: ReadState,
  values: JsonObject,
): Promise<Thread[]> {
  const states = await Promise.all(threads.map(readState));
  return threads.filter((_thread, index) => containsJson(states[index]?.values ?? null, values));
}

export type ThreadsQuery = {
  readonly owner: Owner;
  readonly ids?: readonly string[] | undefined;
  readonly status?: readonly ThreadStatus[] | undefined;
  readonly metadata?: JsonObject | undefined;
  /** Containment in the newest state, as SearchThreads'. */
  readonly values?: JsonObject | undefined;
  readonly order: ThreadOrder;
  readonly window: Window<ThreadKey>;
};

/** `values`: containment in the newest state, which is read for each thread that matches otherwise. */
export type SearchThreads = ThreadSearch & { readonly values?: JsonObject | undefined };
export type ThreadPage = { readonly threads: readonly Thread[]; readonly hasMore: boolean };
