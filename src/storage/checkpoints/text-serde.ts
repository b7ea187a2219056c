import { JsonPlusSerializer } from '@langchain/langgraph-checkpoint';

/** What `loads` would change when it revives: LangChain's objects, and whatever else has no form of its own in JSON. */
const REVIVED = '"lc"';

/**
 * LangGraph's serializer with its text where the library gives bytes. `dumps` is synchronous, so that a value is taken as it is at the
 * moment of the put, whatever the graph does with it while the put is written.
 */
export class TextSerde extends JsonPlusSerializer {
  readonly #decoder = new TextDecoder();

  /** JSON that `loads` turns back into what any LangGraph checkpointer would. */
  dumps(value: unknown): string {
    return this.#decoder.decode(this._dumps(value));
  }

  /** The text of one item of an array, exactly as it stands within the array's text (which differs for undefined, and for bytes). */
  dumpsItem(item: unknown): string {
    return this.dumps([item]).slice(1, -1);
  }

  async loads(text: string): Promise<unknown> {
    return text.includes(REVIVED) ? this._loads(text) : JSON.parse(text);
  }

  /** Revives each of the texts. */
  async loadsItems(texts: readonly string[]): Promise<unknown[]> {
    return (await this.loads(`[${texts.join(',')}]`)) as unknown[];
  }
}
