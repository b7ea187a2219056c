import type { EventBody } from '../../domain/event.ts';
import type { MessageJson } from '../../domain/message.ts';
import type { PartialMessage } from '../../domain/message-fold.ts';
import { isMessage, type MessageLike, textField, toJsonObject } from '../state/to-json.ts';
import type { ConversationScope } from './messages-channel.ts';
import {
  isUnchanged,
  messagesIn,
  messagesWritten,
  type StateMessage,
  stateMessageToJson,
} from './messages-channel.ts';
import { isChunk, OpenMessage } from './open-message.ts';

/** What LangGraph says beside a message of the stream mode `messages`. */
export type MessageMetadata = {
  readonly langgraph_node?: string;
  readonly langgraph_checkpoint_ns?: string;
  /** Of the callback's run: the node itself where it hands over a message, else the model. */
  readonly name?: string;
};

/**
 * Makes the conversation's events of one execution. A message is
 * - open from its first chunk (or from when its node handed it over whole) until its task ends:
 *   MESSAGE_STARTED, then MESSAGE_DELTAs, and a MESSAGE_CHUNK for each chunk that has no content but
 *   something else to say;
 * - known from MESSAGE_COMPLETED on, or from the first checkpoint that holds it. Known messages are not
 *   published again, wherever they turn up.
 *
 * Only what belongs to the thread's conversation (ConversationScope) is published as part of it. Messages of
 * other conversations are published as asides; one that reaches the state after all is announced there.
 *
 * The root's checkpoints have the last word: an unpublished message that they add is published there (the
 * human's input, above all); a conversation that they change otherwise than by appending, in the order of
 * publication, gives MESSAGES_RESET, and so does a published message that no node wrote: a router's, say.
 */
export class MessageRecorder {
  readonly #scope: ConversationScope;
  /** By `keyOf`. */
  readonly #open = new Map<string, OpenMessage>();
  readonly #known = new Set<string>();
  /** Published, in this order, and not yet in the conversation of a root checkpoint. */
  readonly #lastPublishedCheckpoint = new Set<string>();
  /** The same, from before this execution: what finished tasks left waiting in a pause. */
  readonly #toldBefore = new Set<string>();
  #conversation: readonly StateMessage[] | null = null;

  /**
   * Messages of the conversation that finished tasks wrote and no root checkpoint holds yet, in the order of
   * publication.
   */
  readonly #written = new Map<string, MessageJson>();

  /** @param conversation what subscribers hold now; null: it is what the first root checkpoint holds */
  constructor(scope: ConversationScope, conversation: readonly StateMessage[] | null) {
    this.#scope = scope;
    if (conversation !== null) this.#adopt(conversation);
  }

