import type { Dialect } from '../dialect.ts';
import { APPLICATION_ID } from './file-header.ts';

/**
 * JSON is compared by a function of ours (json_contains): a condition for each leaf would be held up by SQLite's limit on the depth of
 * expressions, and would compare arrays as text.
 */
export const sqlite: Dialect = {
  name: 'sqlite',
  forUpdate: '',
  forUpdateSkipLocked: '',
  writeProbe: `pragma application_id = ${APPLICATION_ID}`, // written even where it is that already, as an update of a row is not
  contains: (column, filter) => ({ text: `json_contains(${column}, ?) = 1`, params: [JSON.stringify(filter)] }),
  vectors: {
    encode: (vector) => Buffer.from(Float32Array.from(vector).buffer),
    // Copied: a Float32Array has to begin at a multiple of four, where a Buffer needn't.
    decode: (stored) => [...new Float32Array(Uint8Array.from(stored as Uint8Array).buffer)],
  },
};
