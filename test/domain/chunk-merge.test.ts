import { AIMessageChunk, type UsageMetadata } from '@langchain/core/messages';
import { parsePartialJson as parseOfLangChain } from '@langchain/core/output_parsers';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collapseToolCalls, mergeContent, mergeLists, mergeObjects } from '../../src/domain/chunk-merge.ts';
import type { EventBody } from '../../src/domain/event.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { begin, grow, wholeSoFar } from '../../src/domain/message-fold.ts';
import { parsePartialJson } from '../../src/domain/partial-json.ts';

const started = {
  kind: 'MESSAGE_STARTED',
  ns: '',
  node: 'n',
  message: { type: 'ai', id: 'm', content: '' },
} as const satisfies EventBody;

type Chunk = { readonly content: Json } & JsonObject;

const text = fc.string({ maxLength: 2 });
const index = fc.constantFrom(0, 1, 'two');
const id = fc.constantFrom('a', 'b', '');
const optional = { requiredKeys: [] as [] };
/** No member ever has two types: there LangChain throws. */
const member = fc.record(
  {
    id,
    name: fc.constantFrom('', 'x', 'y'),
    output_version: fc.constantFrom('v0', 'v1'),
    index: fc.nat(2),
    created: fc.nat(9),
    timestamp: fc.constantFrom('t1', 't2'),
    words: text,
    count: fc.nat(9),
    flag: fc.constant(true),
    none: fc.constant(null),
    maybe: fc.constantFrom(null, 'z'),
    list: fc.array(fc.oneof(text, fc.record({ index, words: text }), fc.record({ id, words: text })), {
      maxLength: 2,
    }),
    deep: fc.record({ words: text, count: fc.nat(9) }, optional),
  },
  optional,
);
const block = fc.oneof(
  fc.record({ type: fc.constant('text'), text, index }, { requiredKeys: ['type', 'text'] }),
  fc.record(
    {
      type: fc.constantFrom('text', 'text_delta', 'thinking', 'thinking_delta'),
      index,
      text,
      thinking: text,
      id,
    },
    optional,
  ),
  fc.record({ type: fc.constant('tool_use'), id, name: text, input: text, index, member }, optional),
  fc.record({
    type: fc.constant('image'),
    source_type: fc.constantFrom('url', 'base64', 'text', 'id', 'none'),
    url: text,
  }),
);
const content: fc.Arbitrary<Json> = fc.oneof(text, fc.array(block, { maxLength: 3 })) as fc.Arbitrary<Json>;
const callChunk = fc.record(
  {
    index: fc.constantFrom(0, 1),
    id: fc.constantFrom('c', 'd', ''),
    name: fc.constantFrom('look', ''),
    args: fc.constantFrom('', ' ', '{"a', '": [', '1', ']}', '{}', '}'),
  },
  optional,
);
const details = fc.record(
  { audio: fc.nat(9), cache_read: fc.nat(9), reasoning: fc.nat(9), text: fc.nat(9), other: fc.nat(9) },
  optional,
);
const usage = fc.record(
  {
    input_tokens: fc.nat(9),
    output_tokens: fc.nat(9),
    total_tokens: fc.nat(9),
    input_token_details: details,
    output_token_details: details,
  },
  optional,
);
const chunk = fc.record(
  {
    content,
    tool_call_chunks: fc.array(callChunk, { maxLength: 2 }),
    usage_metadata: usage,
    additional_kwargs: member,
    response_metadata: member,
  },
  { requiredKeys: ['content'] },
) as fc.Arbitrary<Chunk>;

/** Of two chunks at least: LangChain leaves a single one as it came. */
const chunks = fc.array(chunk, { minLength: 2, maxLength: 8 });

const asLangChain = (all: readonly Chunk[]): AIMessageChunk =>
  all
    .map(
      (fields) =>
        new AIMessageChunk(structuredClone(fields) as ConstructorParameters<typeof AIMessageChunk>[0]),
    )
    .reduce((sum, next) => sum.concat(next));

