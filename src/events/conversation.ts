import type { EventBody } from '../domain/event.ts';
import type { MessageJson } from '../domain/message.ts';
import { MessageFold } from '../domain/message-fold.ts';

/** The conversation after these events, as a reader of `messages` has it. `reset` gives the messages that a MESSAGES_RESET refers to. */
export async function conversationAfter(
  start: readonly MessageJson[],
  events: readonly EventBody[],
  reset: (body: Extract<EventBody, { kind: 'MESSAGES_RESET' }>) => Promise<readonly MessageJson[]>,
): Promise<readonly MessageJson[]> {
  const fold = new MessageFold(start);
  for (const event of events)
    if (event.kind === 'MESSAGES_RESET') fold.reset(await reset(event));
    else fold.add(event);
  return fold.messages;
}
