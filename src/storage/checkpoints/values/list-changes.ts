/** An item that is its own identity: equal ones are the same item. */
export type Scalar = string | number | boolean | null;

/**
 * One stored item of a list that is not a scalar, typically a message. Every list that contains the item, in
 * every checkpoint, holds the same Slot, which is how a list is recognised as a change of another without
 * comparing contents.
 *
 * It starts *encoded* (`text` set, from the graph's own object), becomes *revived* when it is first handed
 * out (`value` set: what a read of `text` gives, so that memory hands out exactly what the database would),
 * and loses `text` once the watch has taken `hash`.
 */
export class Slot {
  /** Length of its JSON. */
  readonly size: number;
  text: string | null;
  /** The graph's own object, held for the watch until the item is revived. */
  own: object | null;
  /** What is handed out; undefined: not revived yet. */
  value: { readonly item: unknown } | undefined;
  /** Of the JSON of `value`; null: not taken. */
  hash: number | null = null;
  /** One of its objects was changed in place and isn't this item any more. */
  isSpoilt = false;

  constructor(size: number, text: string | null, own: object | null, value?: { readonly item: unknown }) {
    this.size = size;
    this.text = text;
    this.own = own;
    this.value = value;
  }
}

export type Item = Slot | Scalar;

export const isScalar = (value: unknown): value is Scalar =>
  value === null ||
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value));

/**
 * Arrays, not empty, whose items each have a form of their own in JSON; any other array (sparse, with
 * undefined, …) is stored as one value.
 */
export function isList(value: unknown): value is readonly (object | Scalar)[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  // visits holes too, as undefined
  for (const item of value) if (!isScalar(item) && typeof item !== 'object') return false;
  return true;
}

/**
 * Knows the slots of objects that were stored from here or handed out from here; holds none of these objects
 * alive.
 */
export class SlotRegistry {
  readonly #slots = new WeakMap<object, Slot>();

  of(item: object): Slot | undefined {
    return this.#slots.get(item);
  }

  /**
   * Each item's slot; scalars, and objects that have none, are themselves.
   *
   * @param alike a list that probably begins alike: comparing with its items is much cheaper than looking
   * each object up
   */
  resolve(list: readonly (object | Scalar)[], alike: readonly Item[]): (Item | object)[] {
    return list.map((item, index) => {
      if (isScalar(item)) return item;
      const like = alike[index];
      if (like instanceof Slot && !like.isSpoilt && (like.own === item || like.value?.item === item))
        return like;
      return this.#slots.get(item) ?? item;
    });
  }

  bind(item: object, slot: Slot): void {
    this.#slots.set(item, slot);
  }

  /** The object isn't what was stored any more: the next put that contains it stores it anew. */
  forget(item: object): void {
    this.#slots.delete(item);
  }
}

/**
 * How a list is made from an older one, its base, in order: `[start, count]` takes that stretch of the base,
 * a number takes as many of the items that are stored with the change.
 */
export type Part = readonly [start: number, count: number] | number;

/**
 * An object that is not an item matches none of the base. Appends cost nothing but their items; an edit, a
 * removal or a move costs the items that the base doesn't have. Linear time.
 */
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
      while (
        index + count < next.length &&
        start + count < base.length &&
        base[start + count] === next[index + count]
      )
        count++;
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
    if (typeof part === 'number')
      for (let index = 0; index < count; index++) stored.push(next[place + index] as T);
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
    if (start + count > source.length)
      throw new Error(`A stored list refers to items ${start} to ${start + count} of ${source.length}`);
    for (let index = start; index < start + count; index++) items.push(source[index] as T);
    if (typeof part === 'number') used += count;
  }
  return items;
}

/** How many items the parts take from the base. */
export const reused = (parts: readonly Part[]): number =>
  parts.reduce((sum: number, part) => sum + (typeof part === 'number' ? 0 : part[1]), 0);

/** One list of a chain, each the base of the one before; the last has no base. */
export type Link<T> = { readonly parts: readonly Part[]; readonly stored: readonly T[] };
/** `count` items of a list from `start` on, which go to `to` of the result. */
type Stretch = { readonly start: number; readonly count: number; readonly to: number };

/**
 * The items of the chain's first list. It goes down the chain with the stretches that are still open instead
 * of making every list on the way, so that it costs the links plus the items, however long the chain.
 *
 * @throws Error when the chain doesn't hold all of them
 */
export function changedItems<T>(chain: readonly Link<T>[]): T[] {
  const total = (chain[0]?.parts ?? []).reduce(
    (sum: number, part) => sum + (typeof part === 'number' ? part : part[1]),
    0,
  );
  const items = new Array<T>(total);
  let open: Stretch[] = total === 0 ? [] : [{ start: 0, count: total, to: 0 }];
  for (const { parts, stored } of chain) {
    const below: Stretch[] = [];
    for (const stretch of open) fill(items, stretch, parts, stored, below);
    open = below;
    if (open.length === 0) return items;
  }
  if (open.length > 0) throw new Error(`A stored list is missing ${open.length} of its segments`);
  return items;
}

function fill<T>(
  items: T[],
  { start, count, to }: Stretch,
  parts: readonly Part[],
  stored: readonly T[],
  below: Stretch[],
): void {
  let place = 0;
  let used = 0;
  for (const part of parts) {
    const length = typeof part === 'number' ? part : part[1];
    const from = Math.max(start, place);
    const until = Math.min(start + count, place + length);
    if (from < until) {
      const at = to + from - start;
      if (typeof part !== 'number')
        below.push({ start: part[0] + from - place, count: until - from, to: at });
      else
        for (let index = from; index < until; index++)
          items[at + index - from] = stored[used + index - place] as T;
    }
    if (typeof part === 'number') used += length;
    place += length;
  }
}
