import { type EventBody, isAside } from './event.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import type { MessageJson } from './message.ts';

type Started = Extract<EventBody, { readonly kind: 'MESSAGE_STARTED' }>;

/** A message that has begun and isn't complete: how it began, and its content so far. */
export type OpenMessage = { readonly started: Started; readonly content: Json };

/**
 * What the events of a thread's conversation add up to; whoever reads them folds them like this. A started message stands at the end with its text so
 * far, a complete one takes the place of what was there under its id, MESSAGES_RESET takes the place of everything. Asides change nothing.
 */
export class MessageFold {
  #messages: MessageJson[];
  readonly #open = new Map<string, OpenMessage>();

  constructor(start: readonly MessageJson[] = []) {
    this.#messages = [...start];
  }

  get messages(): readonly MessageJson[] {
    return this.#messages;
  }

  /** By id, in the order in which they began. */
  get open(): ReadonlyMap<string, OpenMessage> {
    return this.#open;
  }

  /** Takes any event but MESSAGES_RESET, which only `reset` can: an event names a checkpoint instead of messages. */
  add(event: EventBody): void {
    if (isAside(event)) return;
    switch (event.kind) {
      case 'MESSAGE_STARTED':
        if (event.message.id != null) this.#open.set(event.message.id, { started: event, content: event.message.content });
        this.#put(event.message);
        break;
      case 'MESSAGE_DELTA':
        this.#grow(event.messageId, event.content);
        break;
      case 'MESSAGE_COMPLETED':
        if (event.message.id != null) this.#open.delete(event.message.id);
        this.#put(event.message);
        break;
      default: // MESSAGE_CHUNK has no content; the others are no messages
    }
  }

  /** The conversation is these messages now, and none of them grows. */
  reset(messages: readonly MessageJson[]): void {
    this.#messages = [...messages];
    this.#open.clear();
  }

  #put(message: MessageJson): void {
    const index = message.id == null ? -1 : this.#messages.findLastIndex(({ id }) => id === message.id);
    if (index === -1) this.#messages.push(message);
    else this.#messages[index] = message;
  }

  #grow(id: string, content: Json): void {
    const open = this.#open.get(id);
    if (open === undefined) return; // its beginning is unknown here; it comes whole when it is complete
    const grown = { ...open, content: addContent(open.content, content) };
    this.#open.set(id, grown);
    this.#put({ ...open.started.message, content: grown.content });
  }
}

/** Adds a delta's content to what there is so far: strings join, a block continues the one of its index and kind or is appended. */
export function addContent(soFar: Json, delta: Json): Json {
  if (typeof soFar === 'string' && typeof delta === 'string') return soFar + delta;
  if (isEmpty(delta)) return soFar;
  if (isEmpty(soFar)) return delta;
  const blocks = [...asBlocks(soFar)];
  for (const block of asBlocks(delta)) {
    const at = blocks.findLastIndex((other, index) => continues(block, other, index === blocks.length - 1));
    const target = blocks[at];
    if (isJsonObject(target) && isJsonObject(block)) blocks[at] = joinBlocks(target, block);
    else blocks.push(block);
  }
  return blocks;
}

const isEmpty = (content: Json): boolean => content === null || content === '' || (Array.isArray(content) && content.length === 0);

const asBlocks = (content: Json): readonly Json[] => {
  if (Array.isArray(content)) return content;
  return isEmpty(content) ? [] : [typeof content === 'string' ? { type: 'text', text: content } : content];
};

/** Providers number the blocks of a message; where they don't, text goes on in the last block. */
function continues(block: Json, other: Json, otherIsLast: boolean): boolean {
  if (!isJsonObject(block) || !isJsonObject(other)) return false;
  if (kindOf(block) !== kindOf(other)) return false;
  if (block['index'] !== undefined || other['index'] !== undefined) return block['index'] === other['index'];
  return otherIsLast && kindOf(block) === 'text';
}

const kindOf = (block: JsonObject): string => String(block['type'] ?? '').replace(/_delta$/, '');

const NAMES: ReadonlySet<string> = new Set(['type', 'id', 'name', 'index']);

function joinBlocks(left: JsonObject, right: JsonObject): JsonObject {
  const joined: Record<string, Json> = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const before = joined[key];
    if (before === undefined || before === null) joined[key] = value;
    else if (NAMES.has(key) || value === null) continue;
    else if (typeof before === 'string' && typeof value === 'string') joined[key] = before + value;
    else if (Array.isArray(before) && Array.isArray(value)) joined[key] = [...before, ...value];
    else if (isJsonObject(before) && isJsonObject(value)) joined[key] = joinBlocks(before, value);
  }
  return joined;
}

/** An AI message whose streaming was cut off, as far as it got. Can be rebuilt from the log: MESSAGE_STARTED and its deltas. */
export type PartialMessage = {
  readonly ns: string;
  readonly node: string | null;
  /** The task whose model call streamed it; absent where that isn't known, or the node handed the message over itself. */
  readonly taskId?: string;
  readonly messageId: string;
  /** As accumulated from the deltas' content: a string, or blocks. Hidden reasoning and half-built tool calls are dropped by repair, not here. */
  readonly content: Json;
  readonly name?: string | null;
};

/**
 * The AI messages of the thread's conversation that a log leaves open: begun, not completed, in the order of their first tokens. A reset takes back what was open before
 * it; a takeover alone doesn't, for one that only settles an INTERRUPT keeps what had been streamed.
 *
 * @param events of one run, in order
 */
export function partialsFromLog(events: Iterable<EventBody>): PartialMessage[] {
  const fold = new MessageFold();
  for (const event of events)
    if (event.kind === 'MESSAGES_RESET') fold.reset([]);
    else fold.add(event);
  return [...fold.open].flatMap(([messageId, { started, content }]): readonly PartialMessage[] => {
    const { ns, node, message, metadata } = started;
    if (message.type !== 'ai') return [];
    const taskId = taskOf(metadata);
    const { name } = message;
    return [{ ns, node, ...(taskId === null ? {} : { taskId }), messageId, content, ...(name == null ? {} : { name }) }];
  });
}

function taskOf(metadata: JsonObject | undefined): string | null {
  const ns = metadata?.['langgraph_checkpoint_ns'];
  return typeof ns === 'string' && ns.includes(':') ? ns.slice(ns.lastIndexOf(':') + 1) : null;
}
