import {
  AIMessage,
  AIMessageChunk,
  HumanMessage,
  type StandardMessageStructure,
  ToolMessage,
} from '@langchain/core/messages';
import { expect, test } from 'vitest';
import { messageToJson, toJson } from '../../src/graphs/state/to-json.ts';

test('a message takes the flat form with its type', () => {
  const message = new AIMessage({
    id: '1',
    content: 'hi',
    tool_calls: [{ id: 'c', name: 'search', args: { q: 1 } }],
  });

  expect(toJson({ messages: [message, new HumanMessage('yes')] })).toMatchObject({
    messages: [
      {
        type: 'ai',
        id: '1',
        content: 'hi',
        tool_calls: [{ id: 'c', name: 'search', args: { q: 1 } }],
        additional_kwargs: {},
        response_metadata: {},
      },
      { type: 'human', content: 'yes' },
    ],
  });
});

test('a streamed chunk is an AI message like any other', () => {
  const json = messageToJson(
    new AIMessageChunk<StandardMessageStructure>({
      content: 'x',
      usage_metadata: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
    }),
  );

  expect(json).toMatchObject({
    type: 'ai',
    usage_metadata: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
  });
  expect(json).not.toHaveProperty('tool_call_chunks');
});

test('a tool message says which call it answers, and how', () => {
  expect(messageToJson(new ToolMessage({ tool_call_id: 'c', content: 'no', status: 'error' }))).toMatchObject(
    {
      type: 'tool',
      tool_call_id: 'c',
      status: 'error',
    },
  );
});

test('the JSON of a message is made once', () => {
  const message = new HumanMessage({ id: '1', content: 'hi' });

  expect(messageToJson(message)).toBe(messageToJson(message));
});

test('the JSON of a message that got its id later has the id', () => {
  const message = new HumanMessage('hi');
  messageToJson(message);

  message.id = 'late';

  expect(messageToJson(message).id).toBe('late');
});

test('what JSON has no word for becomes what comes nearest', () => {
  expect(
    toJson({
      when: new Date(0),
      never: new Date(Number.NaN),
      map: new Map([['a', 1]]),
      pairs: new Map([[1, 'a']]),
      set: new Set([1]),
      big: 10n,
      bytes: new Uint8Array([1, 2, 3]),
      floats: new Float32Array([1.5]),
      error: new TypeError('bad'),
      infinite: Number.POSITIVE_INFINITY,
      url: new URL('http://a.b/'),
      missing: undefined,
      call: () => 1,
      list: [undefined, () => 1],
    }),
  ).toEqual({
    when: '1970-01-01T00:00:00.000Z',
    never: null,
    map: { a: 1 },
    pairs: [[1, 'a']],
    set: [1],
    big: '10',
    bytes: 'AQID',
    floats: [1.5],
    error: { name: 'TypeError', message: 'bad' },
    infinite: null,
    url: 'http://a.b/',
    list: [null, null],
  });
});

test('a circular reference ends where it closes', () => {
  const loop: Record<string, unknown> = { name: 'loop' };
  loop['self'] = loop;

  expect(toJson(loop)).toEqual({ name: 'loop', self: '[Circular]' });
});

test('the same object twice is no circle', () => {
  const shared = { a: 1 };

  expect(toJson([shared, shared])).toEqual([{ a: 1 }, { a: 1 }]);
});

test('a getter that throws costs only its object', () => {
  const bad = {
    get value(): never {
      throw new Error('no');
    },
  };

  expect(toJson({ bad, good: 1 })).toEqual({ bad: '[Unreadable: no]', good: 1 });
});

test('nesting without end is cut off', () => {
  let deep: unknown = 'end';
  for (let i = 0; i < 10_000; i += 1) deep = [deep];

  expect(JSON.stringify(toJson(deep))).toContain('[Too deep]');
});

test('a key named __proto__ stays a key', () => {
  const json = toJson(JSON.parse('{"__proto__": {"a": 1}}')) as object;

  expect(Object.getPrototypeOf(json)).toBe(Object.prototype);
  expect(Object.keys(json)).toEqual(['__proto__']);
});
