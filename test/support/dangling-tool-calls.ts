import type { MessageJson } from '../../src/domain/message.ts';

/**
 * What a strict model provider would refuse in this history, one sentence for each; [] when it would take it.
 * Every tool call of an AI message must be answered by the tool messages directly after it, each once, and
 * there must be no other tool messages.
 *
 * Made apart from the product's own code, so that the two can't be wrong in the same way.
 */
export function findDanglingToolCalls(messages: readonly MessageJson[]): string[] {
  const complaints: string[] = [];
  let expected = new Set<string>();
  let asker = -1;
  const closeTurn = (): void => {
    for (const id of expected)
      complaints.push(`message ${asker} calls ${id}, which nothing directly after it answers`);
    expected = new Set();
  };
  messages.forEach((message, index) => {
    if (message.type === 'tool') {
      if (!expected.delete(String(message.tool_call_id)))
        complaints.push(`message ${index} answers ${message.tool_call_id}, which was not asked just before`);
      return;
    }
    closeTurn();
    if (message.type !== 'ai') return;
    asker = index;
    expected = new Set((message.tool_calls ?? []).map((call) => String(call.id)));
  });
  closeTurn();
  return complaints;
}
