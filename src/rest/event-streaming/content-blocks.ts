import type {
  ContentBlock,
  ContentBlockDelta,
  FinalizedContentBlock,
  MessagesData,
} from '@langchain/protocol';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { type MessageJson, toolCallsOf } from '../../domain/message.ts';
import { type BlockChange, type MessageBlock, MessageBlocks } from '../../domain/message-blocks.ts';
import type { MessageSoFar } from '../../domain/message-fold.ts';

/**
 * One message's content as blocks that follow each other: a block finishes when another one begins or
 * continues. A call that continues after that, for models may stream several at once, finishes again; the
 * last finish counts. Each method returns what to send.
 */
export class ContentBlocks {
  readonly #blocks = new MessageBlocks(shownAs);
  #open: number | null = null;

  show(message: Pick<MessageSoFar, 'content' | 'extras'>): MessagesData[] {
    return this.#blocks.update(message).flatMap((change) => this.#said(change));
  }

  /** The rest of a message that is whole now. */
  finish({ content, tool_calls }: Pick<MessageJson, 'content' | 'tool_calls'>): MessagesData[] {
    const isStreamed = this.#blocks.shown.some(({ kind }) => kind !== 'call');
    const rest = [...(isStreamed ? [] : this.show({ content, extras: {} })), ...this.#close()];
    let index = this.#blocks.shown.length;
    for (const { id = null, name, args } of toolCallsOf(tool_calls)) {
      const call = toolCallOf(id, name, args);
      const at = this.#blocks.shown.findIndex(
        (block) => block.kind === 'call' && block.id !== null && block.id === id,
      );
      const block = this.#blocks.shown[at];
      if (block === undefined) {
        rest.push(
          { event: 'content-block-start', index, content: call as ContentBlock },
          { event: 'content-block-finish', index, content: call },
        );
        index += 1;
      } else if (JSON.stringify(finished(block)) !== JSON.stringify(call))
        rest.push({ event: 'content-block-finish', index: at, content: call });
    }
    return rest;
  }

  #said({ index, isNew, block, added }: BlockChange): MessagesData[] {
    const closed = this.#open === index ? [] : this.#close();
    this.#open = index;
    const started: MessagesData[] = isNew
      ? [{ event: 'content-block-start', index, content: startOf(block, index) }]
      : [];
    const delta = deltaOf(block, added, isNew);
    return [
      ...closed,
      ...started,
      ...(delta === null ? [] : [{ event: 'content-block-delta' as const, index, delta }]),
    ];
  }

  /** Finishes the open block. */
  #close(): MessagesData[] {
    const index = this.#open;
    const block = index === null ? undefined : this.#blocks.shown[index];
    this.#open = null;
    return index === null || block === undefined
      ? []
      : [{ event: 'content-block-finish', index, content: finished(block) }];
  }
}

/**
 * Blocks by which providers call tools; tool_call_chunks and tool_calls say the same in the protocol's way.
 */
const CALLS: ReadonlySet<string> = new Set([
  'tool_use',
  'tool_call',
  'tool_call_chunk',
  'input_json_delta',
  'functionCall',
  'function_call',
]);
const STANDARD: ReadonlySet<string> = new Set([
  'image',
  'video',
  'audio',
  'file',
  'server_tool_call',
  'server_tool_result',
  'non_standard',
]);

function shownAs(block: JsonObject): MessageBlock | null {
  const { type, text, reasoning, thinking } = block;
  if (typeof type !== 'string' || CALLS.has(type)) return null;
  if (type === 'text' && typeof text === 'string') return { kind: 'text', text };
  if (type === 'reasoning' || type === 'thinking') {
    const thought = reasoning ?? thinking;
    return { kind: 'reasoning', text: typeof thought === 'string' ? thought : '' };
  }
  return { kind: 'other', text: '', block };
}

const otherOf = (block: JsonObject): FinalizedContentBlock =>
  STANDARD.has(String(block['type']))
    ? (block as FinalizedContentBlock)
    : { type: 'non_standard', value: block as Record<string, Json> };

function startOf(block: MessageBlock, index: number): ContentBlock {
  switch (block.kind) {
    case 'text':
      return { type: 'text', text: '' };
    case 'reasoning':
      return { type: 'reasoning', reasoning: '' };
    case 'call':
      return { type: 'tool_call_chunk', id: block.id, name: block.name, args: block.text, index };
    case 'other':
      return otherOf(block.block) as ContentBlock;
  }
}

/** Null: nothing that its beginning doesn't say. */
function deltaOf(block: MessageBlock, added: string, isNew: boolean): ContentBlockDelta | null {
  switch (block.kind) {
    case 'text':
      return { type: 'text-delta', text: added };
    case 'reasoning':
      return { type: 'reasoning-delta', reasoning: added };
    case 'call':
      return isNew || added === ''
        ? null
        : { type: 'block-delta', fields: { type: 'tool_call_chunk', args: block.text } };
    case 'other':
      return isNew
        ? null
        : { type: 'block-delta', fields: otherOf(block.block) as Record<string, Json> & { type: string } };
  }
}

function finished(block: MessageBlock): FinalizedContentBlock {
  switch (block.kind) {
    case 'text':
      return { type: 'text', text: block.text };
    case 'reasoning':
      return { type: 'reasoning', reasoning: block.text };
    case 'call':
      return toolCallOf(block.id, block.name, block.text);
    case 'other':
      return otherOf(block.block);
  }
}

/** As the call that it is, or as one whose arguments are no JSON object. */
function toolCallOf(id: string | null, name: string | null, args: Json): FinalizedContentBlock {
  const parsed = typeof args === 'string' ? parsedArgs(args) : args;
  if (name !== null && isJsonObject(parsed))
    return { type: 'tool_call', id, name, args: parsed as Record<string, Json> };
  return {
    type: 'invalid_tool_call',
    id,
    name,
    args: typeof args === 'string' ? args : JSON.stringify(args),
    error: 'The arguments are not a JSON object.',
  };
}

function parsedArgs(args: string): Json {
  try {
    return args === '' ? {} : JSON.parse(args);
  } catch {
    return null;
  }
}
