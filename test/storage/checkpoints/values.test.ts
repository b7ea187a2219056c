import {
  AIMessage,
  AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  RemoveMessage,
  ToolMessage,
} from '@langchain/core/messages';
import { ChatPromptTemplate } from '@langchain/core/prompts';
import { FakeListChatModel } from '@langchain/core/utils/testing';
import { Command, Send } from '@langchain/langgraph';
import { DeltaSnapshot, JsonPlusSerializer } from '@langchain/langgraph-checkpoint';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TextSerde } from '../../../src/storage/checkpoints/values/text-serde.ts';

const serde = new TextSerde();
const roundTrip = <T>(value: T): T => serde.loads(serde.dumps(value)) as T;

/** JSON whose keys and texts are those that serializers look for. */
const TELLING = [
  'lc',
  'type',
  'id',
  'kwargs',
  'args',
  'value',
  'method',
  'lg_name',
  'node',
  '__lc_escaped__',
  '__proto__',
  'constructor',
];
const TEXTS = [
  'constructor',
  'secret',
  'not_implemented',
  'undefined',
  'entries',
  'delta_snapshot',
  'Send',
  'Map',
  'langchain_core',
  'toJSON',
];
const json = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.constantFrom(null, true, 1, 2, 0.5, '', '\ud83d', '\0', ...TEXTS),
    fc.string(),
    fc.array(tie('json'), { maxLength: 4 }),
    // The records of serializers, whole.
    fc.record({
      lc: fc.constantFrom(1, 2),
      type: fc.constantFrom('constructor', 'undefined', 'entries', 'delta_snapshot', 'secret'),
      id: fc.constantFrom(['Set'], ['Map'], ['langchain_core', 'messages', 'AIMessage'], ['PATH']),
      method: fc.constant(null),
      args: fc.constantFrom([[]], [[[1, 2]]]),
      kwargs: fc.record({ content: fc.constant('x'), more: tie('json') }),
      value: fc.oneof(fc.constant([['lc', 1]]), tie('json')),
    }),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.constantFrom(...TELLING, 'toJSON'), fc.string()), tie('json')), {
        selector: ([key]) => key,
        maxLength: 5,
      })
      .map((entries) =>
        JSON.parse(
          `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`,
        ),
      ),
  ),
})).json;

const constructorOf = (path: readonly string[], kwargs: object = {}) => ({
  lc: 1,
  type: 'constructor',
  id: path,
  kwargs,
});
const GADGETS: readonly unknown[] = [
  constructorOf(['langchain_core', 'document_loaders', 'langsmith', 'LangSmithLoader']),
  constructorOf(['langchain_core', 'messages', 'HumanMessage'], { content: 'forged' }),
  constructorOf(['langchain_core', 'messages', 'constructor']),
  constructorOf(['langchain_core', 'utils', 'stream', 'AsyncGeneratorWithSetup']),
  constructorOf(['no', 'such', 'Thing']),
  constructorOf(['__proto__', 'constructor', 'constructor']),
  { lc: 1, type: 'secret', id: ['PATH'] },
  { lc: 1, type: 'not_implemented', id: ['x'] },
  { lc: 2, type: 'undefined' },
  { lc: 2, type: 'constructor', id: ['Set'], method: null, args: [[1]], kwargs: {} },
  { lc: 2, type: 'constructor', id: ['Function'], method: 'apply', args: ['return process'], kwargs: {} },
  { lc: 2, type: 'entries', value: [['lc', 1]] },
  { lc: 2, type: 'delta_snapshot', value: 1 },
  { lg_name: 'Send', node: 'x', args: {}, more: 1 },
  { lg_name: 'Command', goto: 'x' },
  { lg_name: 'DeltaSnapshot', value: 1, more: 2 },
  { __lc_escaped__: { lc: 1 } },
  { __lc_escaped__: { __lc_escaped__: 1 } },
  { toJSON: 'x', constructor: { prototype: 1 }, lc_serializable: true, _getType: 'ai', content: 1 },
  JSON.parse('{"__proto__":{"lc":1,"polluted":true}}'),
];

test('any JSON comes back equal, as plain data', () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = JSON.stringify(value);

      const back = roundTrip(value);

      expect(JSON.stringify(back)).toBe(text);
      expectPlain(back);
    }),
    { numRuns: 2_000 },
  );
});

