import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { textOf } from '../../src/domain/message.ts';
import { type MessageBlock, MessageBlocks } from '../../src/domain/message-blocks.ts';
import { begin, grow, type MessageSoFar } from '../../src/domain/message-fold.ts';

type Piece = Parameters<typeof grow>[1];

const shownAs = (block: JsonObject): MessageBlock | null => {
  const { type, text } = block;
  if (type === 'hidden') return null;
  return type === 'text' || type === 'reasoning'
    ? { kind: type, text: String(text) }
    : { kind: 'other', text: '', block };
};

const call = (chunk: JsonObject): Piece => ({ extras: { tool_call_chunks: [chunk] } });
const block = (type: string, text: string, more: object = {}): Piece => ({
  content: [{ type, text, ...more }],
});

function play(pieces: readonly Piece[]) {
  const blocks = new MessageBlocks(shownAs);
  let soFar: MessageSoFar = begin({
    kind: 'MESSAGE_STARTED',
    ns: '',
    node: 'n',
    message: { type: 'ai', id: 'm', content: '' },
  });
  const changes = pieces.flatMap((piece) => {
    soFar = grow(soFar, piece);
    return blocks.update(soFar);
  });
  expect(blocks.update(soFar), 'nothing is shown twice').toEqual([]);
  return { changes, shown: blocks.shown, soFar };
}

/** Each change: a + where it begins a block, the block's number and what was added. */
const lines = (pieces: readonly Piece[]): string[] =>
  play(pieces).changes.map(({ index, isNew, added }) => `${isNew ? '+' : ''}${index} ${added}`.trim());

test.each<[what: string, pieces: readonly Piece[], lines: readonly string[]]>([
  ['a text grows', [{ content: 'a' }, { content: 'b' }], ['+0 a', '0 b']],
  [
    'text without a name is one block',
    [block('text', 'a'), block('text', 'b'), { content: 'c' }],
    ['+0 a', '0 b', '0 c'],
  ],
  ['a text that blocks follow is the first of them', [{ content: 'a' }, block('text', 'b')], ['+0 a', '0 b']],
  [
    'text behind a call is a block of its own',
    [{ content: 'a' }, call({ index: 0, args: '' }), { content: 'b' }, { content: 'c' }],
    ['+0 a', '+1', '+2 b', '2 c'],
  ],
  [
    'so is text behind reasoning',
    [block('text', 'a'), block('reasoning', 'b'), block('reasoning', 'c'), block('text', 'd')],
    ['+0 a', '+1 b', '1 c', '+2 d'],
  ],
  [
    'and text behind a block of another kind',
    [block('text', 'a'), block('image', 'x'), block('text', 'b')],
    ['+0 a', '+1', '+2 b'],
  ],
  [
    'and text behind one that is not shown',
    [block('text', 'a'), block('hidden', 'x'), block('text', 'b')],
    ['+0 a', '+1 b'],
  ],
  [
    'an index names its block, whatever comes between',
    [
      block('text', 'a', { index: 0 }),
      block('text', 'b', { index: 1 }),
      call({ index: 0, args: '' }),
      block('text', 'c', { index: 0 }),
    ],
    ['+0 a', '+1 b', '+2', '0 c'],
  ],
  [
    'what has a name and what has none are two',
    [block('text', 'a'), block('text', 'b', { index: 0 }), block('text', 'c')],
    ['+0 a', '+1 b', '+2 c'],
  ],
  [
    'text that is still empty is no block',
    [block('text', '', { index: 0 }), { content: [] }, { content: '' }],
    [],
  ],
  [
    'more of a block that shows none of it is no change',
    [block('text', 'a', { index: 0 }), { content: [{ index: 0, more: 1 }] }],
    ['+0 a'],
  ],
  ['two blocks of another kind are two', [block('image', 'a'), block('image', 'b')], ['+0', '+1']],
  [
    'a block of another kind changes as a whole',
    [block('image', 'a', { index: 0 }), block('image', 'b', { index: 0 })],
    ['+0', '0'],
  ],
  [
    'calls are told apart by their index, and by their id without one',
    [
      call({ index: 0, id: 'a', args: '1' }),
      call({ index: 1, args: '2' }),
      call({ index: 0, args: '3' }),
      call({ id: 'b', args: '4' }),
      call({ id: 'b', args: '5' }),
    ],
    ['+0 1', '+1 2', '0 3', '+2 4', '2 5'],
  ],
  ['texts among blocks are text', [{ content: ['a', 'b'] }, { content: ['c'] }], ['+0 a', '0 b', '0 c']],
])('%s', (_what, pieces, expected) => {
  expect(lines(pieces)).toEqual(expected);
});

test('a block is shown as what it has become', () => {
  const { shown, changes } = play([
    { content: 'a' },
    call({ index: 0, id: 'c', args: '{' }),
    call({ index: 0, name: 'look', args: '}' }),
    { content: 'b' },
    { content: 'c' },
    call({ index: 1 }),
  ]);

  expect(shown).toEqual([
    { kind: 'text', text: 'a' },
    { kind: 'call', id: 'c', name: 'look', text: '{}' },
    { kind: 'text', text: 'bc' },
    { kind: 'call', id: null, name: null, text: '' },
  ]);
  expect(changes.at(-2)?.block).toEqual({ kind: 'text', text: 'bc' });
});

const index = fc.constantFrom<object[]>({}, {}, { index: 0 }, { index: 1 });
const text = fc.string({ maxLength: 2 });
const piece: fc.Arbitrary<Piece> = fc.oneof(
  text.map((content) => ({ content })),
  fc
    .array(fc.tuple(fc.constantFrom('text', 'text', 'hidden'), text, index), { maxLength: 3 })
    .map((blocks) => ({
      content: blocks.map(([type, value, more]) => ({
        type,
        ...(type === 'text' ? { text: value } : {}),
        ...more,
      })) as Json,
    })),
  fc.tuple(fc.constantFrom('a', 'b'), text).map(([id, args]) => call({ id, index: id, args })),
);

test('what was added to each block is the block, and the blocks are the message', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const { changes, shown, soFar } = play(pieces);

      const added = shown.map((_, at) =>
        changes
          .filter((change) => change.index === at)
          .map((change) => change.added)
          .join(''),
      );
      expect(added).toEqual(shown.map((one) => one.text));
      expect(changes.filter(({ isNew }) => isNew).map((change) => change.index)).toEqual(
        shown.keys().toArray(),
      );
      const characters = (texts: readonly string[]) => [...texts.join('')].toSorted();
      expect(characters(shown.flatMap((one) => (one.kind === 'text' ? one.text : [])))).toEqual(
        characters([textOf(soFar.content)]),
      );
      const calls = (soFar.extras['tool_call_chunks'] ?? []) as readonly { args: string }[];
      expect(shown.flatMap((one) => (one.kind === 'call' ? one.text : []))).toEqual(
        calls.map(({ args }) => args),
      );
    }),
  );
});
