import { expect, test } from 'vitest';
import type { Json } from '../../../src/domain/json.ts';
import { partialText } from '../../../src/graphs/reconcile/collect-partial-messages.ts';

test.each<[string, Json, Json]>([
  ['text stays as it is', 'It is 60 deg', 'It is 60 deg'],
  ['half of a character goes', 'Sun \ud83d', 'Sun '],
  ['half of a character alone is nothing', '\ud83d', null],
  [
    'half of a character in a block goes',
    [{ type: 'text', text: 'Sun \ud83d' }],
    [{ type: 'text', text: 'Sun ' }],
  ],
  ['empty text is nothing', '', null],
  ['white space is nothing', ' \n', null],
  ['no content is nothing', null, null],
  [
    'blocks of text stay, without what a provider put into them',
    [{ type: 'text', text: 'It is', index: 0 }],
    [{ type: 'text', text: 'It is' }],
  ],
  [
    'a text block without text goes',
    [
      { type: 'text', text: '' },
      { type: 'text', text: 'It' },
    ],
    [{ type: 'text', text: 'It' }],
  ],
  [
    'text that was streamed in blocks without an index is one block, white space and a split character included',
    [
      { type: 'text', text: 'It' },
      { type: 'text', text: ' ' },
      { type: 'text', text: 'is \ud83d' },
      { type: 'text', text: '\ude00' },
    ],
    [{ type: 'text', text: 'It is \u{1f600}' }],
  ],
  [
    'blocks that are told apart by an index, or by reasoning between them, stay apart',
    [
      { type: 'text', text: 'It', index: 0 },
      { type: 'text', text: 'is', index: 1 },
      { type: 'text', text: 'so' },
      { type: 'thinking', thinking: 'hm' },
      { type: 'text', text: 'fine' },
    ],
    [
      { type: 'text', text: 'It' },
      { type: 'text', text: 'is' },
      { type: 'text', text: 'so' },
      { type: 'text', text: 'fine' },
    ],
  ],
  ['strings among blocks are text', ['It is'], [{ type: 'text', text: 'It is' }]],
  [
    'reasoning goes',
    [
      { type: 'thinking', thinking: 'hm', signature: 'x' },
      { type: 'redacted_thinking', data: 'x' },
      { type: 'reasoning', reasoning: 'hm' },
      { type: 'text', text: 'a thought', thought: true },
      { type: 'text', text: 'It is' },
    ],
    [{ type: 'text', text: 'It is' }],
  ],
  [
    'half-built tool calls go',
    [
      { type: 'text', text: 'Let me see.' },
      { type: 'tool_use', id: 't', name: 'search', input: '' },
      { type: 'input_json_delta', input: '{"q' },
      { type: 'tool_call_chunk', args: '{' },
    ],
    [{ type: 'text', text: 'Let me see.' }],
  ],
  [
    'a half-built tool call alone is nothing',
    [{ type: 'tool_use', id: 't', name: 'search', input: '' }],
    null,
  ],
])('%s', (_what, content, kept) => {
  expect(partialText(content)).toEqual(kept);
});
