import { expect, test } from 'vitest';
import type { Json } from '../../src/domain/json.ts';
import { bringsToolTurns, textOf } from '../../src/domain/message.ts';

test.each<[content: Json, text: string]>([
  ['plain', 'plain'],
  [['a', 'b'], 'ab'],
  [
    [
      { type: 'text', text: 'a' },
      { type: 'image_url', image_url: 'x' },
      'b',
      { type: 'text', text: 7 },
      null,
    ],
    'ab',
  ],
  [{ text: 'no list' }, ''],
  [null, ''],
  [[], ''],
])('the text of the content %j is %j', (content, text) => {
  expect(textOf(content)).toBe(text);
});

test.each<[input: Json, brings: boolean]>([
  [null, false],
  ['text', false],
  [{}, false],
  [{ messages: [] }, false],
  [{ messages: 'hello' }, false],
  [{ messages: [{ role: 'user', content: 'hi' }, 'x', null] }, false],
  [
    {
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'tool', content: '' },
      ],
    },
    true,
  ],
  [{ messages: [{ type: 'tool', content: '' }] }, true],
  [{ messages: { type: 'tool', content: '' } }, true],
  [{ messages: { type: 'human', content: '' } }, false],
  [{ messages: [{ type: 'ai', content: '', tool_calls: [] }] }, true],
  [{ messages: [{ type: 'ai', content: '', tool_call_id: 'x' }] }, true],
  [{ messages: [{ type: 'ai', content: '', additional_kwargs: { tool_calls: [] } }] }, true],
  [{ messages: [{ type: 'ai', content: '', additional_kwargs: { other: [] } }] }, false],
  [{ messages: [{ type: 'ai', content: '', additional_kwargs: 'tool_calls' }] }, false],
  [{ other: [{ type: 'tool' }] }, false],
  [[{ type: 'tool' }], false],
])('the input %j brings tool turns: %s', (input, brings) => {
  expect(bringsToolTurns(input)).toBe(brings);
});
