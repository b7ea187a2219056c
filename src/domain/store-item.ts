import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { unreachable } from './unreachable.ts';

/** Where an item of the long-term store is, from its root label on; for example `['memories', 'user-1']`. */
export type Namespace = readonly string[];

/** One memory: a JSON object under a key of a namespace. */
export type StoreItem = {
  readonly namespace: Namespace;
  readonly key: string;
  readonly value: JsonObject;
  readonly createdAt: Date;
  /** Grows with every put, by at least a millisecond. */
  readonly updatedAt: Date;
  /** From when on it is gone; null: it stays. */
  readonly expiresAt: Date | null;
};

/**
 * `score`: how near the item is to the query, 1 for the same direction; null where nothing was asked, or the
 * item has no vectors.
 */
export type FoundItem = StoreItem & { readonly score: number | null };

/**
 * Bytes that a namespace, and a key, may take as JSON: both are part of an index, whose entries PostgreSQL
 * limits.
 */
export const MAX_NAME_BYTES = 2_000;

/** LangGraph keeps this root label for itself. */
const RESERVED_ROOT = 'langgraph';

/**
 * What is wrong with a namespace that something is to be put into; null: nothing. The rules are those of
 * LangGraph's stores, so that whatever a client puts a graph can read.
 */
export const putNamespaceFault = (namespace: Namespace): string | null => {
  if (namespace.length === 0) return 'must contain at least one label';
  if (namespace[0] === RESERVED_ROOT)
    return `must not begin with "${RESERVED_ROOT}", which is reserved for LangGraph`;
  return labelFault(namespace);
};

/** The same for a namespace, or part of one, that is only looked for. */
export function labelFault(namespace: Namespace): string | null {
  for (const label of namespace) {
    if (label === '') return 'must not contain empty labels';
    const bad = ['.', ':', '\0'].find((character) => label.includes(character));
    if (bad !== undefined)
      return `the label ${JSON.stringify(label)} must not contain ${bad === '\0' ? 'NUL characters' : `"${bad}"`}`;
  }
  return nameFault(namespace);
}

/** What is wrong with the length of a namespace or key; null: nothing. */
export function nameFault(name: Namespace | string): string | null {
  const bytes = new TextEncoder().encode(JSON.stringify(name)).length;
  return bytes <= MAX_NAME_BYTES ? null : `must be at most ${MAX_NAME_BYTES} bytes as JSON (got ${bytes})`;
}

/** Which namespaces are listed. In `prefix` and `suffix` the label `*` stands for any one label. */
export type NamespacePattern = {
  readonly prefixes: readonly Namespace[];
  readonly suffixes: readonly Namespace[];
  /** Longer ones are cut to so many labels, and each is listed once. */
  readonly maxDepth?: number | undefined;
};

/**
 * Those that match, cut, each once, in the order of LangGraph's InMemoryStore: by the text of their labels
 * joined, as people sort.
 */
export function listNamespaces(
  namespaces: readonly Namespace[],
  { prefixes, suffixes, maxDepth }: NamespacePattern,
): Namespace[] {
  const matching = namespaces.filter(
    (namespace) =>
      prefixes.every((prefix) => matchesAt(namespace, prefix, 0)) &&
      suffixes.every((suffix) => matchesAt(namespace, suffix, namespace.length - suffix.length)),
  );
  const texts = matching.map((namespace) =>
    (maxDepth === undefined ? namespace : namespace.slice(0, maxDepth)).join(':'),
  );
  // Labels contain no colon, so the text identifies the namespace.
  return [...new Set(texts)].sort((left, right) => left.localeCompare(right)).map((text) => text.split(':'));
}

const matchesAt = (namespace: Namespace, part: Namespace, at: number): boolean =>
  at >= 0 &&
  at + part.length <= namespace.length &&
  part.every((label, index) => label === '*' || label === namespace[at + index]);

export const FILTER_OPERATORS = ['$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$in', '$nin'] as const;
type Operator = (typeof FILTER_OPERATORS)[number];

const isOperator = (key: string): key is Operator => (FILTER_OPERATORS as readonly string[]).includes(key);

/** How two values are compared that are objects or arrays. */
export type Equality =
  /**
   * Never equal, as in LangGraph's InMemoryStore, where an empty object or array as a condition is one
   * without operators: always true.
   */
  | 'SCALARS'
  /** Equal when they hold the same. */
  | 'DEEP';

/**
 * Does the item's value have, for each key of `filter`, a member that is equal, or for which every operator
 * holds? Numbers, and what `Number()` makes of other values, are what `$gt` and its kin compare: with texts
 * they are never true.
 */
export function matchesFilter(value: JsonObject, filter: JsonObject, equality: Equality): boolean {
  return Object.entries(filter).every(([key, condition]) => holds(value[key], condition, equality));
}

function holds(member: Json | undefined, condition: Json, equality: Equality): boolean {
  const equal =
    equality === 'DEEP' ? deepEqual : (left: Json | undefined, right: Json): boolean => left === right;
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
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => key in right && deepEqual(left[key], right[key] ?? null))
  );
}

/** The first operator of `filter` that there is none of; null: all are known. */
export function unknownOperator(
  filter: JsonObject,
): { readonly key: string; readonly operator: string } | null {
  for (const [key, condition] of Object.entries(filter)) {
    const operator = isJsonObject(condition)
      ? Object.keys(condition).find((name) => name.startsWith('$') && !isOperator(name))
      : undefined;
    if (operator !== undefined) return { key, operator };
  }
  return null;
}
