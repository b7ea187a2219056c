import type { Json } from './json.ts';

/** A text or bytes that are no JSON, or no JSON that can be kept as it is. The message is for who sent it. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';
}

/** The text that bytes are in UTF-8. Throws JsonTextError for what is none: replacing what is wrong would change the data silently. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new JsonTextError('is not valid UTF-8');
  }
}

/** Numbers beyond those of JavaScript have this form; anything else need not be walked. */
const HUGE_NUMBER = /[eE]\+?\d{3}|\d{309}/;

/** JSON.parse, which makes Infinity of numbers that are too large. Throws JsonTextError for these, naming the place, and for what is no JSON. */
export function parseJson(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw new JsonTextError(`is not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const path = HUGE_NUMBER.test(text) ? infinitePath(value) : null;
  if (path !== null) throw new JsonTextError(`has a number that is too large${path.length === 0 ? '' : ` at ${path.join('.')}`}`);
  return value;
}

/** Where a number of the value is not finite; null: nowhere. Without recursion: the text decides how deep the value is. */
export function infinitePath(value: unknown): readonly string[] | null {
  const open: { readonly value: unknown; readonly key: string; readonly above: number }[] = [{ value, key: '', above: -1 }];
  for (let at = 0; at < open.length; at += 1) {
    const item = open[at]?.value;
    if (typeof item === 'number' && !Number.isFinite(item)) return pathTo(open, at);
    if (typeof item === 'object' && item !== null)
      for (const [key, member] of Object.entries(item))
        if (typeof member === 'number' || typeof member === 'object') open.push({ value: member, key, above: at });
  }
  return null;
}

function pathTo(open: readonly { readonly key: string; readonly above: number }[], end: number): string[] {
  const path: string[] = [];
  for (let at = end; at > 0; at = open[at]?.above ?? 0) path.unshift(open[at]?.key ?? '');
  return path;
}
