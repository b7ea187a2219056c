import { expect, test } from 'vitest';
import { formatNamespace, parseNamespace } from '../../src/domain/event.ts';

test.each([
  ['', []],
  ['node:1', ['node:1']],
  ['node:1|inner:2', ['node:1', 'inner:2']],
])('the namespace %j is %j', (text, namespace) => {
  expect(parseNamespace(text)).toEqual(namespace);
  expect(formatNamespace(namespace)).toBe(text);
});
