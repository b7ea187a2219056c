import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { unreachable } from './unreachable.ts';

export const FILTER_OPERATORS = ['$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$in', '$nin'] as const;
type Operator = (typeof FILTER_OPERATORS)[number];

const isOperator = (key: string): key is Operator => (FILTER_OPERATORS as readonly string[]).includes(key);

/** How two values are compared that are objects or arrays. */
export type Equality =
  /** Never equal, as in LangGraph's InMemoryStore, where an empty object or array as a condition is one without operators: always true. */
  | 'SCALARS'
  /** Equal when they hold the same. */
  | 'DEEP';

/**
 * Does the item's value have, for each key of `filter`, a member that is equal, or for which every operator holds? Numbers, and what
 * `Number()` makes of other values, are what `$gt` and its kin compare: with texts they are never true.
 */
export function matchesFilter(value: JsonObject, filter: JsonObject, equality: Equality): boolean {
  return Object.entries(filter).every(([key, condition]) => holds(value[key], condition, equality));
}

function holds(member: Json | undefined, condition: Json, equality: Equality): boolean {
  const equal = equality === 'DEEP' ? deepEqual : (left: Json | undefined, right: Json): boolean => left === right;
  const operators = operatorsOf(condition, equality);
  if (operators === null) return equal(member, condition);
  return operators.every(([operator, operand]) => {
    switch (operator) {
      case '$eq':
        return equal(member, operand);
      case '$ne':
        return !equal(member, operand);
      case '$gt':
        return Number(member) > Number(operand);
      case '$gte':
        return Number(member) >= Number(operand);
      case '$lt':
        return Number(member) < Number(operand);
      case '$lte':
        return Number(member) <= Number(operand);
      case '$in':
        return Array.isArray(operand) && operand.some((item) => equal(member, item));
      case '$nin':
        return !Array.isArray(operand) || !operand.some((item) => equal(member, item));
      default:
        return unreachable(operator);
    }
  });
}

/** Null: the condition is a value to be equal to. */
function operatorsOf(condition: Json, equality: Equality): (readonly [Operator, Json])[] | null {
  if (typeof condition !== 'object' || condition === null) return null;
  const entries = Object.entries(condition);
  if (entries.length === 0 && equality === 'DEEP') return null;
  return entries.every((entry): entry is [Operator, Json] => isOperator(entry[0])) ? entries : null;
}

function deepEqual(left: Json | undefined, right: Json): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, index) => deepEqual(item, right[index]));
  if (!isJsonObject(left) || !isJsonObject(right)) return false;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => key in right && deepEqual(left[key], right[key] ?? null));
}

/** The first operator of `filter` that there is none of; null: all are known. */
export function unknownOperator(filter: JsonObject): { readonly key: string; readonly operator: string } | null {
  for (const [key, condition] of Object.entries(filter)) {
    const operator = isJsonObject(condition) ? Object.keys(condition).find((name) => name.startsWith('$') && !isOperator(name)) : undefined;
    if (operator !== undefined) return { key, operator };
  }
  return null;
}
