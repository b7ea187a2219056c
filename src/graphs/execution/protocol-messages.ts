import { toolCallsOf } from '../../domain/message.ts';
import { isMessage, type MessageLike } from '../state/to-json.ts';
import type { MessageMetadata } from './message-recorder.ts';
import { isChunk, type MessageChunk } from './open-message.ts';
import type { StreamChunk } from './stream-mapper.ts';

type Block = Readonly<Record<string, unknown>> & { readonly type: string };
type Open = {
  readonly taskNs: readonly string[];
  readonly metadata: object;
  whole: MessageChunk;
  readonly blocks: { readonly key: string; content: Block }[];
};
type CheckpointPayload = {
  readonly config?: { readonly configurable?: { readonly checkpoint_id?: string } };
  readonly parentConfig?: { readonly configurable?: { readonly checkpoint_id?: string } };
  readonly metadata?: { readonly source?: string; readonly step?: number };
};

/**
 * The stream as `streamEvents` v3 has it, which transformers are written for: messages in events of content blocks, checkpoints as short
 * envelopes. A streamed message ends with the next one of its task, or with the task.
 */
export class ProtocolMessages {
  readonly #open = new Map<string, Open>();
  readonly #seen = new Set<string>();

  asProtocol(chunk: StreamChunk): StreamChunk[] {
    const [namespace, mode, payload] = chunk;
    if (mode === 'messages') return this.#message(payload as readonly [unknown, MessageMetadata & object]);
    if (mode === 'checkpoints') return envelopeOf(namespace, payload as CheckpointPayload);
    if (mode !== 'tasks' || !('result' in (payload as object) || 'error' in (payload as object))) return [chunk];
    const { id, name } = payload as { readonly id: string; readonly name: string };
    return [...this.#endTask([...namespace, `${name}:${id}`].join('|')), chunk];
  }

  #message([message, metadata]: readonly [unknown, MessageMetadata & object]): StreamChunk[] {
    if (!isMessage(message)) return [];
    const { id, type } = message as MessageLike & { readonly id?: string | null; readonly type?: string };
    if (typeof id !== 'string' || type === 'tool') return [];
    const open = this.#open.get(id);
    if (open !== undefined) return isChunk(message) ? this.#add(open, message) : [];
    if (this.#seen.has(id)) return [];
    this.#seen.add(id);
    const taskNs = (metadata.langgraph_checkpoint_ns ?? '').split('|');
    const ended = this.#endTask(taskNs.join('|'));
    const begun: Open = {
      taskNs,
      metadata: { ...metadata, run_id: id.replace(/^run-/, '') },
      whole: message as MessageChunk,
      blocks: [],
    };
    const role = type === undefined || type === 'ai' ? {} : { role: type };
    const start = said(begun, { event: 'message-start', id, ...role });
    if (isChunk(message)) {
      this.#open.set(id, begun);
      return [...ended, start, ...pieces(begun, message)];
    }
    return [...ended, start, ...pieces(begun, message), ...wholeCalls(begun), ...finish(begun)];
  }

  #add(open: Open, chunk: MessageChunk): StreamChunk[] {
    open.whole = open.whole.concat(chunk);
    return pieces(open, chunk);
  }

  #endTask(task: string): StreamChunk[] {
    const ended = [...this.#open].filter(([, open]) => open.taskNs.join('|') === task);
    for (const [id] of ended) this.#open.delete(id);
    return ended.flatMap(([, open]) => finish(open));
  }
}

const said = ({ taskNs, metadata }: Open, data: object): StreamChunk => [taskNs, 'messages', [data, metadata]];

/** What a chunk, or a whole message, adds to the blocks. */
function pieces(open: Open, message: MessageLike): StreamChunk[] {
  const { content } = message as { readonly content?: unknown };
  const blocks: unknown[] = typeof content === 'string' ? [{ type: 'text', text: content }] : Array.isArray(content) ? content : [];
  const calls = (message as { readonly tool_call_chunks?: readonly Record<string, unknown>[] }).tool_call_chunks ?? [];
  return [...blocks.flatMap((block) => piece(open, block)), ...calls.flatMap((call) => callPiece(open, call))];
}

function piece(open: Open, block: unknown): StreamChunk[] {
  const { type } = (block ?? {}) as { readonly type?: unknown };
  if (type !== 'text' && type !== 'reasoning') return [];
  const text = (block as Readonly<Record<string, unknown>>)[type];
  if (typeof text !== 'string' || text === '') return [];
  const started = open.blocks.at(-1)?.key === type ? [] : begin(open, type, { type, [type]: '' });
  return [...started, delta(open, open.blocks.length - 1, type, text, `${type}-delta`)];
}

function callPiece(open: Open, { index, id, name, args }: Readonly<Record<string, unknown>>): StreamChunk[] {
  const key = `call ${String(index ?? id)}`;
  const known = open.blocks.findIndex((block) => block.key === key);
  const started = known === -1 ? begin(open, key, { type: 'tool_call_chunk', id, name, args: '' }) : [];
  if (typeof args !== 'string' || args === '') return started;
  return [...started, delta(open, known === -1 ? open.blocks.length - 1 : known, 'args', args, 'tool-call-delta')];
}

/** Adds a piece to a block. */
function delta(open: Open, index: number, member: string, text: string, type: string): StreamChunk {
  const block = open.blocks[index];
  if (block !== undefined) block.content = { ...block.content, [member]: `${String(block.content[member] ?? '')}${text}` };
  return said(open, { event: 'content-block-delta', index, delta: { type, [member]: text } });
}

/** The calls of a message that came whole. */
function wholeCalls(open: Open): StreamChunk[] {
  const { tool_calls } = open.whole as { readonly tool_calls?: unknown };
  return toolCallsOf(tool_calls).flatMap((call) => begin(open, `call ${call.id}`, { ...call, type: 'tool_call' }));
}

function begin(open: Open, key: string, content: Block): StreamChunk[] {
  open.blocks.push({ key, content });
  return [said(open, { event: 'content-block-start', index: open.blocks.length - 1, content })];
}

function finished(content: Block): Block {
  if (content.type !== 'tool_call_chunk') return content;
  const { id, name, args } = content;
  try {
    return { type: 'tool_call', id, name, args: JSON.parse(String(args || '{}')) };
  } catch {
    return { type: 'invalid_tool_call', id, name, args, error: 'The arguments are not JSON.' };
  }
}

function finish(open: Open): StreamChunk[] {
  const { usage_metadata: usage, response_metadata: responseMetadata } = open.whole as unknown as Readonly<Record<string, unknown>>;
  const metadata = responseMetadata == null ? {} : { responseMetadata };
  const closed = open.blocks.map(({ content }, index) => said(open, { event: 'content-block-finish', index, content: finished(content) }));
  return [...closed, said(open, { event: 'message-finish', ...(usage == null ? {} : { usage }), ...metadata })];
}

function envelopeOf(namespace: readonly string[], { config, parentConfig, metadata }: CheckpointPayload): StreamChunk[] {
  const id = config?.configurable?.checkpoint_id;
  if (id === undefined || metadata === undefined) return [];
  const parent = parentConfig?.configurable?.checkpoint_id;
  const envelope = { id, ...(parent === undefined ? {} : { parent_id: parent }), step: metadata.step, source: metadata.source };
  return [[namespace, 'checkpoints', envelope]];
}
