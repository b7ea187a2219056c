import { INTERRUPT, RESUME, TASKS } from '@langchain/langgraph-checkpoint';
import { NotJsonError } from '../../../domain/json-copy.ts';
import {
  changeOf,
  type Item,
  isList,
  isScalar,
  type Part,
  reused,
  type Scalar,
  Slot,
  type SlotRegistry,
  storedWith,
} from './list-changes.ts';
import { type ListInside, ROW_BYTES, StoredList, StoredPlain, type StoredValue } from './stored-value.ts';
import type { TextSerde } from './text-serde.ts';

/**
 * A graph put a value that could not be read back. Nothing of that checkpoint is stored; the one before
 * stays.
 */
class UnstorableValueError extends Error {
  override readonly name = 'UnstorableValueError';

  constructor(place: string, cause: NotJsonError) {
    super(`${place}: ${cause.message}`, { cause });
  }
}

/** What LangGraph's own channels carry. */
const CARRIED: ReadonlyMap<string, string> = new Map([
  [INTERRUPT, 'interrupt'],
  [RESUME, 'resume'],
  [TASKS, 'Send'],
  ['__return__', 'result'],
]);

/**
 * Names of channels come from code too: the target of a node's goto is one. PostgreSQL's texts can't hold
 * every character. @throws UnstorableValueError
 */
export function requireStorableName(channel: string): void {
  if (channel.includes('\0'))
    throw new UnstorableValueError(
      `channel ${JSON.stringify(channel)}`,
      new NotJsonError('a name with a NUL character', []),
    );
}

/** Runs `encode`, whose refusals then name the channel. @throws UnstorableValueError */
const ofChannel = <T>(channel: string, encode: () => T): T =>
  located(CARRIED.get(channel) ?? `channel ${channel}`, encode);

/** The same for what no channel holds. @throws UnstorableValueError */
export function located<T>(place: string, encode: () => T): T {
  try {
    return encode();
  } catch (error) {
    throw error instanceof NotJsonError ? new UnstorableValueError(place, error) : error;
  }
}

/** A list whose chain of rows is longer than this many times its own size is written whole. */
const MAX_CHAIN_FACTOR = 2;
/**
 * How deep lists are looked for in a value: an array of Sends, a Send, its state, the list in it, and one to
 * spare.
 */
const MAX_DEPTH = 5;
/** Longer arrays, and wider objects, are not searched. */
const MAX_WIDTH = 256;

type ListValue = readonly (object | Scalar)[];
type Change = { readonly base: StoredList; readonly parts: readonly Part[] };
/** Of an object or an array. */
type Children = Record<string, unknown>;
type PlainObject = { readonly [key: string]: unknown };

/**
 * Serialises values, each item of a list once. Synchronous: it takes the values as they are when it is
 * called.
 */
export class ValueEncoder {
  readonly #serde: TextSerde;
  readonly #slots: SlotRegistry;

  constructor(serde: TextSerde, slots: SlotRegistry) {
    this.#serde = serde;
    this.#slots = slots;
  }

  /**
   * Encodes the values of channels.
   *
   * @param own what the channel held in the parent checkpoint, the likely base of its list
   * @param known lists that are stored, or will be before these values are
   * @throws UnstorableValueError for the first value that could not be read back
   */
  encodeChannels(
    channels: ReadonlyMap<string, unknown>,
    own: (channel: string) => StoredValue | undefined,
    known: readonly StoredList[],
  ): Map<string, StoredValue> {
    const encoded = new Map<string, StoredValue>();
    const lists = [...known];
    for (const [channel, value] of channels) {
      if (channel === TASKS) continue;
      const before = own(channel);
      const list = ofChannel(channel, () =>
        this.#encodeIfList(value, before instanceof StoredList ? before : undefined, known),
      );
      if (list === null) continue;
      encoded.set(channel, list);
      lists.unshift(list); // what a Send carries is the state as it is now
    }
    for (const [channel, value] of channels)
      if (!encoded.has(channel)) encoded.set(channel, this.encodePlain(channel, value, lists));
    return encoded;
  }

