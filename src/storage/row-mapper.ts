import { DamagedRowError, markDamaged } from '../domain/damage.ts';
import { type Column, type ColumnName, columnsOf, type Entity, type RowOf } from './entity.ts';

/** Maps objects of a type to the rows of an entity's table and back. */
export class RowMapper<in out T extends object, out E extends Entity = Entity> {
  readonly #columns: readonly Column[];
  readonly columns: readonly ColumnName<E>[];

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
    this.columns = columns.map(({ name }) => name as ColumnName<E>);
  }

  /**
   * Never throws: a column that can't be read makes the object a damaged one (see markDamaged), without
   * affecting the rows read with it.
   */
  fromRow(row: Record<string, unknown>): T {
    const value: Record<string, unknown> = {};
    const damaged: (readonly [column: Column, cause: unknown])[] = [];
    for (const column of this.#columns)
      try {
        value[column.key] = column.decode(row[column.name]);
      } catch (error) {
        damaged.push([column, error]);
      }
    if (damaged.length === 0) return value as T;
    const names = damaged.map(([{ name }]) => name);
    const keys = damaged.map(([{ key }]) => key);
    return markDamaged(value as T, keys, new DamagedRowError(names, damaged[0]?.[1]));
  }

  fromRows(rows: readonly Record<string, unknown>[]): T[] {
    return rows.map((row) => this.fromRow(row));
  }

  /** Null: there is none. */
  first([row]: readonly Record<string, unknown>[]): T | null {
    return row === undefined ? null : this.fromRow(row);
  }

  /** A row whose columns are all null. */
  get emptyRow(): Record<string, unknown> {
    return Object.fromEntries(this.#columns.map(({ name }) => [name, null]));
  }

  toRow(value: T): Record<string, unknown> {
    return Object.fromEntries(
      this.#columns.map(({ key, name, encode }) => [name, encode(value[key as keyof T])]),
    );
  }

  /** The parameters of a row, in the order of `columns`. */
  toParams(value: T): unknown[] {
    return this.#columns.map(({ key, encode }) => encode(value[key as keyof T]));
  }

  /** The columns and parameters of what `patch` has. */
  patch(patch: Partial<T>): { readonly columns: readonly ColumnName<E>[]; readonly params: unknown[] } {
    const columns: ColumnName<E>[] = [];
    const params: unknown[] = [];
    for (const { key, name, encode } of this.#columns) {
      const value = patch[key as keyof T];
      if (value === undefined) continue;
      columns.push(name as ColumnName<E>);
      params.push(encode(value));
    }
    return { columns, params };
  }
}

/**
 * The mapper of an entity's rows, but for the properties in `storageOnly`, which statements read and write by
 * themselves. As a constant of type RowMapper<Run, …> it compiles only where the entity and Run have the same
 * properties of the same types.
 */
export const rowMapper = <E extends Entity, const K extends keyof E['properties'] = never>(
  entity: E,
  storageOnly: readonly K[] = [],
): RowMapper<Omit<RowOf<E>, K>, E> =>
  new RowMapper(columnsOf(entity).filter(({ key }) => !storageOnly.includes(key as K)));
