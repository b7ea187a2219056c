import { UnderscoreNamingStrategy } from '@mikro-orm/core';
import { DamagedRowError, markDamaged } from '../domain/damage.ts';
import { type Built, Codec } from './columns.ts';

/** An entity whose properties are made by columns.ts. */
export type Entity = { readonly tableName: string; readonly properties: Readonly<Record<string, unknown>> };

type ValueOf<B> = B extends Built<infer T> ? T | (B['~options'] extends { readonly nullable: true } ? null : never) : never;

/** What an entity's rows are to the rest of the program. */
export type RowOf<E extends Entity> = { readonly [K in keyof E['properties']]: ValueOf<E['properties'][K]> };

/** One property of an entity and its column. */
export type Column = {
  readonly key: string;
  readonly name: string;
  readonly isNullable: boolean;
  /** The codec's. */
  readonly kind: string;
  readonly encode: (value: unknown) => unknown;
  readonly decode: (stored: unknown) => unknown;
};

type Options = { readonly kind?: string; readonly type?: unknown; readonly fieldName?: string; readonly nullable?: boolean };

const naming = new UnderscoreNamingStrategy(); // MikroORM's own default

/** To be called before MikroORM is initialised with the entity: it turns the properties into something else. */
export const columnsOf = ({ properties }: Entity): Column[] =>
  Object.entries(properties).map(([key, options]) => columnOf(key, options as Options));

function columnOf(key: string, { kind: relation, type, fieldName, nullable: isNullable = false }: Options): Column {
  const name = fieldName ?? naming.propertyToColumnName(key);
  if (relation !== undefined) return { key, name, isNullable, kind: 'id', encode: same, decode: same };
  if (!(type instanceof Codec)) throw new TypeError(`The property ${key} has no codec`);
  const { kind, encode, decode } = type;
  if (!isNullable) return { key, name, isNullable, kind, encode, decode };
  return {
    key,
    name,
    isNullable,
    kind,
    encode: (value) => (value === null ? null : encode(value)),
    decode: (stored) => (stored === null ? null : decode(stored)),
  };
}

const same = (value: unknown): unknown => value;

/** Maps objects of a type to the rows of one table and back. */
export class RowMapper<in out T extends object> {
  readonly #columns: readonly Column[];
  /** The columns' names, as a select or insert lists them. */
  readonly columnList: string;
  readonly width: number;

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
    this.columnList = columns.map(({ name }) => name).join(', ');
    this.width = columns.length;
  }

  /** Never throws: a column that can't be read makes the object a damaged one (see markDamaged), which is no fault of the rows read with it. */
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

  /** A row whose columns are all null. */
  get emptyRow(): Record<string, unknown> {
    return Object.fromEntries(this.#columns.map(({ name }) => [name, null]));
  }

  toRow(value: T): Record<string, unknown> {
    return Object.fromEntries(this.#columns.map(({ key, name, encode }) => [name, encode(value[key as keyof T])]));
  }

  /** The parameters of a row, in the order of `columnList`. */
  toParams(value: T): unknown[] {
    return this.#columns.map(({ key, encode }) => encode(value[key as keyof T]));
  }

  /** `a = ?, b = ?` for the properties that `patch` has; null when it has none. */
  assignments(patch: Partial<T>): { readonly text: string; readonly params: unknown[] } | null {
    const set = this.#columns.filter(({ key }) => patch[key as keyof T] !== undefined);
    if (set.length === 0) return null;
    return {
      text: set.map(({ name }) => `${name} = ?`).join(', '),
      params: set.map(({ key, encode }) => encode(patch[key as keyof T])),
    };
  }
}

/**
 * The mapper of an entity's rows, but for the properties in `storageOnly`, which statements read and write by themselves. As a constant of type
 * RowMapper<Run> it compiles only where the entity and Run have the same properties of the same types.
 */
export const rowMapper = <E extends Entity, const K extends keyof E['properties'] = never>(
  entity: E,
  storageOnly: readonly K[] = [],
): RowMapper<Omit<RowOf<E>, K>> => new RowMapper(columnsOf(entity).filter(({ key }) => !storageOnly.includes(key as K)));
