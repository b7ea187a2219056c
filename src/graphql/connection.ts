import type { Window } from '../orchestrator/ports/paging.ts';
import { requestError } from './error-masking.ts';

export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 100;

/** Arguments of a connection as they came. */
export type ConnectionArgs = {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
};

/**
 * How the key of a list is written as a cursor. `decode` gets any JSON value and returns null when it is none
 * of its own.
 */
export type CursorCodec<K> = {
  readonly encode: (key: K) => unknown;
  readonly decode: (value: unknown) => K | null;
};

type Listing<T, K> = {
  readonly cursors: CursorCodec<K>;
  readonly keyOf: (item: T) => K;
  /** The window's items; in reverse list order when it is inverted. */
  readonly load: (window: Window<K>) => Promise<readonly T[]>;
};

export type Page<T> = {
  readonly edges: { readonly cursor: string; readonly node: T }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
};

/**
 * Answers a connection: one item more than the page is loaded to see whether there is more.
 * Rejects with BAD_USER_INPUT for impossible arguments and BAD_CURSOR for a cursor of another list.
 * Source: GraphQL Cursor Connections Specification.
 */
export async function pageOf<T, K>(
  args: ConnectionArgs,
  { cursors, keyOf, load }: Listing<T, K>,
): Promise<Page<T>> {
  const { size, inverted } = pageSize(args);
  const window = {
    after: decode(cursors, args.after),
    before: decode(cursors, args.before),
    limit: size + 1,
    inverted,
  };
  const loaded = await load(window);
  const items = loaded.slice(0, size);
  if (inverted) items.reverse();
  const edges = items.map((node) => ({ cursor: encodeCursor(cursors.encode(keyOf(node))), node }));
  const more = loaded.length > size;
  return {
    edges,
    pageInfo: {
      hasNextPage: inverted ? window.before !== undefined : more,
      hasPreviousPage: inverted ? more : window.after !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

function pageSize({ first, last }: ConnectionArgs): { size: number; inverted: boolean } {
  if (first != null && last != null)
    throw requestError('BAD_USER_INPUT', 'first and last cannot be combined.');
  const [name, size] = last != null ? ['last', last] : ['first', first ?? DEFAULT_PAGE_SIZE];
  if (size < 0) throw requestError('BAD_USER_INPUT', `${name} must not be negative (got ${size}).`);
  if (size > MAX_PAGE_SIZE)
    throw requestError('BAD_USER_INPUT', `${name} must be at most ${MAX_PAGE_SIZE} (got ${size}).`);
  return { size, inverted: last != null };
}

const encodeCursor = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function decode<K>(cursors: CursorCodec<K>, cursor: string | null | undefined): K | undefined {
  if (cursor == null) return undefined;
  const key = cursors.decode(parseCursor(cursor));
  if (key === null)
    throw requestError('BAD_CURSOR', `"${cursor.slice(0, 100)}" is not a cursor of this list.`);
  return key;
}

/** Undefined for what was not written by encodeCursor. */
function parseCursor(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}

/**
 * Cursors of lists whose key is one whole number; `list` distinguishes them from those of other lists, also
 * of the same kind: it names the list's owner.
 */
export const numberCursors = (list: string): CursorCodec<number> => ({
  encode: (key) => [list, key],
  decode: (value) => {
    if (!Array.isArray(value) || value[0] !== list || !Number.isSafeInteger(value[1])) return null;
    return value[1];
  },
});
