import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventBody } from '../../src/domain/event.ts';
import type { Json } from '../../src/domain/json.ts';
import { addContent, MessageFold, partialsFromLog } from '../../src/domain/message-fold.ts';
import { conversationAfter } from '../../src/events/expansion.ts';
import { joinDeltas } from '../../src/events/follower.ts';

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

describe('a fold', () => {
  const said = (id: string | null, content: Json = '', type = 'ai') => ({ type, id, content });
  const started = (id: string | null, content: Json = ''): EventBody => ({ kind: 'MESSAGE_STARTED', ...place, message: said(id, content) });
  const completed = (id: string | null, content: Json): EventBody => ({ kind: 'MESSAGE_COMPLETED', ...place, message: said(id, content) });
  const delta = (messageId: string, text: string): EventBody => ({ kind: 'MESSAGE_DELTA', ...place, messageId, text, content: text });
  const foldOf = (start: Parameters<typeof MessageFold.prototype.reset>[0], ...events: EventBody[]): MessageFold => {
    const fold = new MessageFold(start);
    for (const one of events) fold.add(one);
    return fold;
  };

  test('begins with what there is, and leaves that list alone', () => {
    const start = [said('h', 'hi', 'human')];

    expect(foldOf(start, started('a'), delta('a', 'x')).messages).toEqual([said('h', 'hi', 'human'), said('a', 'x')]);
    expect(start).toEqual([said('h', 'hi', 'human')]);
  });

  test('a message that begins again or is complete takes the place of the one of its id', () => {
    const fold = foldOf([], started('a'), started('b'), delta('a', 'x'), started('a'), completed('b', 'whole'));

    expect(fold.messages).toEqual([said('a'), said('b', 'whole')]);
    expect([...fold.open.keys()]).toEqual(['a']);
  });

  test('messages without an id stand for themselves and never grow', () => {
    const fold = foldOf([said(null, 'first')], started(null), completed(null, 'last'));

    expect(fold.messages).toEqual([said(null, 'first'), said(null), said(null, 'last')]);
    expect(fold.open.size).toBe(0);
  });

  test('a delta of a message whose beginning is unknown changes nothing', () => {
    expect(foldOf([said('a', 'x')], delta('a', 'y')).messages).toEqual([said('a', 'x')]);
  });

  test('a reset takes the place of everything', () => {
    const fold = foldOf([said('h')], started('a'));
    const now = [said('n', 'new')];

    fold.reset(now);
    fold.add(delta('a', 'x'));
    fold.add(completed('z', 'end'));

    expect(fold.messages).toEqual([said('n', 'new'), said('z', 'end')]);
    expect(fold.open.size).toBe(0);
    expect(now).toHaveLength(1);
  });
});

const text = (value: string, more: object = {}): Json => ({ type: 'text', text: value, ...more });

test.each<[soFar: Json, delta: Json, sum: Json]>([
  ['a', 'b', 'ab'],
  ['', [text('a')], [text('a')]],
  [[], 'a', 'a'],
  [null, 'a', 'a'],
  [null, [text('a')], [text('a')]],
  ['a', null, 'a'],
  ['a', [], 'a'],
  [[text('a')], '', [text('a')]],
  [[text('a')], null, [text('a')]],
  ['a', [text('b')], [text('ab')]],
  [[text('a')], 'b', [text('ab')]],
  [text('a'), [text('b')], [text('ab')]],
  [[text('a')], text('b'), [text('ab')]],
  [[text('a')], ['b'], [text('a'), 'b']],
  [['a'], [text('b')], ['a', text('b')]],
  [['a', 'b'], ['c'], ['a', 'b', 'c']],
  // Only text goes on without an index, and only in the last block.
  [[text('a'), { type: 'image' }], [text('b')], [text('a'), { type: 'image' }, text('b')]],
  [
    [{ type: 'image', url: 'x' }],
    [{ type: 'image', url: 'y' }],
    [
      { type: 'image', url: 'x' },
      { type: 'image', url: 'y' },
    ],
  ],
  [[text('a')], [{ type: 'thinking', thinking: 'b' }], [text('a'), { type: 'thinking', thinking: 'b' }]],
  // With an index the block of that index and kind goes on, wherever it is.
  [[text('a', { index: 0 }), text('b', { index: 1 })], [text('c', { index: 0 })], [text('ac', { index: 0 }), text('b', { index: 1 })]],
  [[text('a', { index: 0 })], [text('b', { index: 1 })], [text('a', { index: 0 }), text('b', { index: 1 })]],
  [[text('a', { index: 0 })], [text('b')], [text('a', { index: 0 }), text('b')]],
  [[text('a')], [text('b', { index: 0 })], [text('a'), text('b', { index: 0 })]],
  [
    [{ type: 'thinking', thinking: 'a', index: 0 }],
    [text('b', { index: 0 })],
    [{ type: 'thinking', thinking: 'a', index: 0 }, text('b', { index: 0 })],
  ],
  [
    [{ type: 'tool_use', id: 'i', name: 'n', index: 0, input: 'a' }],
    [{ type: 'tool_use_delta', id: 'i', name: 'n', index: 0, input: 'b' }],
    [{ type: 'tool_use', id: 'i', name: 'n', index: 0, input: 'ab' }],
  ],
  [
    [{ type: 'a_delta_b', index: 0 }],
    [{ type: 'a_b', index: 0 }],
    [
      { type: 'a_delta_b', index: 0 },
      { type: 'a_b', index: 0 },
    ],
  ],
  [[{ index: 0, x: 'a' }], [{ index: 0, x: 'b' }], [{ index: 0, x: 'ab' }]],
  // Members: what was absent or null is set, texts and lists join, objects join alike, anything else stays.
  [[text('a', { extra: null })], [text('b', { extra: 'set', more: 1 })], [text('ab', { extra: 'set', more: 1 })]],
  [[text('a', { extra: 'kept' })], [text('b', { extra: null })], [text('ab', { extra: 'kept' })]],
  [[text('a', { list: [1] })], [text('b', { list: [2] })], [text('ab', { list: [1, 2] })]],
  [[text('a', { list: [1] })], [text('b', { list: 2 })], [text('ab', { list: [1] })]],
  [[text('a', { list: 1 })], [text('b', { list: [2] })], [text('ab', { list: 1 })]],
  [[text('a', { o: { x: 'a', y: 1 } })], [text('b', { o: { x: 'b', z: 2 } })], [text('ab', { o: { x: 'ab', y: 1, z: 2 } })]],
  [[text('a', { o: { x: 'a' } })], [text('b', { o: [1] })], [text('ab', { o: { x: 'a' } })]],
  [[text('a', { o: [1] })], [text('b', { o: { x: 'a' } })], [text('ab', { o: [1] })]],
  [[text('a', { n: 'x' })], [text('b', { n: 1 })], [text('ab', { n: 'x' })]],
  [[text('a', { n: 1 })], [text('b', { n: 'x' })], [text('ab', { n: 1 })]],
])('%j and %j are %j', (soFar, delta, sum) => {
  expect(addContent(soFar, delta)).toEqual(sum);
});
