/** An item that is its own identity: equal ones are the same item. */
export type Scalar = string | number | boolean | null;

/**
 * One stored item of a list that is no scalar, a message above all. Every list that contains the item, in every checkpoint, holds the
 * same Slot, which is how a list is recognised as a change of another without comparing contents.
 *
 * It starts *encoded* (`text` set, from the graph's own object), becomes *revived* when it is first handed out (`value` set: what a read
 * of `text` gives, so that memory hands out exactly what the database would), and loses `text` once the watch has taken `hash`.
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
  value === null || typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));

/** Arrays, not empty, whose items each have a form of their own in JSON; any other array (sparse, with undefined, …) is stored as one value. */
export function isList(value: unknown): value is readonly (object | Scalar)[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  for (const item of value) if (!isScalar(item) && typeof item !== 'object') return false; // visits holes too, as undefined
  return true;
}

/** Knows the slots of objects that were stored from here or handed out from here; holds none of these objects alive. */
export class SlotRegistry {
  readonly #slots = new WeakMap<object, Slot>();

  of(item: object): Slot | undefined {
    return this.#slots.get(item);
  }

  /**
   * Each item's slot; scalars, and objects that have none, are themselves.
   *
   * @param alike a list that probably begins alike: comparing with its items is much cheaper than looking each object up
   */
  resolve(list: readonly (object | Scalar)[], alike: readonly Item[]): (Item | object)[] {
    return list.map((item, index) => {
      if (isScalar(item)) return item;
      const like = alike[index];
      if (like instanceof Slot && !like.isSpoilt && (like.own === item || like.value?.item === item)) return like;
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
