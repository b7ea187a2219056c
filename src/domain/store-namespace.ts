import type { Namespace } from './store-item.ts';

/** Bytes that a namespace, and a key, may take as JSON: both are part of an index, whose entries PostgreSQL limits. */
export const MAX_NAME_BYTES = 2_000;

/** LangGraph keeps this root label for itself. */
const RESERVED_ROOT = 'langgraph';

/**
 * What is wrong with a namespace that something is to be put into; null: nothing. The rules are those of LangGraph's stores, so that
 * whatever a client puts a graph can read.
 */
export const putNamespaceFault = (namespace: Namespace): string | null => {
  if (namespace.length === 0) return 'must have at least one label';
  if (namespace[0] === RESERVED_ROOT) return `must not begin with "${RESERVED_ROOT}", which LangGraph keeps for itself`;
  return labelFault(namespace);
};

/** The same for a namespace, or part of one, that is only looked for. */
export function labelFault(namespace: Namespace): string | null {
  for (const label of namespace) {
    if (label === '') return 'must not have empty labels';
    const bad = ['.', ':', '\0'].find((character) => label.includes(character));
    if (bad !== undefined)
      return `the label ${JSON.stringify(label)} must not have ${bad === '\0' ? 'NUL characters' : `a "${bad}"`} in it`;
  }
  return nameFault(namespace);
}

/** What is wrong with the length of a namespace or key; null: nothing. */
export function nameFault(name: Namespace | string): string | null {
  const bytes = new TextEncoder().encode(JSON.stringify(name)).length;
  return bytes <= MAX_NAME_BYTES ? null : `must take at most ${MAX_NAME_BYTES} bytes as JSON, but takes ${bytes}`;
}

/** Which namespaces are listed. In `prefix` and `suffix` the label `*` stands for any one label. */
export type NamespacePattern = {
  readonly prefixes: readonly Namespace[];
  readonly suffixes: readonly Namespace[];
  /** Longer ones are cut to so many labels, and each is listed once. */
  readonly maxDepth?: number | undefined;
};

/** Those that match, cut, each once, in the order of LangGraph's InMemoryStore: by the text of their labels joined, as people sort. */
export function listNamespaces(namespaces: readonly Namespace[], { prefixes, suffixes, maxDepth }: NamespacePattern): Namespace[] {
  const matching = namespaces.filter(
    (namespace) =>
      prefixes.every((prefix) => matchesAt(namespace, prefix, 0)) &&
      suffixes.every((suffix) => matchesAt(namespace, suffix, namespace.length - suffix.length)),
  );
  const texts = matching.map((namespace) => (maxDepth === undefined ? namespace : namespace.slice(0, maxDepth)).join(':'));
  // A label holds no colon, so the text tells namespaces apart.
  return [...new Set(texts)].sort((left, right) => left.localeCompare(right)).map((text) => text.split(':'));
}

const matchesAt = (namespace: Namespace, part: Namespace, at: number): boolean =>
  at >= 0 && at + part.length <= namespace.length && part.every((label, index) => label === '*' || label === namespace[at + index]);