  /** @throws UnstorableValueError */
  encodePlain(channel: string, value: unknown, known: readonly StoredList[]): StoredPlain {
    return ofChannel(channel, () => this.#encodePlain(value, known));
  }

  #encodePlain(value: unknown, known: readonly StoredList[]): StoredPlain {
    if (value instanceof Uint8Array) return new StoredPlain('bytes', Buffer.from(value).toString('base64'));
    const inside: ListInside[] = [];
    return this.#explained(value, () => {
      const rest = known.length === 0 ? value : this.#withoutKnown(value, [], known, inside);
      return new StoredPlain('json', this.#serde.dumps(rest), inside);
    });
  }

  #encodeIfList(
    value: unknown,
    own: StoredList | undefined,
    known: readonly StoredList[],
  ): StoredList | null {
    return this.#explained(value, () =>
      isList(value) && !isSend(value[0]) ? this.#encodeList(value, own, known) : null,
    );
  }

  /**
   * Where a value can't be stored, the whole of it says why and at which place: not what is left of it
   * without its known lists, nor a getter's own error.
   */
  #explained<T>(value: unknown, encode: () => T): T {
    try {
      return encode();
    } catch (error) {
      this.#serde.dumps(value);
      throw error;
    }
  }

  #encodeList(value: ListValue, own: StoredList | undefined, known: readonly StoredList[]): StoredList {
    const items = this.#slots
      .resolve(value, own?.items ?? [])
      .map((item, index) => this.#itemOf(item, index));
    const size = items.reduce((sum: number, item) => sum + sizeOf(item), 0);
    const change = bestChange(items, own, known);
    if (change !== null) {
      const { base, parts } = change;
      const data = this.#textOf(storedWith(parts, value), storedWith(parts, items));
      const chainSize = base.chainSize + data.length + ROW_BYTES;
      if (chainSize <= MAX_CHAIN_FACTOR * (size + ROW_BYTES)) {
        return new StoredList(items, { size, chainSize }, { change: { base, parts, data } });
      }
    }
    const data = this.#textOf(value, items);
    return new StoredList(
      items,
      { size, chainSize: size + ROW_BYTES },
      { change: { base: null, parts: [items.length], data } },
    );
  }

  #itemOf(item: Item | object, index: number): Item {
    if (item instanceof Slot || isScalar(item)) return item;
    const known = this.#slots.of(item); // the second time that it stands in this very list
    if (known !== undefined) return known;
    const text = this.#serde.dumpsItem(item, index);
    const slot = new Slot(text.length + 1, text, item);
    this.#slots.bind(item, slot);
    return slot;
  }

  #textOf(values: ListValue, items: readonly Item[]): string {
    const texts = items.map((item, index) =>
      item instanceof Slot && item.text !== null ? item.text : this.#serde.dumpsItem(values[index]),
    );
    return `[${texts.join(',')}]`;
  }

  /**
   * `value` with every list that has a known beginning cut down to what is new in it, and that noted in
   * `inside`. Copies what it changes.
   */
  #withoutKnown(
    value: unknown,
    path: ListInside['path'],
    known: readonly StoredList[],
    inside: ListInside[],
  ): unknown {
    if (isList(value)) {
      const [first] = this.#slots.resolve(value.slice(0, 1), []);
      const alike = first instanceof Slot ? known.find((list) => list.items[0] === first) : undefined;
      const change =
        alike === undefined ? null : bestChange(this.#slots.resolve(value, alike.items), undefined, known);
      if (change !== null) {
        inside.push({ path, ...change });
        return storedWith(change.parts, value);
      }
    }
    if (path.length >= MAX_DEPTH) return value;
    if (Array.isArray(value))
      return this.#childrenWithoutKnown([...value] as unknown as Children, path, known, inside, value);
    if (isSend(value)) return this.#childrenWithoutKnown(plainSend(value), path, known, inside, value);
    if (isPlainObject(value)) return this.#childrenWithoutKnown({ ...value }, path, known, inside, value);
    return value;
  }

  #childrenWithoutKnown(
    copy: Children,
    path: ListInside['path'],
    known: readonly StoredList[],
    inside: ListInside[],
    original: unknown,
  ): unknown {
    const keys = Object.keys(copy);
    if (keys.length > MAX_WIDTH) return original;
    const before = inside.length;
    for (const key of keys) {
      const child = copy[key];
      if (typeof child === 'object' && child !== null)
        copy[key] = this.#withoutKnown(child, [...path, key], known, inside);
    }
    return inside.length === before ? original : copy;
  }
}

const sizeOf = (item: Item): number => (item instanceof Slot ? item.size : String(item).length + 1);

/**
 * The change that takes most items from a base: from the channel's own, or from another list with the same
 * beginning. Null: none takes any.
 */
function bestChange(
  items: readonly (Item | object)[],
  own: StoredList | undefined,
  known: readonly StoredList[],
): Change | null {
  let best: (Change & { readonly gain: number }) | null = null;
  for (const base of own === undefined ? known : [own, ...known.filter((list) => list !== own)]) {
    if (base !== own && (base.items[0] !== items[0] || !(items[0] instanceof Slot))) continue;
    const parts = changeOf(base.items, items);
    const gain = reused(parts);
    if (gain > (best?.gain ?? 0)) best = { base, parts, gain };
    if (gain === items.length) break;
  }
  return best;
}

type SendLike = {
  readonly lg_name: 'Send';
  readonly node: string;
  readonly args: unknown;
  readonly timeout?: unknown;
};

/** Never an object of data, which may have any members. */
const isSend = (value: unknown): value is SendLike =>
  typeof value === 'object' &&
  value !== null &&
  !hasPlainPrototype(value) &&
  'lg_name' in value &&
  value.lg_name === 'Send';

/** A Send as LangGraph's serializer writes it. */
const plainSend = ({ node, args, timeout }: SendLike): Record<string, unknown> =>
  timeout === undefined ? { node, args } : { node, args, timeout };

function isPlainObject(value: unknown): value is PlainObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    hasPlainPrototype(value) &&
    typeof (value as PlainObject)['toJSON'] !== 'function'
  );
}

function hasPlainPrototype(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
