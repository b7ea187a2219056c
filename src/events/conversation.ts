import type { EventBody } from '../domain/event.ts';
import type { Json } from '../domain/json.ts';
import type { MessageJson } from '../domain/message.ts';

/**
 * The conversation after these events, as a reader of `messages` would have it: started messages hold the text so far, completed ones
 * replace what was there under their id. `reset` gives the messages that a MESSAGES_RESET refers to.
 */
export async function conversationAfter(
  start: readonly MessageJson[],
  events: readonly EventBody[],
  reset: (body: Extract<EventBody, { kind: 'MESSAGES_RESET' }>) => Promise<readonly MessageJson[]>,
): Promise<readonly MessageJson[]> {
  let messages = [...start];
  for (const event of events) {
    switch (event.kind) {
      case 'MESSAGE_STARTED':
      case 'MESSAGE_COMPLETED':
        put(messages, event.message);
        break;
      case 'MESSAGE_DELTA':
        append(messages, event.messageId, event.content);
        break;
      case 'MESSAGES_RESET':
        messages = [...(await reset(event))];
        break;
      default:
    }
  }
  return messages;
}

function put(messages: MessageJson[], message: MessageJson): void {
  const index = messages.findIndex((one) => one.id === message.id);
  if (index === -1) messages.push(message);
  else messages[index] = message;
}

function append(messages: MessageJson[], id: string, content: Json): void {
  const index = messages.findIndex((one) => one.id === id);
  const message = messages[index];
  if (message === undefined) return;
  messages[index] = { ...message, content: joinContent(message.content, content) };
}

/** Adds a delta's content to what there is: strings are joined, blocks follow each other. */
function joinContent(sofar: Json, more: Json): Json {
  if (typeof sofar === 'string' && typeof more === 'string') return sofar + more;
  const blocks = (content: Json): readonly Json[] =>
    Array.isArray(content) ? content : content === '' ? [] : [{ type: 'text', text: content }];
  return [...blocks(sofar), ...blocks(more)];
}
