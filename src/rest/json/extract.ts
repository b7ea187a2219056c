import { isJsonObject, type Json } from '../../domain/json.ts';

/** Members of a thread that `extract` may look into (protocol.md §2.1). */
export const EXTRACT_ROOTS = ['values', 'metadata', 'config', 'interrupts'] as const;
export type ExtractRoot = (typeof EXTRACT_ROOTS)[number];
/** A way into a thread: names of members, and places in lists, which count from the end where they are negative. */
export type ExtractPath = { readonly root: ExtractRoot; readonly steps: readonly (string | number)[] };

/** Reads a path such as `values.messages[-1].content`; null when it is none. */
export function parseExtractPath(path: string): ExtractPath | null {
  const [, root, rest = ''] = /^(\w+)((?:\.[^.[\]]+|\[-?\d+\])*)$/.exec(path) ?? [];
  if (root === undefined || !isRoot(root)) return null;
  const steps = [...rest.matchAll(/\.([^.[\]]+)|\[(-?\d+)\]/g)].map(([, name, place]) =>
    place === undefined ? (name ?? '') : Number(place),
  );
  return { root, steps };
}

/** What is at the end of the way; null where it leads nowhere. */
export function extracted(members: Readonly<Record<ExtractRoot, Json>>, { root, steps }: ExtractPath): Json {
  let found: Json | undefined = members[root];
  for (const step of steps) {
    if (typeof step === 'number') found = Array.isArray(found) ? (found.at(step) as Json | undefined) : undefined;
    else found = isJsonObject(found) && Object.hasOwn(found, step) ? found[step] : undefined;
  }
  return found ?? null;
}

const isRoot = (name: string): name is ExtractRoot => (EXTRACT_ROOTS as readonly string[]).includes(name);
