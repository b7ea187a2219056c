import type { Dialect } from '../dialect.ts';

/**
 * JSON is compared by a function of ours (json_contains): a condition for each leaf would be held up by SQLite's limit on the depth of
 * expressions, and would compare arrays as text.
 */
export const sqlite: Dialect = {
  name: 'sqlite',
  forUpdate: '',
  forUpdateSkipLocked: '',
  writeProbe: 'pragma user_version = 0', // nobody uses it, and it is written even where it is that already
  contains: (column, filter) => ({ text: `json_contains(${column}, ?) = 1`, params: [JSON.stringify(filter)] }),
  vectors: {
    encode: (vector) => Buffer.from(Float32Array.from(vector).buffer),
    // Copied: a Float32Array has to begin at a multiple of four, where a Buffer needn't.
    decode: (stored) => [...new Float32Array(Uint8Array.from(stored as Uint8Array).buffer)],
  },
};
