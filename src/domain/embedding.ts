import { isJsonObject, type Json } from './json.ts';

/**
 * The texts that a path finds in a value, which is what gets vectors. Paths are those of LangGraph's stores:
 * `$` is the whole value as JSON; `a.b` goes into objects, `a[0]`, `a[-1]` and `a[*]` into arrays, `*` into
 * every member, `{a,b.c}` picks several members. Numbers and booleans count as their text, objects and arrays
 * as their JSON; null and what isn't there as nothing.
 */
export function textsAtPath(value: Json, path: string): string[] {
  if (path === '' || path === '$') return [jsonText(value)];
  const tokens = tokensOf(path);
  const whole = tokens[0] === '$' ? [jsonText(value)] : [];
  return [...whole, ...textsAt(value, tokens)];
}

const jsonText = (value: Json): string => JSON.stringify(value, null, 2);

/** `a.b[0].{c,d}` in its parts, brackets and braces with what is in them. */
export const tokensOf = (path: string): string[] => path.match(/\[[^\]]*\]?|\{[^}]*\}?|[^.[{]+/g) ?? [];

function textsAt(value: Json | undefined, [token, ...rest]: readonly string[]): string[] {
  if (token === undefined) return textOf(value);
  if (token.startsWith('[')) return itemsOf(value, token.slice(1, -1)).flatMap((item) => textsAt(item, rest));
  if (token.startsWith('{')) return pick(value, token.slice(1, -1));
  if (token === '*') return membersOf(value).flatMap((member) => textsAt(member, rest));
  return isObject(value) && token in value ? textsAt((value as Record<string, Json>)[token], rest) : [];
}

const isObject = (value: Json | undefined): value is object & Json =>
  typeof value === 'object' && value !== null;

function textOf(value: Json | undefined): string[] {
  if (value === null || value === undefined) return [];
  return [typeof value === 'object' ? jsonText(value) : String(value)];
}

function itemsOf(value: Json | undefined, index: string): readonly Json[] {
  if (!Array.isArray(value)) return [];
  if (index === '*') return value;
  const item = value.at(Number.parseInt(index, 10));
  return item === undefined || Number.isNaN(Number.parseInt(index, 10)) ? [] : [item];
}

/** A selection ends its path: what comes behind it doesn't count. */
const pick = (value: Json | undefined, fields: string): string[] =>
  isJsonObject(value) || Array.isArray(value)
    ? fields.split(',').flatMap((field) => textOf(memberAt(value, tokensOf(field.trim()))))
    : [];

const memberAt = (value: Json | undefined, tokens: readonly string[]): Json | undefined =>
  tokens.length === 0
    ? undefined
    : tokens.reduce<Json | undefined>(
        (at, token) => (isObject(at) && token in at ? (at as Record<string, Json>)[token] : undefined),
        value,
      );

function membersOf(value: Json | undefined): readonly Json[] {
  if (Array.isArray(value)) return value;
  return isJsonObject(value) ? Object.values(value) : [];
}

export type Vector = readonly number[];

/** Cosine of the angle between two vectors of the same length; 0 when one of them has no direction. */
export function cosineSimilarity(left: Vector, right: Vector): number {
  let dot = 0;
  let leftSquares = 0;
  let rightSquares = 0;
  for (let index = 0; index < right.length; index++) {
    const a = left[index] ?? 0;
    const b = right[index] ?? 0;
    dot += a * b;
    leftSquares += a * a;
    rightSquares += b * b;
  }
  const lengths = Math.sqrt(leftSquares) * Math.sqrt(rightSquares);
  return lengths === 0 ? 0 : dot / lengths;
}
