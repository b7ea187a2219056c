import type { EventBody } from './event.ts';
import type { Json, JsonObject } from './json.ts';
import { MessageFold } from './message-fold.ts';

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
