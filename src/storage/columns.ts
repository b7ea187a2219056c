import { type EntitySchema, p, Type } from '@mikro-orm/core';
import type { Json } from '../domain/json.ts';
import { type RunFailure, toFailure } from '../domain/run.ts';

type CodecParts<T> = Pick<Codec<T>, 'kind' | 'sqlType' | 'encode' | 'decode'>;

/** How a property is kept in its column. `decode` takes what the driver returns for what `encode` made. */
export class Codec<T = unknown> extends Type<T, unknown> {
  // Not #private: MikroORM copies its types property by property.
  readonly kind: string;
  readonly sqlType: SqlType;
  readonly encode: (value: T) => unknown;
  readonly decode: (stored: unknown) => T;

  constructor({ kind, sqlType, encode, decode }: CodecParts<T>) {
    super();
    this.kind = kind;
    this.sqlType = sqlType;
    this.encode = encode;
    this.decode = decode;
  }

  override getColumnType(): string {
    return this.sqlType;
  }
}

type SqlType = 'text' | 'integer' | 'bigint' | 'blob';

/** What the compiler knows of a column: a property's values (T), and what statements read and write (S). */
export type Kept<T, S> = { readonly value: T; readonly stored: S };

/** A property as its builder leaves it. */
export type Built<T = unknown, S = unknown> = {
  readonly '~type'?: { readonly value: Kept<T, S> };
  readonly '~options': object;
};

type Identified = EntitySchema & { readonly properties: { readonly id: Built<string> } };
type IdOf<E extends Identified> = E['properties']['id'] extends Built<infer T> ? T : never;

/** PostgreSQL's driver returns bigint columns as strings. */
type StoredNumber = number | string;

const same = (value: unknown): unknown => value;

function toNumber(stored: unknown): number {
  const value = Number(stored);
  if (!Number.isFinite(value)) throw new Error(`${String(stored)} is not a number`);
  return value;
}

const texts = <T, S = string>(codec: Omit<CodecParts<T>, 'sqlType'>) =>
  p
    .type(new Codec({ ...codec, sqlType: 'text' }))
    .$type<Kept<T, S>>()
    .ignoreSchemaChanges('collation');
const numbers = <T>(codec: CodecParts<T>) => p.type(new Codec(codec)).$type<Kept<T, StoredNumber>>();

/**
 * Text of any length; unions and brands of strings too: a row only holds what was of that type when it was
 * written. PostgreSQL's migrations give it the collation "C": text is compared and ordered by its bytes, as
 * SQLite does and as every process has to where it locks in the order of ids.
 */
export const text = <T extends string = string>() =>
  texts<T, T>({ kind: 'text', encode: same, decode: (stored) => stored as T });

export const json = <T extends Json | object>() => jsonOf<T>('json', same, (parsed) => parsed as T);

/** A value as the JSON of what `write` makes of it. */
export const jsonOf = <T>(kind: string, write: (value: T) => unknown, read: (parsed: unknown) => T) =>
  texts<T>({
    kind,
    encode: (value) => JSON.stringify(write(value)),
    decode: (stored) => read(JSON.parse(stored as string)),
  });

/** What a graph threw. Rows of earlier versions may hold anything in its place. */
export const failure = () => jsonOf<RunFailure>('failure', toFailure, toFailure);

/** Of at most 32 bits. */
export const integer = () =>
  numbers<number>({ kind: 'integer', sqlType: 'integer', encode: same, decode: toNumber });
export const bigInteger = () =>
  numbers<number>({ kind: 'bigInteger', sqlType: 'bigint', encode: same, decode: toNumber });
export const flag = () =>
  numbers<boolean>({
    kind: 'flag',
    sqlType: 'integer',
    encode: Number,
    decode: (stored) => Number(stored) === 1,
  });

/** Kept in milliseconds since the epoch. */
export const time = () =>
  numbers<Date>({
    kind: 'time',
    sqlType: 'bigint',
    encode: (value) => value.getTime(),
    decode: (stored) => new Date(toNumber(stored)),
  });

/** In the database's own form: see Dialect.vectors. */
export const vector = () =>
  p
    .type(new Codec({ kind: 'vector', sqlType: 'blob', encode: same, decode: same }))
    .$type<Kept<unknown, unknown>>()
    .ignoreSchemaChanges('type');

/** The id of the row that this row is part of, and goes with. */
export const partOf = <E extends Identified, const N extends string>(whole: E, column: N) =>
  p
    .manyToOne(whole)
    .deleteRule('cascade')
    .updateRule('no action')
    .index(false)
    .mapToPk()
    .fieldName(column)
    .$type<Kept<IdOf<E>, IdOf<E>>>()
    .ignoreSchemaChanges('collation');
