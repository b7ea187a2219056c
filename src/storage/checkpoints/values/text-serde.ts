import { DeltaSnapshot, type SerializerProtocol } from '@langchain/langgraph-checkpoint';
import { setOwn } from '../../../domain/json.ts';
import { JsonCopier } from '../../../domain/json-copy.ts';
import { constructible, messageClass } from './message-form.ts';
import { ENTRIES, LEGACY_ESCAPE, MARK } from './stored-value.ts';
import { ValueWriter } from './value-writer.ts';

type Node = Record<string | number, unknown>;
/**
 * Where an object stands, and what is made of it once its members are read; `inMessage`: within a message's
 * fields.
 */
type Place = {
  readonly parent: Node;
  readonly key: string | number;
  readonly inMessage: boolean;
  make: Maker | null;
};
type Maker = (record: Node) => unknown;
/** How a record is read: the object whose members are values, and what is made of it. */
type RecordForm = { readonly members: Node; readonly make: Maker; readonly isMessage?: true };

/**
 * Turns parsed JSON into the value that was written: the records of `ValueWriter`, and those of LangGraph's
 * serializer in older databases, become what they stand for. Everything else is data, whatever it looks like:
 * no class but LangChain's messages is made by name, no module is looked up, no secret read. Changes
 * `stored`; never throws. Reads values of any depth.
 */
function readValue(stored: unknown): unknown {
  const root: Node = [stored] as unknown as Node;
  const places: Place[] = [];
  visit(root, false, places);
  for (const place of places) descend(place, places); // grows as it is walked
  for (let index = places.length - 1; index >= 0; index--) {
    const { parent, key, make } = places[index] as Place;
    if (make !== null) parent[key] = make(parent[key] as Node);
  }
  return root[0];
}

/** Adds the objects among the members. */
function visit(members: Node, inMessage: boolean, places: Place[]): void {
  if (Array.isArray(members)) {
    for (let key = 0; key < members.length; key++) {
      if (typeof members[key] === 'object' && members[key] !== null)
        places.push({ parent: members, key, inMessage, make: null });
    }
    return;
  }
  for (const key of Object.keys(members)) {
    if (typeof members[key] === 'object' && members[key] !== null)
      places.push({ parent: members, key, inMessage, make: null });
  }
}

function descend(place: Place, places: Place[]): void {
  const node = place.parent[place.key] as Node;
  if (place.inMessage && Object.hasOwn(node, LEGACY_ESCAPE) && Object.keys(node).length === 1) {
    place.parent[place.key] = node[LEGACY_ESCAPE]; // data as it stands
    return;
  }
  const form = Object.hasOwn(node, MARK) ? formOf(node) : null;
  if (form !== null) place.make = form.make;
  visit(form?.members ?? node, place.inMessage || form?.isMessage === true, places);
}

function formOf(record: Node): RecordForm | null {
  const { lc, type, id, kwargs, value, args } = record;
  if (lc === 1 && type === 'constructor') {
    const Message = messageClass(id);
    return Message !== undefined && isObject(kwargs)
      ? { members: kwargs, make: makeMessage(Message), isMessage: true }
      : null;
  }
  if (lc !== 2) return null;
  switch (type) {
    case 'undefined':
      return { members: {}, make: () => undefined };
    case 'delta_snapshot':
      return Object.hasOwn(record, 'value')
        ? { members: record, make: (read) => new DeltaSnapshot(read['value']) }
        : null;
    case ENTRIES:
      return isEntries(value)
        ? { members: value as unknown as Node, make: (read) => objectOf(read['value'] as Entries) }
        : null;
    case 'constructor':
      return Array.isArray(args) ? { members: args as unknown as Node, make: makeBuiltIn } : null;
    default:
      return null;
  }
}

/**
 * Fields that a node has set after the constructor, or that were stored by hand, may have shapes at which the
 * constructor throws. LangGraph's reducers would throw at the record as well, in every run: the message is
 * made without them. Where that fails too, it is data.
 */
const makeMessage =
  (Message: NonNullable<ReturnType<typeof messageClass>>): Maker =>
  (record) => {
    const fields = record['kwargs'] as Node;
    for (const kwargs of [{ ...fields }, constructible(fields)]) {
      // copies: constructors change what they get
      try {
        return new Message(kwargs as never);
      } catch {
        // the next, or as data
      }
    }
    return record;
  };

