import type { Window } from '../../orchestrator/ports/store.ts';
import { type ConnectionArgs, numberCursors, type Page, pageOf } from '../connection.ts';
import { requestError } from '../request-error.ts';

type Slice = { readonly limit: number; readonly offset: number };

/**
 * A page of a list that storage pages by offset: what something is nearest to has no key that outlives the question. A cursor is a place in
 * the list as it was, so what is put or deleted between two pages shifts them.
 */
export async function offsetPage<T>(list: string, args: ConnectionArgs, load: (slice: Slice) => Promise<readonly T[]>): Promise<Page<T>> {
  if (args.last != null && args.before == null)
    throw requestError('BAD_USER_INPUT', 'This list has no end to count from: give before with last, or first.');
  const { edges, pageInfo } = await pageOf<Placed<T>, number>(args, {
    cursors: numberCursors(list),
    keyOf: ({ place }) => place,
    load: async (window) => {
      const slice = sliceOf(window);
      const items = slice.limit === 0 ? [] : await load(slice);
      const placed = items.map((item, index) => ({ item, place: slice.offset + index }));
      return window.inverted ? placed.reverse() : placed;
    },
  });
  return { edges: edges.map(({ cursor, node }) => ({ cursor, node: node.item })), pageInfo };
}

type Placed<T> = { readonly item: T; readonly place: number };

/** What lies between the keys, as much of it as is wanted from its start, or from its end. */
function sliceOf({ after, before, limit, inverted }: Window<number>): Slice {
  const start = after === undefined ? 0 : Math.max(0, after + 1);
  const end = before === undefined ? Number.POSITIVE_INFINITY : Math.max(start, before);
  const offset = inverted ? Math.max(start, end - limit) : start;
  return { offset, limit: Math.min(limit, end - offset) };
}
