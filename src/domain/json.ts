/** A JSON value, as it crosses the API and as it is stored. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** As an own property, whatever its name: assigning to `__proto__` would set the prototype. */
export function setOwn<T>(target: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

/**
 * Steps that a place's text shows, and characters of each of them: paths and keys may be as long as a
 * request's body.
 */
const MAX_STEPS = 12;
const MAX_KEY = 64;

const IDENTIFIER = /^[A-Za-z_$][\w$-]*$/;

/** A place within a JSON value: `[0].artifact.rows[0].id`, `data["a key"]`; '' is the value itself. */
export function textOfPath(path: readonly (string | number)[]): string {
  const shown = path.slice(0, MAX_STEPS).map((step, index) => textOfStep(step, index === 0));
  return shown.join('') + (path.length > MAX_STEPS ? '…' : '');
}

function textOfStep(step: string | number, isFirst: boolean): string {
  if (typeof step === 'number') return `[${step}]`;
  const key = step.length > MAX_KEY ? `${step.slice(0, MAX_KEY)}…` : step;
  if (!IDENTIFIER.test(step)) return `[${JSON.stringify(key)}]`;
  return isFirst ? key : `.${key}`;
}

/**
 * Lists and objects inside of each other that clients may send. Deeper JSON is refused where it enters:
 * whatever walks a value by recursion would run out of stack on a hostile one.
 */
export const MAX_JSON_DEPTH = 200;
/** The same for values that graphs make: what clients sent, with room for what a graph wraps around it. */
export const MAX_VALUE_DEPTH = 250;

type Step = string | number;

/**
 * The place of the first list or object that is nested deeper than `levels`; null: there is none. Walks at
 * most `levels` deep.
 */
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
  `JSON must not be nested deeper than ${MAX_JSON_DEPTH} levels (exceeded at ${textOfPath(path)})`;

/**
 * Containment as of PostgreSQL's `@>`: each key of an object is in the value with a value that contains its
 * own, each item of a list is contained in some item of the value's list, in whatever order and number;
 * anything else is equal.
 */
export function containsJson(value: Json, filter: JsonObject): boolean {
  return contains(value, filter);
}

function contains(value: Json | undefined, wanted: Json): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(value) && wanted.every((item: Json) => value.some((found: Json) => contains(found, item)))
    );
  if (!isJsonObject(wanted)) return value === wanted;
  if (!isJsonObject(value)) return false;
  return Object.entries(wanted).every(
    ([key, item]) => Object.hasOwn(value, key) && contains(value[key], item),
  );
}