const folded = (all: readonly Chunk[]) => {
  const soFar = all.reduce(
    (sum, { content: more, ...extras }) => grow(sum, { content: more, extras }),
    begin({ ...started, message: { ...started.message, content: emptyOf(all) } }),
  );
  return wholeSoFar(soFar);
};
/** What the recorder lets a message begin with. */
const emptyOf = ([first]: readonly Chunk[]): Json =>
  Array.isArray(first?.content) && first.content.length === 0 ? [] : '';

/** As JSON has it: without members that are undefined. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

describe('chunks of a message add up to what LangChain makes of them', () => {
  test('content, whatever its blocks', () => {
    fc.assert(
      fc.property(chunks, (all) => {
        expect(folded(all).content).toEqual(plain(asLangChain(all).content));
      }),
      { numRuns: 2_000 },
    );
  });

  test('tool calls, valid ones and others', () => {
    fc.assert(
      fc.property(chunks, (all) => {
        const whole = folded(all);
        const theirs = asLangChain(all);

        expect(whole.tool_calls).toEqual(plain(theirs.tool_calls));
        expect(whole['invalid_tool_calls']).toEqual(plain(theirs.invalid_tool_calls));
      }),
      { numRuns: 2_000 },
    );
  });

  test('usage and metadata', () => {
    fc.assert(
      fc.property(chunks, (all) => {
        const whole = folded(all);
        const theirs = asLangChain(all);

        expect(whole.usage_metadata).toEqual(
          theirs.usage_metadata === undefined ? undefined : plain(theirs.usage_metadata as UsageMetadata),
        );
        expect(whole.additional_kwargs).toEqual(plain(theirs.additional_kwargs));
        expect(whole.response_metadata).toEqual(plain(theirs.response_metadata));
      }),
    );
  });
});

// LangChain's reader loses a member of this name, ours does not: see below.
const isComparable = (text: string): boolean => !text.includes('__proto__');
const json = fc
  .jsonValue({ maxDepth: 4 })
  .map((value) => JSON.stringify(value))
  .filter(isComparable);
const nearlyJson = fc.array(
  fc.constantFrom(
    ...'{}[]":,\\ \n',
    'a',
    'u12',
    'n',
    'tru',
    'false',
    '-',
    '0',
    '1',
    '.',
    'e',
    '+',
    '\\u00e9',
    '"a"',
  ),
  { maxLength: 12 },
);

test('the beginning of a JSON text is read as LangChain reads it', () => {
  const cutJson = fc.tuple(json, fc.nat()).map(([whole, at]) => whole.slice(0, at % (whole.length + 1)));
  fc.assert(
    fc.property(
      fc.oneof(
        cutJson,
        nearlyJson.map((pieces) => pieces.join('')),
        nearlyJson.map((pieces) => `{"a":${pieces.join('')}`),
      ),
      (beginning) => {
        expect(plain(parsePartialJson(beginning))).toStrictEqual(plain(parseOfLangChain(beginning)));
      },
    ),
    { numRuns: 5_000 },
  );
});

test.each([
  '"a\\n\\t\\r\\b\\f\\\\\\/\\"b',
  '"cut at \\',
  '"cut in \\u00e',
  '"\\u00e9',
  '"none \\u00zz"',
  '"none \\x',
  '"two\nlines',
  '[1.',
  '[-',
  '[01',
  '[.5',
  '{"a":1,}',
  ' ',
])('of %j is read what LangChain reads', (beginning) => {
  expect(plain(parsePartialJson(beginning))).toStrictEqual(plain(parseOfLangChain(beginning)));
});

const said = (value: string, more: object = {}): Json => ({ type: 'text', text: value, ...more });

test.each<[soFar: Json, chunk: Json, sum: Json]>([
  ['a', 'b', 'ab'],
  ['', [said('a')], [said('a')]],
  [[], 'a', [said('a')]],
  ['a', [], 'a'],
  [[said('a')], '', [said('a')]],
  ['a', [said('b')], [said('a'), said('b')]],
  [[said('a')], 'b', [said('a'), said('b')]],
  // Nothing continues a block without an index or an id.
  [[said('a')], [said('b')], [said('a'), said('b')]],
  [['a'], ['b', said('c')], ['a', 'b', said('c')]],
  // With an index the block of that index and kind continues, wherever it is; among those of one index the
  // one of its id.
  [
    [said('a', { index: 0 }), said('b', { index: 1 })],
    [said('c', { index: 0 })],
    [said('ac', { index: 0 }), said('b', { index: 1 })],
  ],
  [[said('a', { index: 0 })], [said('b')], [said('a', { index: 0 }), said('b')]],
  [[said('a')], [said('b', { index: 0 })], [said('a'), said('b', { index: 0 })]],
  [
    [{ type: 'thinking', thinking: 'a', index: 0 }],
    [said('b', { index: 0 })],
    [{ type: 'thinking', thinking: 'a', index: 0 }, said('b', { index: 0 })],
  ],
  [
    [{ type: 'tool_use', id: 'i', name: 'n', index: 0, input: 'a' }],
    [{ type: 'tool_use_delta', index: 0, input: 'b' }],
    [{ type: 'tool_use', id: 'i', name: 'n', index: 0, input: 'ab' }],
  ],
  [[said('a', { id: 'i' })], [said('b', { id: 'i' })], [said('ab', { id: 'i' })]],
  // What LangChain has no chunks of.
  [null, 'a', 'a'],
  [null, [said('a')], [said('a')]],
  ['a', null, 'a'],
  [[said('a')], null, [said('a')]],
  [said('a'), [said('b')], [said('a'), said('b')]],
  [[said('a')], said('b'), [said('a'), said('b')]],
  ['a', said('b'), [said('a'), said('b')]],
])('%j and %j are %j', (soFar, more, sum) => {
  expect(mergeContent(soFar, more)).toEqual(sum);
});

test('where a member has two types the first one stays, for a reader can refuse nothing', () => {
  const values: Json[] = ['a', 1, true, [1], { x: 1 }];

  for (const [one, other] of values.flatMap((left) =>
    values.filter((right) => right !== left).map((right) => [left, right] as const),
  ))
    expect(mergeObjects({ value: one }, { value: other })).toEqual({ value: one });
});

test('a member may have any name', () => {
  const named = (value: string): JsonObject => JSON.parse(`{"__proto__":"${value}"}`);

  expect(JSON.stringify(mergeObjects(named('a'), named('b')))).toBe('{"__proto__":"ab"}');
  expect(JSON.stringify(parsePartialJson('{"__proto__":"ab'))).toBe('{"__proto__":"ab"}');
});

test('merging leaves what it is given as it was, and keeps the items that nothing changes', () => {
  const left = [said('a', { index: 0 }), said('b', { index: 1 })];
  const right = [said('c', { index: 1 })];
  const copies = structuredClone([left, right]);

  const merged = mergeLists(left, right);

  expect([left, right]).toEqual(copies);
  expect(merged[0]).toBe(left[0]);
});

test('a custom tool is called with the text as it is', () => {
  const call = { id: 'c', name: 'run', index: 0, isCustomTool: true, args: ' not ' };

  expect(collapseToolCalls([call, { id: 'c', index: 0, args: 'json ' }])).toEqual({
    tool_calls: [{ id: 'c', name: 'run', args: { input: ' not json ' }, type: 'tool_call' }],
    invalid_tool_calls: [],
  });
  expect(collapseToolCalls([{ ...call, id: '' }])).toMatchObject({
    tool_calls: [],
    invalid_tool_calls: [{ name: 'run', args: ' not ' }],
  });
});
