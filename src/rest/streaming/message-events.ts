import { mergeObjects } from '../../domain/chunk-merge.ts';
import type { ChunkExtras, EventBody } from '../../domain/event.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { MessageJson } from '../../domain/message.ts';
import { type MessageSoFar, OpenMessages, wholeSoFar } from '../../domain/message-fold.ts';
import type { FollowedBody } from '../../orchestrator/ports/subscriptions.ts';
import type { StreamEvent, StreamView } from './requested-stream.ts';

/** LangGraph's own keys and authentication's never leave through the API (protocol.md §1.5). */
const isShown = (key: string): boolean =>
  !key.startsWith('__') && !key.startsWith('langgraph_auth_') && key !== 'langgraph_request_id';

type Made = Pick<StreamEvent, 'event' | 'data'>;
type Started = MessageSoFar['started'];
type Piece = Extract<EventBody, { kind: 'MESSAGE_DELTA' | 'MESSAGE_CHUNK' }>;

/**
 * The modes `messages` (protocol.md §3.4) and `messages-tuple` (§3.5) from the log's message events. A
 * message is open from MESSAGE_STARTED to MESSAGE_COMPLETED; one that has ended is complete at once, or
 * behind the next `values` where the stream shows those too.
 */
export class MessageEvents {
  readonly #whole: boolean;
  readonly #tuples: boolean;
  readonly #subgraphs: boolean;
  readonly #waitsForValues: boolean;
  readonly #open = new OpenMessages();
  /**
   * By the beginning of its message; none for a message that was found in the state: LangGraph's stream has
   * no such.
   */
  readonly #metadata = new WeakMap<Started, JsonObject>();
  #completed: MessageJson[] = [];

  constructor({ modes, subgraphs }: StreamView) {
    this.#whole = modes.includes('messages');
    this.#tuples = modes.includes('messages-tuple');
    this.#subgraphs = subgraphs;
    this.#waitsForValues = modes.includes('values');
  }

  of(body: FollowedBody): Made[] {
    if (!this.#whole && !this.#tuples) return [];
    switch (body.kind) {
      case 'MESSAGE_STARTED':
        this.#open.start(body);
        if (body.metadata !== undefined) this.#metadata.set(body, shownMetadata(body.metadata));
        return [];
      case 'MESSAGE_DELTA':
      case 'MESSAGE_CHUNK':
        return this.#piece(body);
      case 'MESSAGE_COMPLETED':
        return this.#complete(body);
      case 'MESSAGES_RESET':
        this.#open.clear();
        this.#completed = [];
        return this.#whole && body.messages.length > 0 ? [complete(body.messages)] : [];
      case 'VALUES':
        return body.ns === '' ? this.#flush() : [];
      case 'RUN_ENDED':
        return this.#flush();
      default:
        return [];
    }
  }

  #piece(piece: Piece): Made[] {
    const soFar = this.#open.add(piece);
    if (soFar === undefined) return [];
    const made: Made[] = [];
    if (this.#whole) {
      const metadata = this.#metadata.get(soFar.started) ?? {};
      if (soFar.pieces === 1)
        made.push({ event: 'messages/metadata', data: { [piece.messageId]: { metadata } } });
      made.push({ event: 'messages/partial', data: [wholeSoFar(soFar) as JsonObject] });
    }
    return [...made, ...this.#tuple(soFar.started, chunkOf(soFar, piece))];
  }

  #complete({ message }: Extract<EventBody, { kind: 'MESSAGE_COMPLETED' }>): Made[] {
    if (message.id == null) return [];
    const soFar = this.#open.complete(message.id);
    this.#completed.push(message);
    const tuple = soFar === undefined || soFar.pieces > 0 ? [] : this.#tuple(soFar.started, message);
    return [...tuple, ...(this.#waitsForValues ? [] : this.#flush())];
  }

  /** Tokens of subgraphs come as the engine has them: only to those who asked for subgraphs. */
  #tuple(started: Started, message: MessageJson): Made[] {
    const { ns } = started;
    const metadata = this.#metadata.get(started);
    if (!this.#tuples || metadata === undefined || (ns !== '' && !this.#subgraphs)) return [];
    return [{ event: ns === '' ? 'messages' : `messages|${ns}`, data: [message as JsonObject, metadata] }];
  }

  #flush(): Made[] {
    const completed = this.#completed;
    this.#completed = [];
    return this.#whole && completed.length > 0 ? [complete(completed)] : [];
  }
}

const complete = (messages: readonly MessageJson[]): Made => ({
  event: 'messages/complete',
  data: messages as readonly JsonObject[],
});

/**
 * The newest chunk of a streamed message, to be joined by id with the others (protocol.md §3.5). The first
 * one brings what the message began with.
 */
function chunkOf({ started: { message }, content, pieces }: MessageSoFar, piece: Piece): MessageJson {
  const isFirst = pieces === 1;
  const more = piece.kind === 'MESSAGE_DELTA' ? piece.content : '';
  return {
    ...message,
    type: message.type === 'ai' ? 'AIMessageChunk' : message.type,
    content: isFirst ? content : more,
    ...(message.type === 'ai' ? { tool_calls: [], invalid_tool_calls: [], tool_call_chunks: [] } : {}),
    additional_kwargs: {},
    response_metadata: {},
    ...piece.extras,
    ...(isFirst ? metadataOf(message, piece.extras) : {}),
  };
}

const metadataOf = (message: MessageJson, extras: ChunkExtras = {}): Partial<MessageJson> => ({
  additional_kwargs: mergeObjects(
    message.additional_kwargs ?? {},
    (extras['additional_kwargs'] ?? {}) as JsonObject,
  ),
  response_metadata: mergeObjects(
    message.response_metadata ?? {},
    (extras['response_metadata'] ?? {}) as JsonObject,
  ),
});

/** Clients expect `tags` to be there. */
const shownMetadata = (metadata: JsonObject): JsonObject => ({
  tags: [],
  ...Object.fromEntries(Object.entries(metadata).filter(([key]) => isShown(key))),
});
