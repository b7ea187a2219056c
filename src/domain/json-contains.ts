import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** True when each key of `filter` is in `value`: objects recursively, anything else equal to the filter's. */
export function containsJson(value: Json, filter: JsonObject): boolean {
  if (!isJsonObject(value)) return false;
  return Object.entries(filter).every(([key, wanted]) => {
    const found = Object.hasOwn(value, key) ? value[key] : undefined;
    if (found === undefined) return false;
    return isJsonObject(wanted) ? containsJson(found, wanted) : equalJson(found, wanted);
  });
}

function equalJson(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (Array.isArray(left) || Array.isArray(right)) return equalArrays(left, right);
  if (!isJsonObject(left) || !isJsonObject(right)) return false;
  return (
    Object.keys(left).length === Object.keys(right).length && Object.entries(left).every(([key, item]) => equalMember(item, right, key))
  );
}

function equalArrays(left: Json, right: Json): boolean {
  if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
  return left.every((item: Json, index) => equalJson(item, right[index]));
}

function equalMember(item: Json, object: JsonObject, key: string): boolean {
  const other = Object.hasOwn(object, key) ? object[key] : undefined;
  return other !== undefined && equalJson(item, other);
}
