import { p } from '@mikro-orm/core';
import { DamagedRowError, markDamaged } from '../domain/damage.ts';
import type { Json } from '../domain/json.ts';
import { type RunFailure, toFailure } from '../domain/run.ts';

/**
 * A column for text of any length. PostgreSQL's migrations give it the collation "C": text is compared and ordered by its bytes, as SQLite
 * does and as every process has to where it locks in the order of ids.
 */
export const textColumn = () => p.string().columnType('text').ignoreSchemaChanges('collation');

/** How one property is kept in one column. `decode` takes what the driver returns for what `encode` made. */
export type Column<T> = { readonly name: string; readonly encode: (value: T) => unknown; readonly decode: (stored: unknown) => T };
export type Columns<T> = { readonly [K in keyof T]-?: Column<T[K]> };

const same = (value: unknown): unknown => value;

/** Strings, and unions and brands of them: a row only holds what was of that type when it was written. */
export const text = <T extends string>(name: string): Column<T> => ({ name, encode: same, decode: (stored) => stored as T });
/** Integers; PostgreSQL's driver returns bigint columns as strings. */
export const integer = (name: string): Column<number> => ({ name, encode: same, decode: toNumber });
export const flag = (name: string): Column<boolean> => ({ name, encode: Number, decode: (stored) => Number(stored) === 1 });
export const time = (name: string): Column<Date> => ({
  name,
  encode: (value) => value.getTime(),
  decode: (stored) => new Date(toNumber(stored)),
});

function toNumber(stored: unknown): number {
  const value = Number(stored);
  if (!Number.isFinite(value)) throw new Error(`${String(stored)} is not a number`);
  return value;
}

export const json = <T extends Json | object>(name: string): Column<T> => ({
  name,
  encode: (value) => JSON.stringify(value),
  decode: (stored) => JSON.parse(stored as string) as T,
});
/** What a graph threw. Rows of earlier versions may hold anything in its place. */
export const failure = (name: string): Column<RunFailure> => ({
  name,
  encode: (value) => JSON.stringify(toFailure(value)),
  decode: (stored) => toFailure(JSON.parse(stored as string)),
});
/** Null is SQL's null. */
export const nullable = <T>({ name, encode, decode }: Column<T>): Column<T | null> => ({
  name,
  encode: (value) => (value === null ? null : encode(value)),
  decode: (stored) => (stored === null ? null : decode(stored)),
});

/** Maps domain objects to the rows of one table. */
export class RowMapper<T extends object> {
  readonly #columns: readonly (readonly [keyof T & string, Column<T[keyof T]>])[];
  /** The columns' names, as a select or insert lists them. */
  readonly columnList: string;
  readonly width: number;

  constructor(columns: Columns<T>) {
    this.#columns = Object.entries(columns) as [keyof T & string, Column<T[keyof T]>][];
    this.columnList = this.#columns.map(([, column]) => column.name).join(', ');
    this.width = this.#columns.length;
  }

  /** Never throws: a column that can't be read makes the object a damaged one (see markDamaged), which is no fault of the rows read with it. */
  fromRow(row: Record<string, unknown>): T {
    const value: Partial<Record<keyof T, unknown>> = {};
    const damaged: (readonly [key: keyof T & string, column: string, cause: unknown])[] = [];
    for (const [key, column] of this.#columns)
      try {
        value[key] = column.decode(row[column.name]);
      } catch (error) {
        damaged.push([key, column.name, error]);
      }
    if (damaged.length === 0) return value as T;
    const columns = damaged.map(([, column]) => column);
    const keys = damaged.map(([key]) => key);
    return markDamaged(value as T, keys, new DamagedRowError(columns, damaged[0]?.[2]));
  }

  /** The parameters of a row, in the order of `columnList`. */
  toParams(value: T): unknown[] {
    return this.#columns.map(([key, column]) => column.encode(value[key]));
  }

  /** `a = ?, b = ?` for the properties that `patch` has; null when it has none. */
  assignments(patch: Partial<T>): { readonly text: string; readonly params: unknown[] } | null {
    const set = this.#columns.filter(([key]) => patch[key] !== undefined);
    if (set.length === 0) return null;
    return {
      text: set.map(([, column]) => `${column.name} = ?`).join(', '),
      params: set.map(([key, column]) => column.encode(patch[key] as T[keyof T])),
    };
  }
}
