import type { JsonObject } from '../domain/json.ts';
import type { Vector } from '../domain/vectors.ts';

/** A piece of a where clause with its parameters, in the order of their `?`. */
export type Condition = { readonly text: string; readonly params: readonly unknown[] };

/** What differs between databases. All other SQL of storage is text that each of them takes, with `?` for parameters. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  /** Ends a select whose rows are to be locked; '' where every write transaction is alone anyway. */
  readonly forUpdate: string;
  /** The same, leaving out rows that are locked elsewhere. */
  readonly forUpdateSkipLocked: string;
  /** Writes, and changes nothing: what a database that can't be written refuses. */
  readonly writeProbe: string;
  /** True for rows whose JSON `column` contains `filter`: see containsJson. */
  contains(column: string, filter: JsonObject): Condition;
  /** Vectors as their column holds them: 32-bit floats. */
  readonly vectors: { readonly encode: (vector: Vector) => unknown; readonly decode: (stored: unknown) => Vector };
}
