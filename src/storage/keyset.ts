import type { Window } from '../orchestrator/ports/paging.ts';
import type { Condition } from './sql.ts';

export type Keyset<K> = {
  /** The columns of the list's order; together they are unique. */
  readonly columns: readonly string[];
  readonly direction: 'ASC' | 'DESC';
  /** A key's values, in the order of `columns`. */
  readonly values: (key: K) => readonly unknown[];
};

/** What selects one window of an ordered list: conditions to join with `and`, and the clause that ends the select. */
export type KeysetPage = { readonly conditions: readonly Condition[]; readonly tail: Condition };

/** Paging by key: the window starts behind (or ends before) a key, so that it costs the same wherever it is and nothing shifts under it. */
export function keysetPage<K>({ columns, direction, values }: Keyset<K>, window: Window<K>): KeysetPage {
  const beyond = (key: K | undefined, operator: '<' | '>'): Condition[] => {
    if (key === undefined) return [];
    const params = values(key);
    return [{ text: `(${columns.join(', ')}) ${operator} (${columns.map(() => '?').join(', ')})`, params }];
  };
  const ascending = direction === 'ASC';
  const order = ascending !== window.inverted ? 'asc' : 'desc';
  return {
    conditions: [...beyond(window.after, ascending ? '>' : '<'), ...beyond(window.before, ascending ? '<' : '>')],
    tail: { text: `order by ${columns.map((column) => `${column} ${order}`).join(', ')} limit ?`, params: [window.limit] },
  };
}

/** `text` and its parameters of a select's end: where clause, order, limit. */
export function pageClause(filters: readonly Condition[], { conditions, tail }: KeysetPage): Condition {
  const all = [...filters, ...conditions];
  return {
    text: `where ${all.map((condition) => condition.text).join(' and ')} ${tail.text}`,
    params: [...all, tail].flatMap((condition) => condition.params),
  };
}
