import type { Vector } from '../../domain/vectors.ts';
import type { Dialect } from '../dialect.ts';

/**
 * JSON is compared by a function of the migrations' (json_contains): PostgreSQL's own `@>` finds an array in any that has its items, in
 * whatever order.
 */
export const postgres: Dialect = {
  name: 'postgres',
  forUpdate: ' for update',
  forUpdateSkipLocked: ' for update skip locked',
  writeProbe: 'update thread set id = id where false', // refused where transactions only read, a standby included
  contains: (column, filter) => ({
    text: `json_contains(json_comparable(${column}), json_comparable(?))`,
    params: [JSON.stringify(filter)],
  }),
  vectors: { encode: (vector) => [...vector], decode: (stored) => stored as Vector },
};
