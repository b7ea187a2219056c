import { describe, expect, test } from 'vitest';
import {
  MAX_JSON_DEPTH,
  MAX_VALUE_DEPTH,
  placeTooDeep,
  textOfPath,
  tooDeepText,
} from '../../src/domain/json.ts';

describe('the text of a place', () => {
  test.each<[readonly (string | number)[], string]>([
    [[], ''],
    [['a'], 'a'],
    [['a', 'b_c', '$d', 'e-f', 'g1'], 'a.b_c.$d.e-f.g1'],
    [[0, 'rows', 12], '[0].rows[12]'],
    [['a key'], '["a key"]'],
    [['a', 'a key', 'b'], 'a["a key"].b'],
    [['1a'], '["1a"]'],
    [['-a'], '["-a"]'],
    [[''], '[""]'],
    [['a"b'], '["a\\"b"]'],
    [['b c!'], '["b c!"]'],
    [['x'.repeat(64)], 'x'.repeat(64)],
    [['x'.repeat(65)], `${'x'.repeat(64)}…`],
    [[`${'x '.repeat(40)}`], `["${'x '.repeat(32)}…"]`],
    [Array.from({ length: 12 }, (_, index) => index), '[0][1][2][3][4][5][6][7][8][9][10][11]'],
    [Array.from({ length: 13 }, (_, index) => index), '[0][1][2][3][4][5][6][7][8][9][10][11]…'],
  ])('%j', (path, expected) => {
    expect(textOfPath(path)).toBe(expected);
  });
});

describe('the place that is nested too deep', () => {
  test.each<[unknown, number, readonly (string | number)[] | null]>([
    ['text', 0, null],
    [null, 0, null],
    [1, 0, null],
    [{}, 0, []],
    [[], 0, []],
    [[], 1, null],
    [{ a: 1, b: null, c: 'x' }, 1, null],
    [{ a: {} }, 1, ['a']],
    [{ a: 1, b: [0, { c: 1 }] }, 2, ['b', 1]],
    [{ a: [[1]], b: [] }, 3, null],
    [{ a: [1, [2]], b: [0, [[]]] }, 3, ['b', 1, 0]],
  ])('%j in %i levels', (value, levels, expected) => {
    expect(placeTooDeep(value, levels)).toEqual(expected);
  });

  test('clients have 200 levels, graphs 250', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });

    expect(placeTooDeep(nested(MAX_JSON_DEPTH))).toBeNull();
    expect(placeTooDeep(nested(MAX_JSON_DEPTH + 1))).toHaveLength(MAX_JSON_DEPTH);
    expect([MAX_JSON_DEPTH, MAX_VALUE_DEPTH]).toEqual([200, 250]);
    expect(tooDeepText(['a', 0])).toBe('JSON must not be nested deeper than 200 levels (exceeded at a[0])');
  });
});