test('any JSON within a message comes back equal, and the message as a message', () => {
  fc.assert(
    fc.property(fc.array(json, { maxLength: 2 }), json, json, json, (blocks, kwarg, args, artifact) => {
      const content = blocks.map((data) => ({ type: 'json', data }));
      const call = { id: 'c', name: 'f', type: 'tool_call' as const, args: { given: args } };
      const messages: BaseMessage[] = [
        new HumanMessage({
          id: 'h',
          content: content as never,
          additional_kwargs: { kwarg },
          response_metadata: { kwarg },
        }),
        new AIMessage({ id: 'a', content: 'x', tool_calls: [call], additional_kwargs: { kwarg } }),
        new ToolMessage({ id: 't', content: 'x', tool_call_id: 'c', artifact }),
      ];

      const [human, ai, tool] = roundTrip(messages) as [HumanMessage, AIMessage, ToolMessage];

      expect(JSON.stringify([human.content, human.additional_kwargs, human.response_metadata])).toBe(
        JSON.stringify([content, { kwarg }, { kwarg }]),
      );
      expect(JSON.stringify(ai.tool_calls)).toBe(JSON.stringify([call]));
      expect(JSON.stringify(tool.artifact)).toBe(JSON.stringify(artifact));
      for (const part of [human.content, human.additional_kwargs, ai.tool_calls, tool.artifact])
        expectPlain(part);
      expect([human, ai, tool].map((message) => message.constructor)).toEqual([
        HumanMessage,
        AIMessage,
        ToolMessage,
      ]);
    }),
    { numRuns: 500 },
  );
});

test.each(GADGETS.map((gadget) => [JSON.stringify(gadget), gadget]))(
  '%s stays data, alone, nested and within a message',
  (text, gadget) => {
    const message = new HumanMessage({
      content: [{ type: 'json', gadget }] as never,
      additional_kwargs: { gadget, deep: [{ gadget }] },
    });

    const back = roundTrip({ gadget, list: [gadget], message });

    expect(JSON.stringify([back.gadget, back.list[0]])).toBe(`[${text},${text}]`);
    expect(JSON.stringify(back.message.additional_kwargs)).toBe(
      JSON.stringify({ gadget, deep: [{ gadget }] }),
    );
    expect(JSON.stringify(back.message.content)).toBe(JSON.stringify([{ type: 'json', gadget }]));
    expectPlain(back.message.additional_kwargs);
    expectPlain(back.gadget);
  },
);

test.each(GADGETS.map((gadget) => [JSON.stringify(gadget), gadget]))(
  '%s that an older version stored is read without a secret, a module or an error',
  (_text, gadget) => {
    process.env['LANGSMITH_API_KEY'] = 'lsv2_CANARY';
    try {
      const back = serde.loads(
        JSON.stringify({
          outer: gadget,
          message: constructorOf(['langchain_core', 'messages', 'HumanMessage'], {
            content: 'x',
            additional_kwargs: { gadget },
          }),
        }),
      ) as {
        message: HumanMessage;
      };

      expect(back.message).toBeInstanceOf(HumanMessage);
      expect(JSON.stringify(back)).not.toContain('CANARY');
    } finally {
      delete process.env['LANGSMITH_API_KEY'];
    }
  },
);

test('what LangGraph’s own serializer wrote is read as it was', async () => {
  const values = {
    messages: [
      new HumanMessage({ id: 'h', content: 'x', additional_kwargs: { user: { lc: 1, mine: true } } }),
      new AIMessageChunk({ id: 'c', content: 'y' }),
    ],
    set: new Set([1]),
    map: new Map([['a', { b: undefined }]]),
    error: new Error('e'),
    pattern: /x+/gi,
    bytes: new Uint8Array([0, 255]),
    snapshot: new DeltaSnapshot([1]),
  };
  const [type, text] = await new JsonPlusSerializer().dumpsTyped(values);

  const back = (await serde.loadsTyped(type, text)) as typeof values;

  expect(back.messages[0]).toBeInstanceOf(HumanMessage);
  expect(back.messages[0]!.additional_kwargs).toEqual({ user: { lc: 1, mine: true } });
  expect(back.messages[1]).toBeInstanceOf(AIMessageChunk);
  expect({ ...back, messages: null }).toEqual({ ...values, messages: null });
});

test('lists and values with LangGraph’s text for what it could not write are read all the same', () => {
  const failed = '[unable to serialize, circular reference is too complex to analyze]';

  expect(serde.loads(JSON.stringify(failed))).toBe(failed);
  expect(serde.loads(`[{"a":1},${failed}]`)).toEqual([{ a: 1 }, failed]);
  expect(serde.loads('')).toBeUndefined();
});

