import { isJsonObject, type Json } from './json.ts';

const endsInHalf = (text: string): boolean => (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800;

/** The text without the first half of a surrogate pair at its end: half an emoji, whose other half never came. */
export const withoutHalf = (text: string): string => (endsInHalf(text) ? text.slice(0, -1) : text);

export type Split = { readonly ready: Json; readonly held: Json | null };

/** Divides streamed content before a surrogate pair of which only the first half has come. `held` is to be joined with what comes next (addContent). */
export function splitAtHalf(content: Json): Split {
  if (typeof content === 'string') {
    return endsInHalf(content) ? { ready: content.slice(0, -1), held: content.slice(-1) } : { ready: content, held: null };
  }
  if (!Array.isArray(content)) return { ready: content, held: null };
  const held = content.flatMap(heldOf);
  return held.length === 0 ? { ready: content, held: null } : { ready: content.map(readyOf), held };
}

/** What says which block another one continues. */
const NAMES: ReadonlySet<string> = new Set(['type', 'index', 'id']);

const isCut = ([key, value]: readonly [string, Json]): boolean => !NAMES.has(key) && typeof value === 'string' && endsInHalf(value);

function heldOf(block: Json): Json[] {
  if (!isJsonObject(block)) return [];
  const members = Object.entries(block);
  const cut = members.filter(isCut).map(([key, value]) => [key, String(value).slice(-1)] as const);
  if (cut.length === 0) return [];
  return [{ ...Object.fromEntries(members.filter(([key]) => NAMES.has(key))), ...Object.fromEntries(cut) }];
}

function readyOf(block: Json): Json {
  if (!isJsonObject(block)) return block;
  return Object.fromEntries(Object.entries(block).map((member) => (isCut(member) ? [member[0], String(member[1]).slice(0, -1)] : member)));
}
