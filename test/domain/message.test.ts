import { expect, test } from 'vitest';
import type { Json } from '../../src/domain/json.ts';
import { textOf } from '../../src/domain/message.ts';

test.each<[content: Json, text: string]>([
  ['plain', 'plain'],
  [['a', 'b'], 'ab'],
  [[{ type: 'text', text: 'a' }, { type: 'image_url', image_url: 'x' }, 'b', { type: 'text', text: 7 }, null], 'ab'],
  [{ text: 'no list' }, ''],
  [null, ''],
  [[], ''],
])('the text of the content %j is %j', (content, text) => {
  expect(textOf(content)).toBe(text);
});
