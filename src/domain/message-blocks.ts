import { isNamed } from './chunk-merge.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import type { MessageSoFar } from './message-fold.ts';

/** A part of a message as protocols of content blocks show it. `text` of a call is its arguments. */
export type MessageBlock =
  | { readonly kind: 'text' | 'reasoning'; readonly text: string }
  | { readonly kind: 'call'; readonly text: string; readonly id: string | null; readonly name: string | null }
  | { readonly kind: 'other'; readonly text: ''; readonly block: JsonObject };

/** `added`: what `text` has more than when the block was last shown. */
export type BlockChange = {
  readonly index: number;
  readonly isNew: boolean;
  readonly block: MessageBlock;
  readonly added: string;
};

/** How a protocol shows a block of the content; null: not at all. */
export type ShownAs = (block: JsonObject) => MessageBlock | null;

/** A block of the fold, as it was seen last. */
type Seen = { readonly json: Json; readonly index: number; readonly length: number };

/**
 * A growing message as blocks, numbered in the order in which they began. Content that models stream in
 * blocks which no chunk can continue is one block while it follows itself; what names its block, by an index
 * or as a call, is always part of that block.
 */
export class MessageBlocks {
  readonly #shownAs: ShownAs;
  readonly #shown: MessageBlock[] = [];
  readonly #content = new Map<number, Seen>();
  readonly #calls = new Map<number, Seen>();

  constructor(shownAs: ShownAs) {
    this.#shownAs = shownAs;
  }

  get shown(): readonly MessageBlock[] {
    return this.#shown;
  }

  /** What is new in the message since the last call. */
  update({ content, extras }: Pick<MessageSoFar, 'content' | 'extras'>): BlockChange[] {
    const chunks = extras['tool_call_chunks'];
    const changes: BlockChange[] = [];
    for (const [at, json] of blocksOf(content).entries()) {
      const block = this.#content.get(at)?.json === json ? null : this.#shownAs(json);
      if (block !== null) changes.push(...this.#contentBlock(at, json, block));
    }
    for (const [at, json] of (Array.isArray(chunks) ? chunks : []).entries())
      if (isJsonObject(json) && this.#calls.get(at)?.json !== json) changes.push(this.#call(at, json));
    return changes;
  }

  #contentBlock(at: number, json: JsonObject, block: MessageBlock): BlockChange[] {
    const seen = this.#content.get(at);
    const added = block.text.slice(seen?.length ?? 0);
    const index = this.#indexOf(at, json, block);
    if (block.kind === 'other') {
      this.#content.set(at, { json, index, length: 0 });
      return [this.#change(index, block, '')];
    }
    if (added === '') return [];
    this.#content.set(at, { json, index, length: block.text.length });
    return [this.#change(index, { ...block, text: `${this.#shown[index]?.text ?? ''}${added}` }, added)];
  }

  #indexOf(at: number, json: JsonObject, { kind }: MessageBlock): number {
    const own = this.#content.get(at);
    if (isNamed(json) || kind === 'other') return own?.index ?? this.#shown.length;
    const before = own ?? this.#content.get(at - 1);
    const continues = before !== undefined && !isNamed(before.json) && this.#shown.at(-1)?.kind === kind;
    return continues ? this.#shown.length - 1 : this.#shown.length;
  }

  #call(at: number, json: JsonObject): BlockChange {
    const seen = this.#calls.get(at);
    const index = seen?.index ?? this.#shown.length;
    const text = textOr(json['args'], '');
    this.#calls.set(at, { json, index, length: text.length });
    const block = {
      kind: 'call',
      id: textOr(json['id'], null),
      name: textOr(json['name'], null),
      text,
    } as const;
    return this.#change(index, block, text.slice(seen?.length ?? 0));
  }

  #change(index: number, block: MessageBlock, added: string): BlockChange {
    const isNew = index === this.#shown.length;
    this.#shown[index] = block;
    return { index, isNew, block, added };
  }
}

const textOr = <T>(value: Json | undefined, otherwise: T): string | T =>
  typeof value === 'string' ? value : otherwise;

/** Texts are blocks too. */
function blocksOf(content: Json): readonly JsonObject[] {
  const blocks = Array.isArray(content) ? (content as readonly Json[]) : [content];
  return blocks.map((block) => (isJsonObject(block) ? block : { type: 'text', text: textOr(block, '') }));
}