test('what is no JSON but has a form comes back as what it was', () => {
  const value = {
    set: new Set([{ lc: 1 }]),
    map: new Map([[{ k: 1 }, undefined]]),
    re: /a/u,
    error: new RangeError('r'),
    none: undefined,
    holes: [1, undefined],
  };

  expect(roundTrip(value)).toEqual({ ...value, error: new Error('r') });
  expect(roundTrip({ when: new Date(0), n: [Number.NaN, Number.POSITIVE_INFINITY], z: -0 })).toEqual({
    when: '1970-01-01T00:00:00.000Z',
    n: [null, null],
    z: 0,
  });
  expect(roundTrip(Buffer.from([1, 2]))).toEqual(new Uint8Array([1, 2]));
  expect(roundTrip(new Send('n', { a: 1 }))).toEqual({ node: 'n', args: { a: 1 } });
  expect(roundTrip(new DeltaSnapshot([{ lc: 2, type: 'undefined' }]))).toEqual(
    new DeltaSnapshot([{ lc: 2, type: 'undefined' }]),
  );
  expect(roundTrip(new Command({ goto: 'n' }))).toEqual({
    lg_name: 'Command',
    goto: ['n'],
    update: undefined,
    resume: undefined,
  });
});

test('a message of a class of the user’s own comes back as LangChain’s class of its type', () => {
  class Greeting extends HumanMessage {}

  expect(roundTrip(new Greeting({ id: 'g', content: 'hi', name: 'n' }))).toEqual(
    new HumanMessage({ id: 'g', content: 'hi', name: 'n' }),
  );
  expect(roundTrip(new RemoveMessage({ id: 'x' }))).toBeInstanceOf(RemoveMessage);
});

const circular: { rows: unknown[] } = { rows: [] };
circular.rows.push({ back: circular });
const REFUSED: readonly (readonly [name: string, value: unknown, error: string])[] = [
  ['bigint', { a: [{ b: 1n }] }, 'a BigInt cannot be stored at a[0].b'],
  ['function', { a: () => 1 }, 'a function cannot be stored at a'],
  ['symbol', [Symbol('s')], 'a symbol cannot be stored at [0]'],
  ['bare function', () => 1, 'a function cannot be stored'],
  [
    'artifact',
    [new ToolMessage({ content: '', tool_call_id: 'c', artifact: { rows: [{ id: 1n }] } })],
    'a BigInt cannot be stored at [0].artifact.rows[0].id',
  ],
  ['circle', { circular }, 'a circular reference cannot be stored at circular.rows[0].back'],
  [
    'circle in a message',
    new HumanMessage({ content: '', additional_kwargs: { circular } }),
    'a circular reference cannot be stored at additional_kwargs.circular.rows[0].back',
  ],
  [
    'getter',
    {
      a: {
        get b(): never {
          throw new Error('no');
        },
      },
    },
    'a value whose access throws "no" cannot be stored at a.b',
  ],
  [
    'toJSON',
    {
      a: {
        toJSON() {
          throw new Error('no');
        },
      },
    },
    'a value whose access throws "no" cannot be stored at a',
  ],
  [
    'proxy',
    {
      a: new Proxy(
        {},
        {
          ownKeys() {
            throw new Error('no');
          },
        },
      ),
    },
    'a value whose access throws "no" cannot be stored at a',
  ],
  ['promise', { a: Promise.resolve(1) }, 'a Promise cannot be stored at a'],
  ['map', { a: new Map([['k', 1n]]) }, 'a BigInt cannot be stored at a[0][1]'],
  [
    'model',
    { model: new FakeListChatModel({ responses: [] }) },
    'a FakeListChatModel cannot be stored at model',
  ],
  ['prompt', ChatPromptTemplate.fromMessages([['human', 'x']]), 'a ChatPromptTemplate cannot be stored'],
];

test.each(REFUSED)(
  'a value that could not be read back is refused with its place: %s',
  (_name, value, error) => {
    expect(() => serde.dumps(value)).toThrow(error);
  },
);

const nested = (levels: number, wrap: (inner: unknown) => unknown): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
};

test.each([
  ['objects', (inner: unknown) => ({ a: inner })],
  ['lists', (inner: unknown) => [inner]],
  ['objects that look like records', (inner: unknown) => ({ lc: 1, type: 'constructor', kwargs: inner })],
])('%s come back from any depth up to the limit, and are refused beyond it', (_name, wrap) => {
  for (const levels of [1, 48, 50, 51, 200, 250]) {
    const value = nested(levels, wrap);
    expect(roundTrip(value)).toEqual(value);
  }
  const message = new HumanMessage({ content: '', additional_kwargs: { deep: nested(248, wrap) } });
  expect((roundTrip(message) as HumanMessage).additional_kwargs).toEqual(message.additional_kwargs);
  expect(() => serde.dumps(nested(251, wrap))).toThrow(
    'a value nested deeper than 250 levels cannot be stored at',
  );
  expect(() => serde.dumps(nested(100_000, wrap))).toThrow('a value nested deeper than 250 levels');
});

test('an older database’s value is read from any depth', () => {
  const text = `${'{"a":'.repeat(20_000)}{"lc":2,"type":"undefined"}${'}'.repeat(20_000)}`;

  expect(() => serde.loads(text)).not.toThrow();
});

/** Nothing but what JSON.parse makes. */
function expectPlain(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  for (const member of Object.values(value)) expectPlain(member);
}
