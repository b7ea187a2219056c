import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventBody } from '../../src/domain/event.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { MessageJson } from '../../src/domain/message.ts';
import {
  begin,
  grow,
  MessageFold,
  type MessageSoFar,
  OpenMessages,
  partialsFromLog,
  wholeSoFar,
} from '../../src/domain/message-fold.ts';
import { conversationAfter } from '../../src/events/expansion.ts';
import { joinDeltas } from '../../src/events/follower.ts';

const id = fc.constantFrom('a', 'b', 'c');
const aside = fc.constantFrom({}, {}, { aside: true as const });
const content: fc.Arbitrary<Json> = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.constantFrom(
    [{ type: 'text', text: 'x' }],
    [{ type: 'text', text: 'y', index: 0 }],
    [{ type: 'thinking', thinking: 'z', index: 1 }],
  ),
);
const extras: fc.Arbitrary<JsonObject | undefined> = fc.constantFrom<(JsonObject | undefined)[]>(
  undefined,
  { usage_metadata: { output_tokens: 1 } },
  { tool_call_chunks: [{ index: 0, id: 'c', args: '{' }] },
  { additional_kwargs: { reasoning: 'hm' } },
);
const place = { ns: '', node: 'n' } as const;
const delta = (messageId: string, more: Json, carried?: JsonObject): EventBody => ({
  kind: 'MESSAGE_DELTA',
  ...place,
  messageId,
  text: String(more),
  content: more,
  ...(carried && { extras: carried }),
});
const event: fc.Arbitrary<EventBody> = fc.oneof(
  fc.tuple(id, aside).map(
    ([one, mark]): EventBody => ({
      kind: 'MESSAGE_STARTED',
      ...place,
      ...mark,
      message: { type: 'ai', id: one, content: '' },
    }),
  ),
  fc
    .tuple(id, aside, content, extras)
    .map(([one, mark, more, carried]): EventBody => ({ ...delta(one, more, carried), ...mark })),
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

/** As a log has them: behind blocks a text is a block (EventBody). */
function logged(events: readonly EventBody[]): EventBody[] {
  const fold = new OpenMessages();
  return events.map((one) => {
    if (one.kind === 'MESSAGE_STARTED') fold.start(one);
    if (one.kind === 'MESSAGE_COMPLETED') fold.complete(one.message.id);
    if (one.kind !== 'MESSAGE_DELTA') return one;
    const isBlock = Array.isArray(fold.get(one.messageId)?.content) && typeof one.content === 'string';
    const body = isBlock ? { ...one, content: [{ type: 'text', text: one.content }] } : one;
    fold.add(body);
    return body;
  });
}
const history = fc.array(event, { maxLength: 80 }).map(logged);
/** A message of many texts, which followers join when they lag. */
const lagging = fc
  .tuple(
    fc.array(content, { maxLength: 2 }),
    fc.array(fc.tuple(fc.constantFrom('x', 'y', ''), extras), { minLength: 33, maxLength: 50 }),
  )
  .map(([first, texts]) =>
    logged([
      { kind: 'MESSAGE_STARTED', ...place, message: { type: 'ai', id: 'a', content: '' } },
      ...first.map((one) => delta('a', one)),
      ...texts.map(([one, carried]) => delta('a', one, carried)),
    ]),
  );

function folded(events: readonly EventBody[]): MessageFold {
  const fold = new MessageFold();
  for (const one of events) one.kind === 'MESSAGES_RESET' ? fold.reset(stored) : fold.add(one);
  return fold;
}

test('what a live reader folds is what the replay of the log gives, joined deltas or not', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(history, lagging), async (events) => {
      const live = folded(events);
      const waiting = events.map((body, index) => ({
        threadId: 't' as never,
        seq: index + 1,
        runId: null,
        createdAt: new Date(0),
        body,
      }));
      const joined: EventBody[] = [];
      for (let next = joinDeltas(waiting); next !== null; next = joinDeltas(waiting)) joined.push(next.body);

      expect(folded(joined).messages).toEqual(live.messages);
      expect([...folded(joined).open].map(wholeSoFar)).toEqual([...live.open].map(wholeSoFar));
      expect(await conversationAfter([], events, async () => stored)).toEqual(live.messages);
    }),
  );
});

