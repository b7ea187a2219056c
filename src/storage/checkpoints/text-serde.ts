import type { SerializerProtocol } from '@langchain/langgraph-checkpoint';
import { JsonCopier } from '../../domain/json-copy.ts';
import { readValue } from './value-reader.ts';
import { MARK } from './value-records.ts';
import { ValueWriter } from './value-writer.ts';

/** Stands in every text that holds a record. */
const HAS_RECORDS = `"${MARK}"`;
/** What LangGraph's serializer wrote, until we refused such values, for one that it couldn't; an item of a list lost its quotes. */
const UNWRITTEN = '[unable to serialize, circular reference is too complex to analyze]';

/**
 * Values of the state as text: JSON, in the form of LangGraph's serializer (ADR 0023). `dumps` is synchronous, so that a value is taken as
 * it is at the moment of the put, whatever the graph does with it while the put is written.
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

  /** The text of the item at `index` of an array, exactly as it stands within the array's text. @throws NotJsonError */
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
    const mended = text.replaceAll(`"${UNWRITTEN}"`, UNWRITTEN).replaceAll(UNWRITTEN, JSON.stringify(UNWRITTEN));
    if (mended === text) throw error;
    return JSON.parse(mended);
  }
}
