import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { containsJson } from '../../src/domain/json.ts';
import { decodeUtf8, infinitePath, JsonTextError, parseJson, textFault } from '../../src/domain/text.ts';

describe('JSON text', () => {
  test.each<[string, unknown]>([
    ['{"a":[1,2.5,-1e10,null,"x"]}', { a: [1, 2.5, -1e10, null, 'x'] }],
    ['1e308', 1e308],
    ['1e-400', 0],
    ['"1e400"', '1e400'],
    [`${'1'.repeat(308)}`, Number('1'.repeat(308))],
    ['{"a":"1e400","b":[true,false,null]}', { a: '1e400', b: [true, false, null] }],
  ])('%s is read', (text, expected) => {
    expect(parseJson(text)).toEqual(expected);
  });

  test.each([
    ['1e400', 'contains a number that is too large'],
    ['1E+400', 'contains a number that is too large'],
    ['-1e400', 'contains a number that is too large'],
    ['9'.repeat(309), 'contains a number that is too large'],
    ['{"a":{"b":[0,{"c":1e999}]}}', 'contains a number that is too large at a.b.1.c'],
    ['{"a":"1e400","b":[1,2,-1e400]}', 'contains a number that is too large at b.2'],
    ['[[],[1e400]]', 'contains a number that is too large at 1.0'],
  ])('%s is refused', (text, message) => {
    expect(() => parseJson(text)).toThrow(new JsonTextError(message));
  });

  test('what is no JSON is refused with the reason', () => {
    expect(() => parseJson('{')).toThrow(/^is not valid JSON: .*JSON/);
    try {
      parseJson('nonsense');
    } catch (error) {
      expect(error).toMatchObject({ name: 'JsonTextError', cause: expect.any(SyntaxError) });
    }
  });

  test('bytes that are no UTF-8 are refused, not replaced', () => {
    expect(decodeUtf8(new TextEncoder().encode('grüße 🙂'))).toBe('grüße 🙂');
    expect(() => decodeUtf8(Uint8Array.of(0x61, 0xff))).toThrow(new JsonTextError('is not valid UTF-8'));
  });

  test.each<[unknown, readonly string[] | null]>([
    [1, null],
    ['Infinity', null],
    [null, null],
    [undefined, null],
    [Number.POSITIVE_INFINITY, []],
    [Number.NaN, []],
    [{ a: [1, { b: Number.NEGATIVE_INFINITY }] }, ['a', '1', 'b']],
    [[{ a: 1 }, { a: 'x', c: null }, [[2]]], null],
  ])('the place of what is not finite in %j', (value, expected) => {
    expect(infinitePath(value)).toEqual(expected);
  });

  test('any depth is walked', () => {
    let value: unknown = Number.POSITIVE_INFINITY;
    for (let level = 0; level < 20_000; level += 1) value = [value];

    expect(infinitePath(value)).toHaveLength(20_000);
  });
});

describe('containment', () => {
  test.each<[Json, JsonObject, boolean]>([
    [{}, {}, true],
    [{ a: 1 }, {}, true],
    [{ a: 1, b: 2 }, { a: 1 }, true],
    [{ a: 1 }, { a: 2 }, false],
    [{ a: 1 }, { a: '1' }, false],
    [{ a: null }, { a: null }, true],
    [{}, { a: null }, false],
    [{ a: 1 }, { b: 1 }, false],
    [{ a: { b: 1, c: 2 } }, { a: { b: 1 } }, true],
    [{ a: { b: 1 } }, { a: { b: 1, c: 2 } }, false],
    [{ a: 1 }, { a: {} }, false],
    [{ a: [1] }, { a: {} }, false],
    [{ a: {} }, { a: [] }, false],
    [{ tags: ['x', 'vip'] }, { tags: ['vip'] }, true],
    [{ tags: ['vip'] }, { tags: ['vip', 'vip'] }, true],
    [{ tags: ['x'] }, { tags: ['vip'] }, false],
    [{ tags: ['x', 'y'] }, { tags: ['y', 'x'] }, true],
    [{ tags: ['x'] }, { tags: ['x', 'y'] }, false],
    [{ tags: ['x'] }, { tags: [] }, true],
    [{ tags: 'vip' }, { tags: ['vip'] }, false],
    [{ tags: ['vip'] }, { tags: 'vip' }, false],
    [{ list: [{ a: 1, b: 2 }] }, { list: [{ a: 1 }] }, true],
    [{ list: [[1, 2], [3]] }, { list: [[3]] }, true],
    [{ list: [[1], [2]] }, { list: [[1, 2]] }, false],
    [['a'], {}, false],
    [null, {}, false],
    [{}, { toString: {} }, false],
    [JSON.parse('{"__proto__":1}') as Json, JSON.parse('{"__proto__":1}') as JsonObject, true],
    [{}, JSON.parse('{"__proto__":{}}') as JsonObject, false],
  ])('%j contains %j: %s', (value, filter, expected) => {
    expect(containsJson(value, filter)).toBe(expected);
  });
});

test.each<[string, number, string | null]>([
  ['', 0, null],
  ['abc', 3, null],
  ['abcd', 3, 'must have at most 3 characters (got 4)'],
  ['a\0b', 3, 'must not contain NUL characters'],
  ['🙂', 2, null],
  ['\ud83d', 2, 'must be well-formed Unicode (found a lone surrogate)'],
])('what is wrong with %j as a text of %i characters', (text, maxLength, expected) => {
  expect(textFault(text, maxLength)).toBe(expected);
});
