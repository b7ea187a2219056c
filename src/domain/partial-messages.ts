import type { EventBody } from './event.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** An AI message whose streaming was cut off, as far as it got. Can be rebuilt from the log: MESSAGE_STARTED and its deltas. */
export type PartialMessage = {
  readonly ns: string;
  readonly node: string | null;
  readonly messageId: string;
  /** As accumulated from the deltas' content: a string, or blocks. Hidden reasoning and half-built tool calls are dropped by repair, not here. */
  readonly content: Json;
  readonly name?: string | null;
};

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

/**
 * The AI messages that a log leaves open: begun, not completed, in the order of their first tokens. A reset takes back what was open before
 * it; a takeover alone doesn't, for one that only settles an INTERRUPT keeps what had been streamed.
 *
 * @param events of one run, in order
 */
export function partialsFromLog(events: Iterable<EventBody>): PartialMessage[] {
  const open = new Map<string, PartialMessage>();
  for (const event of events) {
    switch (event.kind) {
      case 'MESSAGE_STARTED': {
        const { id, type, name } = event.message;
        if (id != null && type === 'ai') {
          open.set(id, { ns: event.ns, node: event.node, messageId: id, content: '', ...(name == null ? {} : { name }) });
        }
        break;
      }
      case 'MESSAGE_DELTA': {
        const message = open.get(event.messageId);
        if (message !== undefined) open.set(event.messageId, { ...message, content: addContent(message.content, event.content) });
        break;
      }
      case 'MESSAGE_COMPLETED':
        if (event.message.id != null) open.delete(event.message.id);
        break;
      case 'MESSAGES_RESET':
        open.clear();
        break;
    }
  }
  return [...open.values()];
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
