import type { Item } from './list-items.ts';

/**
 * How a list is made from an older one, its base, in order: `[start, count]` takes that stretch of the base, a number takes as many of
 * the items that are stored with the change.
 */
export type Part = readonly [start: number, count: number] | number;

/** An object that is no item is like none of the base's. Appends cost nothing but their items; an edit, a removal or a move costs the items that the base doesn't have. Linear time. */
export function changeOf(base: readonly Item[], next: readonly (Item | object)[]): readonly Part[] {
  const shorter = Math.min(base.length, next.length);
  let head = 0;
  while (head < shorter && base[head] === next[head]) head++;
  let tail = 0;
  while (tail < shorter - head && base[base.length - 1 - tail] === next[next.length - 1 - tail]) tail++;
  const parts: Part[] = [];
  if (head > 0) parts.push([0, head]);
  const middle = next.slice(head, next.length - tail);
  if (base.length > head + tail) parts.push(...stretches(base, middle));
  else if (middle.length > 0) parts.push(middle.length);
  if (tail > 0) parts.push([base.length - tail, tail]);
  return parts;
}

function stretches(base: readonly Item[], next: readonly (Item | object)[]): Part[] {
  const places = new Map<Item | object, number>();
  for (let index = base.length - 1; index >= 0; index--) places.set(base[index] as Item, index);
  const parts: Part[] = [];
  for (let index = 0; index < next.length; ) {
    const start = places.get(next[index] as Item | object);
    let count = 0;
    if (start === undefined) {
      while (index + count < next.length && !places.has(next[index + count] as Item | object)) count++;
      parts.push(count);
    } else {
      while (index + count < next.length && start + count < base.length && base[start + count] === next[index + count]) count++;
      parts.push([start, count]);
    }
    index += count;
  }
  return parts;
}

/** The items of `next` that the parts don't take from the base, in order. */
export function storedWith<T>(parts: readonly Part[], next: readonly T[]): readonly T[] {
  const stored: T[] = [];
  let place = 0;
  for (const part of parts) {
    const count = typeof part === 'number' ? part : part[1];
    if (typeof part === 'number') for (let index = 0; index < count; index++) stored.push(next[place + index] as T);
    place += count;
  }
  return stored;
}

/** Undoes `changeOf` and `storedWith`. @throws Error when the parts don't fit */
export function assemble<T>(parts: readonly Part[], base: readonly T[], stored: readonly T[]): T[] {
  const items: T[] = [];
  let used = 0;
  for (const part of parts) {
    const [source, start, count] = typeof part === 'number' ? [stored, used, part] : [base, ...part];
    if (start + count > source.length) throw new Error(`A stored list takes items ${start} to ${start + count} of ${source.length}`);
    for (let index = start; index < start + count; index++) items.push(source[index] as T);
    if (typeof part === 'number') used += count;
  }
  return items;
}

/** How many items the parts take from the base. */
export const reused = (parts: readonly Part[]): number =>
  parts.reduce((sum: number, part) => sum + (typeof part === 'number' ? 0 : part[1]), 0);
