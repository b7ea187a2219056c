import { describe, expect, test } from 'vitest';
import { textsAtPath, tokensOf } from '../../src/domain/embedding.ts';
import type { Json } from '../../src/domain/json.ts';

const VALUE: Json = {
  title: 'Tea',
  stars: 5,
  good: false,
  none: null,
  author: { name: 'Ann', tags: ['x', 'y'] },
  parts: [{ text: 'one', sub: { deep: 'd1' } }, { text: 'two' }, 'bare', 7],
};
const json = (value: Json): string => JSON.stringify(value, null, 2);

describe('the texts at a path', () => {
  test.each<[path: string, texts: string[]]>([
    ['title', ['Tea']],
    ['stars', ['5']],
    ['good', ['false']],
    ['none', []],
    ['missing', []],
    ['title.length', []],
    ['none.x', []],
    ['author', [json({ name: 'Ann', tags: ['x', 'y'] })]],
    ['author.name', ['Ann']],
    ['author.tags', [json(['x', 'y'])]],
    ['author.tags[0]', ['x']],
    ['author.tags[-1]', ['y']],
    ['author.tags[2]', []],
    ['author.tags[*]', ['x', 'y']],
    ['author.tags[x]', []],
    ['author.tags[x].length', []],
    ['author.tags[]', []],
    ['author[0]', []],
    ['title[0]', []],
    ['parts[*].text', ['one', 'two']],
    ['parts[0].sub.deep', ['d1']],
    ['parts[2]', ['bare']],
    ['parts[3]', ['7']],
    ['author.*', ['Ann', json(['x', 'y'])]],
    ['author.tags.*', ['x', 'y']],
    ['title.*', []],
    ['author.{name,tags}', ['Ann', json(['x', 'y'])]],
    ['{title, author.name,missing}', ['Tea', 'Ann']],
    ['parts[*].{text,sub.deep}', ['one', 'd1', 'two']],
    ['parts.{0}', [json({ text: 'one', sub: { deep: 'd1' } })]],
    ['title.{length}', []],
    ['{}', []],
    ['{title}.name', ['Tea']],
    ['{title.length}', []],
  ])('%s', (path, texts) => {
    expect(textsAtPath(VALUE, path)).toEqual(texts);
  });

  test('without a path, and at $, are the whole value', () => {
    expect(textsAtPath(VALUE, '')).toEqual([json(VALUE)]);
    expect(textsAtPath(VALUE, '$')).toEqual([json(VALUE)]);
    expect(textsAtPath({ $: { a: 'b' } }, '$.a')).toEqual([json({ $: { a: 'b' } }), 'b']);
    expect(textsAtPath({ $: { a: 'b' } }, 'x')).toEqual([]);
  });

  test('of a scalar are none below it', () => {
    expect(textsAtPath('text', 'a')).toEqual([]);
    expect(textsAtPath('text', '*')).toEqual([]);
    expect(textsAtPath('text', '{a}')).toEqual([]);
  });
});

test.each([
  ['a.b[0].{c,d}', ['a', 'b', '[0]', '{c,d}']],
  ['a[*][1]', ['a', '[*]', '[1]']],
  ['[0', ['[0']],
  ['{a', ['{a']],
  ['..', []],
])('%s is read as %j', (path, tokens) => {
  expect(tokensOf(path)).toEqual(tokens);
});