test('the partial messages of a log are what its fold has open', () => {
  fc.assert(
    fc.property(history, (events) => {
      const live = folded(events);

      const partials = partialsFromLog(events);

      expect(partials.map(({ messageId, content: text }) => [messageId, text])).toEqual(
        [...live.open].map(({ started, content: text }) => [started.message.id, text]),
      );
      for (const partial of partials)
        expect(live.messages.find((message) => message.id === partial.messageId)?.content).toEqual(
          partial.content,
        );
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
  const started = (id: string | null, content: Json = ''): EventBody => ({
    kind: 'MESSAGE_STARTED',
    ...place,
    message: said(id, content),
  });
  const completed = (id: string | null, content: Json): EventBody => ({
    kind: 'MESSAGE_COMPLETED',
    ...place,
    message: said(id, content),
  });
  const foldOf = (
    start: Parameters<typeof MessageFold.prototype.reset>[0],
    ...events: EventBody[]
  ): MessageFold => {
    const fold = new MessageFold(start);
    for (const one of events) fold.add(one);
    return fold;
  };

  test('begins with what there is, and leaves that list alone', () => {
    const start = [said('h', 'hi', 'human')];

    expect(foldOf(start, started('a'), delta('a', 'x')).messages).toEqual([
      said('h', 'hi', 'human'),
      said('a', 'x'),
    ]);
    expect(start).toEqual([said('h', 'hi', 'human')]);
  });

  test('a message that begins again or is complete takes the place of the one of its id', () => {
    const fold = foldOf(
      [],
      started('a'),
      started('b'),
      delta('a', 'x'),
      started('a'),
      completed('b', 'whole'),
    );

    expect(fold.messages).toEqual([said('a'), said('b', 'whole')]);
    expect([...fold.open].map(({ started }) => started.message.id)).toEqual(['a']);
  });

  test('messages without an id stand for themselves and never grow', () => {
    const fold = foldOf([said(null, 'first')], started(null), completed(null, 'last'));

    expect(fold.messages).toEqual([said(null, 'first'), said(null), said(null, 'last')]);
    expect([...fold.open]).toEqual([]);
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
    expect([...fold.open]).toEqual([]);
    expect(now).toHaveLength(1);
  });
});

describe('a message so far', () => {
  const whole = (message: MessageJson, ...pieces: Parameters<typeof grow>[1][]): MessageJson =>
    wholeSoFar(pieces.reduce<MessageSoFar>(grow, begin({ kind: 'MESSAGE_STARTED', ...place, message })));
  const head = {
    type: 'ai',
    id: 'a',
    content: '',
    additional_kwargs: { reasoning: 'I ' },
    response_metadata: { model: 'x' },
    tool_calls: [{ id: 'c', name: 'look', args: {} }],
    invalid_tool_calls: [{ id: 'd', name: 'look', args: '{' }],
    usage_metadata: { input_tokens: 1 },
  };

  test('is what it began with and what came', () => {
    const more = { additional_kwargs: { reasoning: 'ask' }, response_metadata: { reason: 'stop' } };

    expect(whole(head)).toEqual(head);
    expect(
      whole(
        head,
        { content: 'x', extras: { ...more, usage_metadata: { input_tokens: 2 } } },
        { extras: { usage_metadata: { output_tokens: 3 } } },
      ),
    ).toEqual({
      ...head,
      content: 'x',
      additional_kwargs: { reasoning: 'I ask' },
      response_metadata: { model: 'x', reason: 'stop' },
      usage_metadata: {
        input_tokens: 3,
        output_tokens: 3,
        total_tokens: 0,
        input_token_details: {},
        output_token_details: {},
      },
    });
  });

  test('has the calls that came whole behind its own, and those of chunks in place of all', () => {
    const call = { id: 'e', name: 'ask', args: { of: 'me' } };

    expect(whole(head, { extras: { tool_calls: [call] } }).tool_calls).toEqual([...head.tool_calls, call]);
    const chunk = { index: 0, id: 'f', name: 'ask', args: '{"of":"you' };
    expect(
      whole(head, { extras: { tool_calls: [call] } }, { extras: { tool_call_chunks: [chunk] } }),
    ).toMatchObject({
      tool_calls: [{ id: 'f', name: 'ask', args: { of: 'you' } }],
      invalid_tool_calls: [],
    });
  });

  test('of another type than the AI has no calls', () => {
    expect(
      whole(
        { type: 'human', id: 'h', content: 'a' },
        { content: 'b', extras: { tool_calls: [{ name: 'x' }] } },
      ),
    ).toEqual({
      type: 'human',
      id: 'h',
      content: 'ab',
      additional_kwargs: {},
      response_metadata: {},
    });
  });
});