function makeBuiltIn(record: Node): unknown {
  const { id, args, method } = record as {
    readonly id?: unknown;
    readonly args: readonly unknown[];
    readonly method?: unknown;
  };
  if (
    !Array.isArray(id) ||
    id.length !== 1 ||
    !(method === null || method === undefined || method === 'from')
  )
    return record;
  const [first, second] = args;
  switch (id[0]) {
    case 'Set':
      return Array.isArray(first) ? new Set(first) : record;
    case 'Map':
      return Array.isArray(first) && first.every((pair) => Array.isArray(pair) && pair.length === 2)
        ? new Map(first)
        : record;
    case 'RegExp':
      return typeof first === 'string' && typeof second === 'string'
        ? (regExpOf(first, second) ?? record)
        : record;
    case 'Error':
      return typeof first === 'string' ? new Error(first) : record;
    case 'Uint8Array':
      return Array.isArray(first) && first.every(isByte) ? new Uint8Array(first) : record;
    default:
      return record;
  }
}

function regExpOf(source: string, flags: string): RegExp | null {
  try {
    return new RegExp(source, flags);
  } catch {
    return null;
  }
}

type Entries = readonly (readonly [string, unknown])[];

const isEntries = (value: unknown): value is Entries =>
  Array.isArray(value) &&
  value.every((entry) => Array.isArray(entry) && entry.length === 2 && typeof entry[0] === 'string');

function objectOf(entries: Entries): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [key, value] of entries) setOwn(object, key, value);
  return object;
}

const isObject = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isByte = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;

/** Stands in every text that holds a record. */
const HAS_RECORDS = `"${MARK}"`;
/**
 * What LangGraph's serializer wrote, until we refused such values, for one that it couldn't; an item of a
 * list lost its quotes.
 */
const UNWRITTEN = '[unable to serialize, circular reference is too complex to analyze]';

/**
 * Values of the state as text: JSON, in the form of LangGraph's serializer (ADR 0023). `dumps` is
 * synchronous, so that a value is taken as it is at the moment of the put, whatever the graph does with it
 * while the put is written.
 */
export class TextSerde implements SerializerProtocol {
  readonly #writer = new ValueWriter();
  readonly #plain = new JsonCopier();
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();

  /** @throws NotJsonError for a value that could not be read back */
  dumps(value: unknown): string {
    return JSON.stringify(this.#writer.copy(value));
  }

  /**
   * The text of the item at `index` of an array, exactly as it stands within the array's text. @throws
   * NotJsonError
   */
  dumpsItem(item: unknown, index = 0): string {
    return JSON.stringify(this.#writer.copy(item, [index]));
  }

  /** Plain JSON, without records: what the database searches. Leaves undefined out. @throws NotJsonError */
  dumpsPlain(value: object): string {
    return JSON.stringify(this.#plain.copy(value));
  }

  loads(text: string): unknown {
    const stored = parsed(text);
    return text.includes(HAS_RECORDS) ? readValue(stored) : stored;
  }

  /** Each of the texts' values. */
  loadsItems(texts: readonly string[]): unknown[] {
    return this.loads(`[${texts.join(',')}]`) as unknown[];
  }

  async dumpsTyped(value: unknown): Promise<[string, Uint8Array]> {
    return value instanceof Uint8Array ? ['bytes', value] : ['json', this.#encoder.encode(this.dumps(value))];
  }

  async loadsTyped(type: string, data: Uint8Array | string): Promise<unknown> {
    if (type === 'bytes') return typeof data === 'string' ? this.#encoder.encode(data) : data;
    if (type === 'json') return this.loads(typeof data === 'string' ? data : this.#decoder.decode(data));
    throw new Error(`Unknown serialization type: ${type}`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (text === '') return undefined; // a function, in older databases
    const mended = text
      .replaceAll(`"${UNWRITTEN}"`, UNWRITTEN)
      .replaceAll(UNWRITTEN, JSON.stringify(UNWRITTEN));
    if (mended === text) throw error;
    return JSON.parse(mended);
  }
}
