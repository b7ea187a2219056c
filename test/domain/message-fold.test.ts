import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EventBody } from '../../src/domain/event.ts';
import type { Json } from '../../src/domain/json.ts';
import { MessageFold } from '../../src/domain/message-fold.ts';
import { partialsFromLog } from '../../src/domain/partial-messages.ts';
import { conversationAfter } from '../../src/events/conversation.ts';
import { joinDeltas } from '../../src/events/join-deltas.ts';

const id = fc.constantFrom('a', 'b', 'c');
const aside = fc.constantFrom({}, {}, { aside: true as const });
const content: fc.Arbitrary<Json> = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.constantFrom([{ type: 'text', text: 'x' }], [{ type: 'text', text: 'y', index: 0 }], [{ type: 'thinking', thinking: 'z', index: 1 }]),
);
const place = { ns: '', node: 'n' } as const;
const event: fc.Arbitrary<EventBody> = fc.oneof(
  fc
    .tuple(id, aside)
    .map(([one, mark]): EventBody => ({ kind: 'MESSAGE_STARTED', ...place, ...mark, message: { type: 'ai', id: one, content: '' } })),
  fc
    .tuple(id, aside, content)
    .map(
      ([messageId, mark, more]): EventBody => ({ kind: 'MESSAGE_DELTA', ...place, ...mark, messageId, text: String(more), content: more }),
    ),
  fc.tuple(id, aside, content).map(
    ([one, mark, whole]): EventBody => ({
      kind: 'MESSAGE_COMPLETED',
      ...place,
      ...mark,
      message: { type: 'ai', id: one, content: whole },
    }),
  ),
  fc.constant<EventBody>({ kind: 'MESSAGES_RESET', checkpointId: null }),
);
const stored = [{ type: 'human', id: 'h', content: 'hi' }];

function folded(events: readonly EventBody[]): MessageFold {
  const fold = new MessageFold();
  for (const one of events) one.kind === 'MESSAGES_RESET' ? fold.reset(stored) : fold.add(one);
  return fold;
}

test('what a live reader folds is what the replay of the log gives, joined deltas or not', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 80 }), async (events) => {
      const live = folded(events);
      const waiting = events.map((body, index) => ({ threadId: 't' as never, seq: index + 1, runId: null, createdAt: new Date(0), body }));
      const joined: EventBody[] = [];
      for (let next = joinDeltas(waiting); next !== null; next = joinDeltas(waiting)) joined.push(next.body);

      expect(folded(joined).messages).toEqual(live.messages);
      expect(await conversationAfter([], events, async () => stored)).toEqual(live.messages);
    }),
  );
});

test('the partial messages of a log are what its fold has open', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 80 }), (events) => {
      const live = folded(events);

      const partials = partialsFromLog(events);

      expect(partials.map(({ messageId, content: text }) => [messageId, text])).toEqual(
        [...live.open].map(([one, open]) => [one, open.content]),
      );
      for (const partial of partials)
        expect(live.messages.find((message) => message.id === partial.messageId)?.content).toEqual(partial.content);
    }),
  );
});

test('an aside changes nothing', () => {
  fc.assert(
    fc.property(fc.array(event), (events) => {
      expect(folded(events).messages).toEqual(folded(events.filter((one) => !('aside' in one))).messages);
    }),
  );
});
