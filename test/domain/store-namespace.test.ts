import { describe, expect, test } from 'vitest';
import {
  labelFault,
  listNamespaces,
  MAX_NAME_BYTES,
  nameFault,
  putNamespaceFault,
} from '../../src/domain/store-item.ts';

describe('a namespace to put an item into', () => {
  test.each([
    [[], 'must contain at least one label'],
    [['langgraph', 'x'], 'must not begin with "langgraph", which is reserved for LangGraph'],
    [['a', ''], 'must not contain empty labels'],
    [['a.b'], 'the label "a.b" must not contain "."'],
    [['a', 'b:c'], 'the label "b:c" must not contain ":"'],
    [['a\0'], 'the label "a\\u0000" must not contain NUL characters'],
  ])('%j: %s', (namespace, fault) => {
    expect(putNamespaceFault(namespace)).toBe(fault);
  });

  test('may have any other labels', () => {
    expect(putNamespaceFault(['memories', 'langgraph', '*', 'ä b'])).toBeNull();
  });

  test('that is only looked for may be empty and begin with what LangGraph keeps', () => {
    expect(labelFault([])).toBeNull();
    expect(labelFault(['langgraph'])).toBeNull();
    expect(labelFault([''])).toBe('must not contain empty labels');
  });
});

describe('the length of a namespace or key', () => {
  test('is counted in bytes of its JSON', () => {
    const longest = 'ä'.repeat(MAX_NAME_BYTES / 2 - 1);

    expect(nameFault(longest)).toBeNull();
    expect(nameFault(`${longest}x`)).toBe(
      `must be at most ${MAX_NAME_BYTES} bytes as JSON (got ${MAX_NAME_BYTES + 1})`,
    );
    expect(labelFault([longest])).toMatch(/bytes as JSON/);
  });
});

describe('the list of namespaces', () => {
  const all = [['b', 'x'], ['a', 'x', '1'], ['a', 'y', '1'], ['a']];
  const list = (pattern: Partial<Parameters<typeof listNamespaces>[1]>): string[] =>
    listNamespaces(all, { prefixes: [], suffixes: [], ...pattern }).map((namespace) => namespace.join('/'));

  test('is sorted by their labels', () => {
    expect(list({})).toEqual(['a', 'a/x/1', 'a/y/1', 'b/x']);
  });

  test('has those that begin with every prefix', () => {
    expect(list({ prefixes: [['a']] })).toEqual(['a', 'a/x/1', 'a/y/1']);
    expect(list({ prefixes: [['a'], ['*', 'x']] })).toEqual(['a/x/1']);
    expect(list({ prefixes: [['a', 'x', '1', '2']] })).toEqual([]);
  });

  test('has those that end with every suffix', () => {
    expect(list({ suffixes: [['1']] })).toEqual(['a/x/1', 'a/y/1']);
    expect(list({ suffixes: [['x', '*'], ['1']] })).toEqual(['a/x/1']);
    expect(list({ suffixes: [['a']] })).toEqual(['a']);
    expect(list({ suffixes: [['*', '*', '*', '*']] })).toEqual([]);
    expect(list({ suffixes: [['z', 'a']] })).toEqual([]);
  });

  test('cuts longer ones to the depth, and has each once', () => {
    expect(list({ maxDepth: 1 })).toEqual(['a', 'b']);
    expect(list({ maxDepth: 2 })).toEqual(['a', 'a/x', 'a/y', 'b/x']);
  });
});
