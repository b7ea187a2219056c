import { textOfPath } from './json-path.ts';

/** Lists and objects inside of each other that clients may send. Deeper JSON is refused where it enters: whatever walks a value by recursion would run out of stack on a hostile one. */
export const MAX_JSON_DEPTH = 200;
/** The same for values that graphs make: what clients sent, with room for what a graph wraps around it. */
export const MAX_VALUE_DEPTH = 250;

type Step = string | number;

/** The place of the first list or object that is nested deeper than `levels`; null: there is none. Walks at most `levels` deep. */
export function placeTooDeep(value: unknown, levels = MAX_JSON_DEPTH): readonly Step[] | null {
  const path: Step[] = [];
  return isTooDeep(value, levels, path) ? path : null;
}

function isTooDeep(value: unknown, levels: number, path: Step[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  const isList = Array.isArray(value);
  for (const key of Object.keys(value)) {
    const member = (value as Readonly<Record<string, unknown>>)[key];
    if (typeof member !== 'object' || member === null) continue;
    path.push(isList ? Number(key) : key);
    if (isTooDeep(member, levels - 1, path)) return true;
    path.pop();
  }
  return false;
}

/** Why a client's JSON is refused, for an error. */
export const tooDeepText = (path: readonly Step[]): string =>
  `JSON values may be nested at most ${MAX_JSON_DEPTH} deep; this one is deeper at ${textOfPath(path)}`;