  /** A chunk of a streaming model, or a whole message of a node. */
  message(ns: string, message: MessageLike, metadata: MessageMetadata): EventBody[] {
    const id = textField(message.id);
    if (id === undefined) return [];
    const node = metadata.langgraph_node ?? null;
    // What a node hands over may be a chunk in form (the sum of what it streamed by itself), and is whole all
    // the same.
    const streams = isChunk(message) && (node === null || metadata.name !== node);
    const isAside = !(streams ? this.#scope.streams(ns, node) : this.#scope.includes(ns));
    const key = keyOf(id, isAside);
    const open = this.#open.get(key);
    if (open !== undefined) return isChunk(message) ? open.add(message) : [];
    // A removal is not a message of the conversation: its effect shows at the next checkpoint.
    if (this.#known.has(key) || (isAside && this.#known.has(id)) || message._getType() === 'remove')
      return [];
    const checkpointNs = metadata.langgraph_checkpoint_ns ?? '';
    const taskId = checkpointNs.slice(checkpointNs.lastIndexOf(':') + 1);
    const place = { ns, node, ...(isAside ? { aside: true as const } : {}), taskId };
    const opened = new OpenMessage(place, message, toJsonObject(metadata), streams ? 'streams' : 'whole');
    this.#open.set(key, opened);
    if (!isAside) this.#lastPublishedCheckpoint.add(id);
    return streams ? [opened.started, ...opened.add(message)] : [opened.started];
  }

  /**
   * A task ended without an error: its messages are what it wrote, or what was streamed of them where it
   * didn't write them.
   */
  taskEnded(taskId: string, writes: unknown): EventBody[] {
    const ended = [...this.#open].filter(([, open]) => open.taskId === taskId);
    if (ended.length === 0) return [];
    const written = new Map<string, MessageLike>();
    for (const message of messagesWritten(writes))
      if (isMessage(message)) written.set(textField(message.id) ?? '', message);
    return ended.map(([key, open]) => this.#complete(key, open, written.get(open.id)));
  }

  /**
   * What a task that had ended before this run wrote, given back to it; the conversation has its messages
   * already.
   */
  reapplied(writes: unknown): void {
    for (const { id } of messagesWritten(writes)) {
      if (id == null) continue;
      this.#known.add(id);
      this.#toldBefore.add(id);
    }
  }

  /**
   * The same after a takeover, which retracted what the lost attempt had published beyond the last
   * checkpoint.
   */
  restored(ns: string, node: string, writes: unknown): EventBody[] {
    return [...messagesWritten(writes)].flatMap((message) => this.#announce(ns, node, message));
  }

  /** A checkpoint was reached: the superstep before it is over, with everything that was open in it. */
  checkpoint(ns: string, checkpointId: string, values: unknown): EventBody[] {
    const completed = this.#closeWithin(ns);
    return ns === '' ? [...completed, ...this.#compare(checkpointId, messagesIn(values))] : completed;
  }

  /**
   * The run has finished, or waits for a human: nothing stays open. Published messages that no task has
   * written are retracted.
   *
   * @param checkpointId the root's head; undefined: it has none
   */
  finish(checkpointId: string | undefined): EventBody[] {
    const completed = this.#closeWithin('');
    if (checkpointId === undefined || [...this.#lastPublishedCheckpoint].every((id) => this.#written.has(id)))
      return completed;
    const pending = [...this.#written.values()].flatMap((message) => begunAndCompleted('', null, message));
    return [...completed, { kind: 'MESSAGES_RESET', checkpointId }, ...pending];
  }

  /** The AI's messages of the conversation that are open, in the order of their first tokens. */
  partials(): PartialMessage[] {
    return [...this.#open.values()].flatMap((open) => (open.place.aside ? [] : (open.toPartial() ?? [])));
  }

  #compare(checkpointId: string, next: readonly StateMessage[]): EventBody[] {
    const before = this.#conversation;
    this.#conversation = next;
    this.#written.clear();
    if (before === next) return this.#retract(checkpointId);
    if (before === null) {
      this.#adopt(next);
      return [];
    }
    const appendedOnly =
      before.length <= next.length && before.every((message, index) => isUnchanged(message, next[index]));
    if (!appendedOnly) return this.#reset(checkpointId, next);
    const appended = next.slice(before.length);
    const announced = appended.flatMap((message) => this.#announce('', null, message));
    const inOrder = this.#toldInOrder(appended);
    const retracted = this.#retract(checkpointId);
    return inOrder || retracted.length > 0
      ? [...announced, ...retracted]
      : [...announced, ...this.#reset(checkpointId, next)];
  }

  /**
   * Readers hold the conversation of that checkpoint from here on, and nothing else: later additions are
   * published, even if they were before.
   */
  #reset(checkpointId: string, conversation: readonly StateMessage[]): EventBody[] {
    for (const key of this.#known) if (!isAsideKey(key)) this.#known.delete(key);
    this.#lastPublishedCheckpoint.clear();
    this.#toldBefore.clear();
    this.#adopt(conversation);
    return [{ kind: 'MESSAGES_RESET', checkpointId }];
  }

  /** The superstep is over: what it published and the state lacks was never written. */
  #retract(checkpointId: string): EventBody[] {
    return this.#lastPublishedCheckpoint.size === 0
      ? []
      : this.#reset(checkpointId, this.#conversation ?? []);
  }

  /**
   * Nodes that stream at once begin in any order; readers who appended each message as it was published may
   * have an order other than the state's.
   */
  #toldInOrder(appended: readonly StateMessage[]): boolean {
    const ids = appended.flatMap(({ id }) => id ?? []);
    const toldOrder = [...this.#toldBefore, ...this.#lastPublishedCheckpoint].filter((id) =>
      ids.includes(id),
    );
    for (const id of ids) this.#forgetOrder(id);
    return toldOrder.every((id, index) => id === ids[index]);
  }

  #announce(ns: string, node: string | null, message: StateMessage): EventBody[] {
    if (message.id != null && this.#known.has(message.id)) return [];
    if (message.id != null) {
      this.#known.add(message.id);
      this.#lastPublishedCheckpoint.add(message.id);
    }
    const whole = stateMessageToJson(message);
    if (whole.type === 'remove') return [];
    if (message.id != null) this.#written.set(message.id, whole);
    return begunAndCompleted(ns, node, whole);
  }

  #adopt(conversation: readonly StateMessage[]): void {
    this.#conversation = conversation;
    for (const { id } of conversation) {
      if (id == null) continue;
      this.#known.add(id);
      this.#forgetOrder(id);
    }
  }

  #forgetOrder(id: string): void {
    this.#lastPublishedCheckpoint.delete(id);
    this.#toldBefore.delete(id);
  }

  #closeWithin(ns: string): EventBody[] {
    if (this.#open.size === 0) return [];
    const inside = (other: string): boolean => ns === '' || other === ns || other.startsWith(`${ns}|`);
    return [...this.#open]
      .filter(([, open]) => inside(open.place.ns))
      .map(([key, open]) => this.#complete(key, open, undefined));
  }

  #complete(key: string, open: OpenMessage, written: MessageLike | undefined): EventBody {
    this.#open.delete(key);
    this.#known.add(key);
    const message = written === undefined ? open.toMessage() : stateMessageToJson(written as StateMessage);
    if (written !== undefined && !open.place.aside) this.#written.set(open.id, message);
    return { kind: 'MESSAGE_COMPLETED', ...open.place, message };
  }
}

/** The same message may be published as an aside first and join the conversation later. */
const ASIDE = 'aside ';
const keyOf = (id: string, isAside: boolean): string => (isAside ? `${ASIDE}${id}` : id);
/** The id of a message that a graph made may be anything. */
const isAsideKey = (key: unknown): boolean => typeof key === 'string' && key.startsWith(ASIDE);

function begunAndCompleted(ns: string, node: string | null, whole: MessageJson): EventBody[] {
  const { tool_calls, invalid_tool_calls, usage_metadata, ...head } = whole;
  return [
    { kind: 'MESSAGE_STARTED', ns, node, message: { ...head, type: whole.type, content: '' } },
    { kind: 'MESSAGE_COMPLETED', ns, node, message: whole },
  ];
}
