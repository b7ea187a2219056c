import { expect, test } from 'vitest';
import { mergeContent } from '../../src/domain/chunk-merge.ts';
import { splitAtHalf, withoutHalf } from '../../src/domain/text.ts';

const [HIGH, LOW] = ['\ud83d', '\ude00'];

test('half a character at the end of a text goes, whole ones stay', () => {
  expect(['a', `a${HIGH}${LOW}`, `a${HIGH}`, '', HIGH].map(withoutHalf)).toEqual([
    'a',
    `a${HIGH}${LOW}`,
    'a',
    '',
    '',
  ]);
});

test('content is divided before a character of which only the first half has come', () => {
  expect(splitAtHalf(`a${HIGH}`)).toEqual({ ready: 'a', held: HIGH });
  expect(splitAtHalf('a')).toEqual({ ready: 'a', held: null });
  expect(splitAtHalf(null)).toEqual({ ready: null, held: null });
});

test('what was held and what comes next are the content again, in blocks too', () => {
  const first = [
    { type: 'thinking', index: 0, thinking: `t${HIGH}`, signature: 's' },
    'x',
    { type: 'text', index: 1, text: `a${HIGH}` },
  ];
  const next = [
    { type: 'thinking', index: 0, thinking: LOW },
    { type: 'text', index: 1, text: LOW },
  ];

  const { ready, held } = splitAtHalf(first);
  const rest = splitAtHalf(mergeContent(held, next));

  expect(held).toEqual([
    { type: 'thinking', index: 0, thinking: HIGH },
    { type: 'text', index: 1, text: HIGH },
  ]);
  expect(mergeContent(ready, rest.ready)).toEqual([
    { type: 'thinking', index: 0, thinking: `t${HIGH}${LOW}`, signature: 's' },
    'x',
    { type: 'text', index: 1, text: `a${HIGH}${LOW}` },
  ]);
  expect(rest.held).toBeNull();
});

test('in a block that nothing can continue there is nothing to wait for', () => {
  const content = [{ type: 'text', text: `a${HIGH}` }];

  expect(splitAtHalf(content)).toEqual({ ready: content, held: null });
});
