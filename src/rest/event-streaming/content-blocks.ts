import type { ContentBlock, ContentBlockDelta, FinalizedContentBlock, MessagesData } from '@langchain/protocol';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { ToolCallJson } from '../../domain/message.ts';

type OpenBlock =
  | { readonly kind: 'text' | 'reasoning'; text: string }
  | { readonly kind: 'tool'; readonly index: Json; id: string | null; name: string | null; args: string };

/**
 * One message's content as blocks that follow each other: what is said of another kind than the open block finishes that and starts the next.
 * Each method returns what to send.
 */
export class ContentBlocks {
  #index = -1;
  #open: OpenBlock | null = null;
  readonly #told = { content: false, calls: new Set<string>() };

  /** A chunk's content: text, or blocks. What calls tools comes in `toolCallChunk`. */
  content(content: Json): MessagesData[] {
    if (typeof content === 'string') return content === '' ? [] : this.#append('text', content);
    if (!Array.isArray(content)) return [];
    return content.flatMap((block) => (isJsonObject(block) ? this.#block(block) : typeof block === 'string' ? this.content(block) : []));
  }

  toolCallChunk(chunk: JsonObject): MessagesData[] {
    const id = stringOf(chunk['id']);
    const args = stringOf(chunk['args']) ?? '';
    const open = this.#open;
    const goesOn = open?.kind === 'tool' && open.index === (chunk['index'] ?? null) && (id === null || open.id === null || id === open.id);
    if (goesOn) {
      open.id ??= id;
      open.name ??= stringOf(chunk['name']);
      open.args += args;
      return args === '' ? [] : [this.#delta({ type: 'block-delta', fields: { type: 'tool_call_chunk', args: open.args } })];
    }
    const name = stringOf(chunk['name']);
    if (id !== null) this.#told.calls.add(id);
    return this.#start(
      { kind: 'tool', index: chunk['index'] ?? null, id, name, args },
      { type: 'tool_call_chunk', id, name, args, index: this.#index + 1 },
    );
  }

  /** The rest of a message that is whole now. */
  finish(content: Json, calls: readonly ToolCallJson[]): MessagesData[] {
    const rest = this.#told.content ? [] : this.content(content);
    const untold = calls.filter(({ id }) => typeof id !== 'string' || !this.#told.calls.has(id));
    return [...rest, ...this.close(), ...untold.flatMap((call) => this.#whole(toolCallOf(call.id ?? null, call.name, call.args)))];
  }

  /** Finishes the open block. */
  close(): MessagesData[] {
    const open = this.#open;
    if (open === null) return [];
    this.#open = null;
    return [{ event: 'content-block-finish', index: this.#index, content: finished(open) }];
  }

  #block(block: JsonObject): MessagesData[] {
    const type = block['type'];
    if (type === 'text' && typeof block['text'] === 'string') return this.#append('text', block['text']);
    const reasoning = block['reasoning'] ?? block['thinking'];
    if ((type === 'reasoning' || type === 'thinking') && typeof reasoning === 'string') return this.#append('reasoning', reasoning);
    if (typeof type !== 'string' || CALLS.has(type)) return [];
    return this.#whole(
      STANDARD.has(type) ? (block as FinalizedContentBlock) : { type: 'non_standard', value: block as Record<string, Json> },
    );
  }

  #append(kind: 'text' | 'reasoning', text: string): MessagesData[] {
    this.#told.content = true;
    const started =
      this.#open?.kind === kind
        ? []
        : this.#start({ kind, text: '' }, kind === 'text' ? { type: kind, text: '' } : { type: kind, reasoning: '' });
    if (this.#open?.kind === kind) this.#open.text += text;
    return [...started, this.#delta(kind === 'text' ? { type: 'text-delta', text } : { type: 'reasoning-delta', reasoning: text })];
  }

  #start(open: OpenBlock, content: ContentBlock): MessagesData[] {
    const closed = this.close();
    this.#open = open;
    this.#index += 1;
    return [...closed, { event: 'content-block-start', index: this.#index, content }];
  }

  #whole(content: FinalizedContentBlock): MessagesData[] {
    this.#told.content = true;
    const closed = this.close();
    this.#index += 1;
    const index = this.#index;
    return [
      ...closed,
      { event: 'content-block-start', index, content: content as ContentBlock },
      { event: 'content-block-finish', index, content },
    ];
  }

  #delta(delta: ContentBlockDelta): MessagesData {
    return { event: 'content-block-delta', index: this.#index, delta };
  }
}

/** Blocks by which providers call tools; tool_call_chunks and tool_calls say the same in the protocol's way. */
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

const stringOf = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);

function finished(open: OpenBlock): FinalizedContentBlock {
  switch (open.kind) {
    case 'text':
      return { type: 'text', text: open.text };
    case 'reasoning':
      return { type: 'reasoning', reasoning: open.text };
    case 'tool':
      return toolCallOf(open.id, open.name, open.args);
  }
}

/** As the call that it is, or as one whose arguments are no JSON object. */
function toolCallOf(id: string | null, name: string | null, args: Json): FinalizedContentBlock {
  const parsed = typeof args === 'string' ? parsedArgs(args) : args;
  if (name !== null && isJsonObject(parsed)) return { type: 'tool_call', id, name, args: parsed as Record<string, Json> };
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
