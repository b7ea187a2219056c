import { assemble, type Item, Slot, type SlotRegistry } from './list-changes.ts';
import { type ListInside, StoredList, type StoredPlain, type StoredValue } from './stored-value.ts';
import type { TextSerde } from './text-serde.ts';

/**
 * Makes values of what is stored. The items of lists are handed out by reference, the same objects each time;
 * arrays and all other values are created anew, so that callers may change them.
 */
export class ValueDecoder {
  readonly #serde: TextSerde;
  readonly #slots: SlotRegistry;

  constructor(serde: TextSerde, slots: SlotRegistry) {
    this.#serde = serde;
    this.#slots = slots;
  }

  async decode(value: StoredValue): Promise<unknown> {
    return value instanceof StoredList ? this.#list(value) : this.#plain(value);
  }

  async #plain({ type, data, lists }: StoredPlain): Promise<unknown> {
    if (type === 'bytes') return new Uint8Array(Buffer.from(data, 'base64'));
    let value = this.#serde.loads(data);
    for (const list of lists) value = await this.#withList(value, list);
    return value;
  }

  async #withList(value: unknown, { path, base, parts }: ListInside): Promise<unknown> {
    const items = await this.#list(base);
    const key = path.at(-1);
    if (key === undefined) return assemble(parts, items, value as unknown[]);
    let parent = value as Record<string | number, unknown>;
    for (const step of path.slice(0, -1)) parent = parent[step] as Record<string | number, unknown>;
    parent[key] = assemble(parts, items, parent[key] as unknown[]);
    return value;
  }

  async #list({ items }: StoredList): Promise<unknown[]> {
    await this.#revive(items);
    return items.map((item) => (item instanceof Slot ? item.value?.item : item));
  }

  async #revive(items: readonly Item[]): Promise<void> {
    const encoded = items.filter(
      (item): item is Slot & { text: string } => item instanceof Slot && item.value === undefined,
    );
    if (encoded.length === 0) return;
    const revived = this.#serde.loadsItems(encoded.map((slot) => slot.text));
    for (const [index, slot] of encoded.entries()) {
      // by another reader meanwhile: the first one's objects are out already
      if (slot.value !== undefined) continue;
      const item = revived[index];
      slot.value = { item };
      slot.own = null;
      if (typeof item === 'object' && item !== null) this.#slots.bind(item, slot);
    }
  }
}
