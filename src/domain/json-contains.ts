import { isJsonObject, type Json, type JsonObject } from './json.ts';

/**
 * Containment as of PostgreSQL's `@>`: each key of an object is in the value with a value that contains its own, each item of a list is contained in
 * some item of the value's list, in whatever order and number; anything else is equal.
 */
export function containsJson(value: Json, filter: JsonObject): boolean {
  return contains(value, filter);
}

function contains(value: Json | undefined, wanted: Json): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(value) && wanted.every((item: Json) => value.some((found: Json) => contains(found, item)));
  if (!isJsonObject(wanted)) return value === wanted;
  if (!isJsonObject(value)) return false;
  return Object.entries(wanted).every(([key, item]) => Object.hasOwn(value, key) && contains(value[key], item));
}
