import type { Part } from './list-change.ts';

/** One list of a chain, each the base of the one before; the last has no base. */
export type Link<T> = { readonly parts: readonly Part[]; readonly stored: readonly T[] };
/** `count` items of a list from `start` on, which go to `to` of the result. */
type Stretch = { readonly start: number; readonly count: number; readonly to: number };

/**
 * The items of the chain's first list. It goes down the chain with the stretches that are still open instead of making every list on the
 * way, so that it costs the links plus the items, however long the chain.
 *
 * @throws Error when the chain doesn't hold all of them
 */
export function changedItems<T>(chain: readonly Link<T>[]): T[] {
  const total = (chain[0]?.parts ?? []).reduce((sum: number, part) => sum + (typeof part === 'number' ? part : part[1]), 0);
  const items = new Array<T>(total);
  let open: Stretch[] = total === 0 ? [] : [{ start: 0, count: total, to: 0 }];
  for (const { parts, stored } of chain) {
    const below: Stretch[] = [];
    for (const stretch of open) fill(items, stretch, parts, stored, below);
    open = below;
    if (open.length === 0) return items;
  }
  if (open.length > 0) throw new Error(`A stored list lacks ${open.length} of its stretches`);
  return items;
}

function fill<T>(items: T[], { start, count, to }: Stretch, parts: readonly Part[], stored: readonly T[], below: Stretch[]): void {
  let place = 0;
  let used = 0;
  for (const part of parts) {
    const length = typeof part === 'number' ? part : part[1];
    const from = Math.max(start, place);
    const until = Math.min(start + count, place + length);
    if (from < until) {
      const at = to + from - start;
      if (typeof part !== 'number') below.push({ start: part[0] + from - place, count: until - from, to: at });
      else for (let index = from; index < until; index++) items[at + index - from] = stored[used + index - place] as T;
    }
    if (typeof part === 'number') used += length;
    place += length;
  }
}
