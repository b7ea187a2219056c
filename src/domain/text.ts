import { isNamed } from './chunk-merge.ts';
import type { Json } from './json.ts';

/**
 * Characters that a name, id or key may have, and those of longer texts: descriptions, queries, namespaces of
 * checkpoints.
 */
export const MAX_NAME_LENGTH = 1_000;
export const MAX_TEXT_LENGTH = 10_000;

/**
 * What is wrong with a text that names or describes something; null: nothing. Not every database can store
 * the characters that it refuses.
 */
export function textFault(text: string, maxLength: number): string | null {
  if (text.length > maxLength) return `must have at most ${maxLength} characters (got ${text.length})`;
  if (text.includes('\0')) return 'must not contain NUL characters';
  return text.isWellFormed() ? null : 'must be well-formed Unicode (found a lone surrogate)';
}

const endsInHalf = (text: string): boolean => (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800;

/**
 * The text without the first half of a surrogate pair at its end: half an emoji, whose other half never came.
 */
export const withoutHalf = (text: string): string => (endsInHalf(text) ? text.slice(0, -1) : text);

export type Split = { readonly ready: Json; readonly held: Json | null };

/**
 * Divides streamed content before a surrogate pair of which only the first half has come, where the other
 * half may follow: in a text, or in a block that a later chunk can continue. `held` is to be merged with what
 * comes next (mergeContent).
 */
export function splitAtHalf(content: Json): Split {
  if (typeof content === 'string') {
    return endsInHalf(content)
      ? { ready: content.slice(0, -1), held: content.slice(-1) }
      : { ready: content, held: null };
  }
  if (!Array.isArray(content)) return { ready: content, held: null };
  const held = content.flatMap(heldOf);
  return held.length === 0 ? { ready: content, held: null } : { ready: content.map(readyOf), held };
}

/** What says which block another one continues. */
const NAMES: ReadonlySet<string> = new Set(['type', 'index', 'id']);

const isCut = ([key, value]: readonly [string, Json]): boolean =>
  !NAMES.has(key) && typeof value === 'string' && endsInHalf(value);

function heldOf(block: Json): Json[] {
  if (!isNamed(block)) return [];
  const members = Object.entries(block);
  const cut = members.filter(isCut).map(([key, value]) => [key, String(value).slice(-1)] as const);
  if (cut.length === 0) return [];
  return [{ ...Object.fromEntries(members.filter(([key]) => NAMES.has(key))), ...Object.fromEntries(cut) }];
}

function readyOf(block: Json): Json {
  if (!isNamed(block)) return block;
  return Object.fromEntries(
    Object.entries(block).map((member) =>
      isCut(member) ? [member[0], String(member[1]).slice(0, -1)] : member,
    ),
  );
}

/** A text or bytes that are no JSON, or no JSON that can be kept as it is. The message is for who sent it. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';
}

/**
 * The text that bytes are in UTF-8. Throws JsonTextError for what is none: replacing what is wrong would
 * change the data silently.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new JsonTextError('is not valid UTF-8');
  }
}

/** Numbers beyond those of JavaScript have this form; anything else need not be walked. */
const HUGE_NUMBER = /[eE]\+?\d{3}|\d{309}/;

/**
 * JSON.parse, which makes Infinity of numbers that are too large. Throws JsonTextError for these, naming the
 * place, and for invalid JSON.
 */
export function parseJson(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw new JsonTextError(`is not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  const path = HUGE_NUMBER.test(text) ? infinitePath(value) : null;
  if (path !== null)
    throw new JsonTextError(
      `contains a number that is too large${path.length === 0 ? '' : ` at ${path.join('.')}`}`,
    );
  return value;
}

/**
 * Where a number of the value is not finite; null: nowhere. Without recursion: the text decides how deep the
 * value is.
 */
export function infinitePath(value: unknown): readonly string[] | null {
  const open: { readonly value: unknown; readonly key: string; readonly above: number }[] = [
    { value, key: '', above: -1 },
  ];
  for (let at = 0; at < open.length; at += 1) {
    const item = open[at]?.value;
    if (typeof item === 'number' && !Number.isFinite(item)) return pathTo(open, at);
    if (typeof item === 'object' && item !== null)
      for (const [key, member] of Object.entries(item))
        if (typeof member === 'number' || typeof member === 'object')
          open.push({ value: member, key, above: at });
  }
  return null;
}

function pathTo(open: readonly { readonly key: string; readonly above: number }[], end: number): string[] {
  const path: string[] = [];
  for (let at = end; at > 0; at = open[at]?.above ?? 0) path.unshift(open[at]?.key ?? '');
  return path;
}
