import { UnderscoreNamingStrategy } from '@mikro-orm/core';
import type { ColumnType } from 'kysely';
import { type Built, Codec } from './columns.ts';

/** An entity whose properties are made by columns.ts. */
export type Entity = { readonly tableName: string; readonly properties: Readonly<Record<string, unknown>> };

type ValueOf<B> =
  B extends Built<infer T> ? T | (B['~options'] extends { readonly nullable: true } ? null : never) : never;

/** What an entity's rows are to the rest of the program. */
export type RowOf<E extends Entity> = { readonly [K in keyof E['properties']]: ValueOf<E['properties'][K]> };

/** What an entity's rows are to statements: a table as Kysely describes it. */
export type TableOf<E extends Entity> = {
  readonly [K in keyof E['properties'] as ColumnOf<K, E['properties'][K]>]: StoredOf<E['properties'][K]>;
};

/** The name of a property's column. */
type ColumnOf<K, B> = B extends Built
  ? B['~options'] extends { readonly fieldName: infer N extends string }
    ? N
    : Snake<K & string>
  : never;
type Snake<S extends string> = S extends `${infer C}${infer Rest}`
  ? `${C extends Lowercase<C> ? C : `_${Lowercase<C>}`}${Snake<Rest>}`
  : '';

type StoredOf<B> =
  B extends Built<unknown, infer S>
    ? B['~options'] extends { readonly nullable: true }
      ? ColumnType<S | null, S | null | undefined, S | null>
      : B['~options'] extends { readonly default: unknown } | { readonly defaultRaw: unknown }
        ? ColumnType<S, S | undefined, S>
        : ColumnType<S, S, S>
    : never;

export type ColumnName<E extends Entity> = keyof TableOf<E> & string;

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

type Options = {
  readonly kind?: string;
  readonly type?: unknown;
  readonly fieldName?: string;
  readonly nullable?: boolean;
};

const naming = new UnderscoreNamingStrategy(); // MikroORM's own default

/**
 * To be called before MikroORM is initialised with the entity: it turns the properties into something else.
 */
export const columnsOf = ({ properties }: Entity): Column[] =>
  Object.entries(properties).map(([key, options]) => columnOf(key, options as Options));

function columnOf(
  key: string,
  { kind: relation, type, fieldName, nullable: isNullable = false }: Options,
): Column {
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
