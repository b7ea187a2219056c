import type { EventBody } from '../../domain/event.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { MessageJson } from '../../domain/message.ts';
import type { FollowedBody } from '../../orchestrator/ports/subscriptions.ts';
import type { StreamEvent, StreamView } from './requested-stream.ts';
import { chunkOf, StreamedMessage } from './streamed-message.ts';

/** LangGraph's own keys and authentication's never leave through the API (protocol.md §1.5). */
export const isShown = (key: string): boolean =>
  !key.startsWith('__') && !key.startsWith('langgraph_auth_') && key !== 'langgraph_request_id';

type Made = Pick<StreamEvent, 'event' | 'data'>;
type Piece = Extract<EventBody, { kind: 'MESSAGE_DELTA' | 'MESSAGE_CHUNK' }>;

type Open = {
  readonly head: MessageJson;
  readonly ns: string;
  /** Null for a message that was found in the state: LangGraph's stream has no such. */
  readonly metadata: JsonObject | null;
  readonly sofar: StreamedMessage;
  streamed: boolean;
};

/**
 * The modes `messages` (protocol.md §3.4) and `messages-tuple` (§3.5) from the log's message events. A message is open from MESSAGE_STARTED to
 * MESSAGE_COMPLETED; one that has ended is told complete at once, or behind the next `values` where the stream shows those too.
 */
export class MessageEvents {
  readonly #whole: boolean;
  readonly #tuples: boolean;
  readonly #subgraphs: boolean;
  readonly #waitsForValues: boolean;
  readonly #open = new Map<string, Open>();
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
        this.#start(body);
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

  #start({ ns, message, metadata }: Extract<EventBody, { kind: 'MESSAGE_STARTED' }>): void {
    if (message.id == null) return;
    const shown = metadata === undefined ? null : shownMetadata(metadata);
    this.#open.set(message.id, { head: message, ns, metadata: shown, sofar: new StreamedMessage(message), streamed: false });
  }

  #piece(piece: Piece): Made[] {
    const open = this.#open.get(piece.messageId);
    if (open === undefined) return []; // its beginning is no longer in the log; it is told whole when it is complete
    const content = piece.kind === 'MESSAGE_DELTA' ? piece.content : '';
    const isFirst = !open.streamed;
    open.streamed = true;
    const made: Made[] = [];
    if (this.#whole) {
      open.sofar.add(content, piece.extras);
      if (isFirst) made.push({ event: 'messages/metadata', data: { [piece.messageId]: { metadata: open.metadata ?? {} } } });
      made.push({ event: 'messages/partial', data: [open.sofar.toJson() as JsonObject] });
    }
    return [...made, ...this.#tuple(open, chunkOf(open.head, content, piece.extras))];
  }

  #complete({ message }: Extract<EventBody, { kind: 'MESSAGE_COMPLETED' }>): Made[] {
    if (message.id == null) return [];
    const open = this.#open.get(message.id);
    this.#open.delete(message.id);
    const tuple = open === undefined || open.streamed ? [] : this.#tuple(open, message);
    this.#completed.push(message);
    return [...tuple, ...(this.#waitsForValues ? [] : this.#flush())];
  }

  /** Tokens of subgraphs come as the engine has them: only to those who asked for subgraphs. */
  #tuple({ ns, metadata }: Open, message: MessageJson): Made[] {
    if (!this.#tuples || metadata === null || (ns !== '' && !this.#subgraphs)) return [];
    return [{ event: ns === '' ? 'messages' : `messages|${ns}`, data: [message as JsonObject, metadata] }];
  }

  #flush(): Made[] {
    const completed = this.#completed;
    this.#completed = [];
    return this.#whole && completed.length > 0 ? [complete(completed)] : [];
  }
}

const complete = (messages: readonly MessageJson[]): Made => ({ event: 'messages/complete', data: messages as readonly JsonObject[] });

/** Clients expect `tags` to be there. */
const shownMetadata = (metadata: JsonObject): JsonObject => ({
  tags: [],
  ...Object.fromEntries(Object.entries(metadata).filter(([key]) => isShown(key))),
});
