import type { Vector } from '../../domain/vectors.ts';
import type { Dialect } from '../dialect.ts';

/** JSON is compared as jsonb, after a function of the migrations' has written what jsonb has no place for in another way (json_comparable). */
export const postgres: Dialect = {
  name: 'postgres',
  forUpdate: ' for update',
  forUpdateSkipLocked: ' for update skip locked',
  writeProbe: 'update thread set id = id where false', // refused where transactions only read, a standby included
  contains: (column, filter) => ({
    text: `json_comparable(${column}) @> json_comparable(?)`,
    params: [JSON.stringify(filter)],
  }),
  vectors: { encode: (vector) => [...vector], decode: (stored) => stored as Vector },
};
