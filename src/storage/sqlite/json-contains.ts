import type { Json, JsonObject } from '../../domain/json.ts';
import { containsJson } from '../../domain/json-contains.ts';

/** `containsJson` over JSON texts, as SQLite calls it for row after row with the same filter. */
export function jsonContainsFunction(): (value: unknown, filter: unknown) => number {
  let lastText = '{}';
  let last: JsonObject = {};
  return (value, filter) => {
    const filterText = String(filter);
    if (filterText !== lastText) {
      last = JSON.parse(filterText) as JsonObject;
      lastText = filterText;
    }
    return containsJson(JSON.parse(String(value)) as Json, last) ? 1 : 0;
  };
}
