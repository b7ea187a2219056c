import type { JsonObject } from '../../domain/json.ts';
import { toolCallsOf } from '../../domain/message.ts';
import { type BlockChange, type MessageBlock, MessageBlocks } from '../../domain/message-blocks.ts';
import { begin, grow, type MessageSoFar, wholeSoFar } from '../../domain/message-fold.ts';
import { isMessage, type MessageLike, messageHead, messageToJson, toJson } from '../state/to-json.ts';
import type { MessageMetadata } from './message-recorder.ts';
import { chunkExtras, isChunk } from './open-message.ts';
import type { StreamChunk } from './stream-mapper.ts';

type Open = {
  readonly taskNs: readonly string[];
  readonly metadata: object;
  readonly blocks: MessageBlocks;
  soFar: MessageSoFar;
};
type CheckpointPayload = {
  readonly config?: { readonly configurable?: { readonly checkpoint_id?: string } };
  readonly parentConfig?: { readonly configurable?: { readonly checkpoint_id?: string } };
  readonly metadata?: { readonly source?: string; readonly step?: number };
};

/**
 * The stream as `streamEvents` v3 has it, which transformers are written for: messages in events of content
 * blocks, checkpoints as short envelopes. A streamed message ends with the next one of its task, or with the
 * task.
 */
export class ProtocolMessages {
  readonly #open = new Map<string, Open>();
  readonly #seen = new Set<string>();

  asProtocol(chunk: StreamChunk): StreamChunk[] {
    const [namespace, mode, payload] = chunk;
    if (mode === 'messages') return this.#message(payload as readonly [unknown, MessageMetadata & object]);
    if (mode === 'checkpoints') return envelopeOf(namespace, payload as CheckpointPayload);
    if (mode !== 'tasks' || !('result' in (payload as object) || 'error' in (payload as object)))
      return [chunk];
    const { id, name } = payload as { readonly id: string; readonly name: string };
    return [...this.#endTask([...namespace, `${name}:${id}`].join('|')), chunk];
  }

  #message([message, metadata]: readonly [unknown, MessageMetadata & object]): StreamChunk[] {
    if (!isMessage(message)) return [];
    const { id, type } = message as MessageLike & { readonly id?: string | null; readonly type?: string };
    if (typeof id !== 'string' || type === 'tool') return [];
    const open = this.#open.get(id);
    if (open !== undefined) return isChunk(message) ? add(open, message, false) : [];
    if (this.#seen.has(id)) return [];
    this.#seen.add(id);
    const taskNs = (metadata.langgraph_checkpoint_ns ?? '').split('|');
    const ended = this.#endTask(taskNs.join('|'));
    const streams = isChunk(message);
    const begun: Open = {
      taskNs,
      metadata: { ...metadata, run_id: id.replace(/^run-/, '') },
      blocks: new MessageBlocks(shownAs),
      soFar: begin({
        kind: 'MESSAGE_STARTED',
        ns: '',
        node: null,
        message: streams ? messageHead(message) : messageToJson(message),
      }),
    };
    const role = type === undefined || type === 'ai' ? {} : { role: type };
    const start = said(begun, { event: 'message-start', id, ...role });
    if (streams) {
      this.#open.set(id, begun);
      return [...ended, start, ...add(begun, message, true)];
    }
    const calls = toolCallsOf(begun.soFar.started.message.tool_calls).map((call) => ({
      ...call,
      type: 'tool_call',
    }));
    return [...ended, start, ...changes(begun), ...finish(begun, calls)];
  }

  #endTask(task: string): StreamChunk[] {
    const ended = [...this.#open].filter(([, open]) => open.taskNs.join('|') === task);
    for (const [id] of ended) this.#open.delete(id);
    return ended.flatMap(([, open]) => finish(open));
  }
}

const said = ({ taskNs, metadata }: Open, data: object): StreamChunk => [
  taskNs,
  'messages',
  [data, metadata],
];

function add(open: Open, chunk: MessageLike, isFirst: boolean): StreamChunk[] {
  const extras = chunkExtras(chunk, isFirst);
  open.soFar = grow(open.soFar, { content: toJson(chunk.content), ...(extras === null ? {} : { extras }) });
  return changes(open);
}

const changes = (open: Open): StreamChunk[] =>
  open.blocks.update(open.soFar).flatMap((change) => changed(open, change));

function shownAs({ type, text, reasoning }: JsonObject): MessageBlock | null {
  if (type === 'text' && typeof text === 'string') return { kind: 'text', text };
  return type === 'reasoning' && typeof reasoning === 'string'
    ? { kind: 'reasoning', text: reasoning }
    : null;
}

function changed(open: Open, { index, isNew, block, added }: BlockChange): StreamChunk[] {
  const member = block.kind === 'call' ? 'args' : block.kind;
  const type = `${block.kind === 'call' ? 'tool-call' : block.kind}-delta`;
  return [
    ...(isNew
      ? [said(open, { event: 'content-block-start', index, content: contentOf({ ...block, text: '' }) })]
      : []),
    ...(added === ''
      ? []
      : [said(open, { event: 'content-block-delta', index, delta: { type, [member]: added } })]),
  ];
}

function contentOf(block: MessageBlock): object {
  if (block.kind !== 'call') return { type: block.kind, [block.kind]: block.text };
  return {
    type: 'tool_call_chunk',
    ...(block.id === null ? {} : { id: block.id }),
    ...(block.name === null ? {} : { name: block.name }),
    args: block.text,
  };
}

function finished(block: MessageBlock): object {
  if (block.kind !== 'call') return contentOf(block);
  const { id, name, text: args } = block;
  try {
    return { type: 'tool_call', id, name, args: JSON.parse(args || '{}') };
  } catch {
    return { type: 'invalid_tool_call', id, name, args, error: 'The arguments are not valid JSON.' };
  }
}

/** @param calls of a message that came whole */
function finish(open: Open, calls: readonly object[] = []): StreamChunk[] {
  const { usage_metadata: usage, response_metadata: responseMetadata } = wholeSoFar(open.soFar);
  const metadata = responseMetadata == null ? {} : { responseMetadata };
  const { shown } = open.blocks;
  const started = calls.map((content, at) =>
    said(open, { event: 'content-block-start', index: shown.length + at, content }),
  );
  const closed = [...shown.map(finished), ...calls].map((content, index) =>
    said(open, { event: 'content-block-finish', index, content }),
  );
  return [
    ...started,
    ...closed,
    said(open, { event: 'message-finish', ...(usage == null ? {} : { usage }), ...metadata }),
  ];
}

function envelopeOf(
  namespace: readonly string[],
  { config, parentConfig, metadata }: CheckpointPayload,
): StreamChunk[] {
  const id = config?.configurable?.checkpoint_id;
  if (id === undefined || metadata === undefined) return [];
  const parent = parentConfig?.configurable?.checkpoint_id;
  const envelope = {
    id,
    ...(parent === undefined ? {} : { parent_id: parent }),
    step: metadata.step,
    source: metadata.source,
  };
  return [[namespace, 'checkpoints', envelope]];
}
