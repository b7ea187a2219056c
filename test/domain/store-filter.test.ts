import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { type Equality, matchesFilter, unknownOperator } from '../../src/domain/store-item.ts';

const matches = (member: Json | undefined, condition: Json, equality: Equality = 'DEEP'): boolean =>
  matchesFilter(member === undefined ? {} : { a: member }, { a: condition }, equality);

describe('a filter of store items', () => {
  test('holds when every key of it does', () => {
    const value: JsonObject = { kind: 'note', stars: 3 };

    expect(matchesFilter(value, {}, 'DEEP')).toBe(true);
    expect(matchesFilter(value, { kind: 'note', stars: 3 }, 'DEEP')).toBe(true);
    expect(matchesFilter(value, { kind: 'note', stars: 4 }, 'DEEP')).toBe(false);
    expect(matchesFilter(value, { kind: 'note', missing: null }, 'DEEP')).toBe(false);
  });

  test.each<[operator: string, operand: Json, member: Json, expected: boolean]>([
    ['$eq', 3, 3, true],
    ['$eq', 3, 4, false],
    ['$ne', 3, 3, false],
    ['$ne', 3, 4, true],
    ['$gt', 3, 3, false],
    ['$gt', 3, 4, true],
    ['$gte', 3, 3, true],
    ['$gte', 3, 2, false],
    ['$lt', 3, 3, false],
    ['$lt', 3, 2, true],
    ['$lte', 3, 3, true],
    ['$lte', 3, 4, false],
    ['$gt', 'a', 'b', false],
    ['$lt', 'b', 'a', false],
    ['$gt', 2, '10', true],
    ['$in', [1, 3], 3, true],
    ['$in', [1, 2], 3, false],
    ['$in', [], 3, false],
    ['$in', 3, 3, false],
    ['$in', 'abc', 'a', false],
    ['$nin', [1, 3], 3, false],
    ['$nin', [1, 2], 3, true],
    ['$nin', [], 3, true],
    ['$nin', 3, 3, true],
  ])('%s %j of %j is %s', (operator, operand, member, expected) => {
    expect(matches(member, { [operator]: operand })).toBe(expected);
    expect(matches(member, { [operator]: operand }, 'SCALARS')).toBe(expected);
  });

  test('holds for several operators when each of them does', () => {
    expect(matches(3, { $gt: 2, $lt: 4 })).toBe(true);
    expect(matches(3, { $gt: 2, $lt: 3 })).toBe(false);
    expect(matches(3, { $gt: 3, $lt: 4 })).toBe(false);
  });

  test('takes an object for a value when one of its keys is no operator', () => {
    expect(matches({ $gt: 2, unit: 'm' }, { $gt: 2, unit: 'm' })).toBe(true);
    expect(matches(3, { $gt: 2, unit: 'm' })).toBe(false);
  });

  test('of an empty object or array is equality when values are compared deeply, and no condition otherwise', () => {
    for (const empty of [{}, []] as const) {
      expect(matches(empty, empty)).toBe(true);
      expect(matches(3, empty)).toBe(false);
      expect(matches(3, empty, 'SCALARS')).toBe(true);
    }
  });

  test('of null holds for null alone', () => {
    expect(matches(null, null)).toBe(true);
    expect(matches(0, null)).toBe(false);
    expect(matches(undefined, null)).toBe(false);
  });

  test.each<[left: Json, right: Json, equal: boolean]>([
    [[1, 2], [1, 2], true],
    [[1, 2], [1, 3], false],
    [[1, 2], [1], false],
    [[1], [1, 2], false],
    [[], {}, false],
    [{}, [], false],
    [{ b: [1, { c: null }] }, { b: [1, { c: null }] }, true],
    [{ b: 1, c: 2 }, { c: 2, b: 1 }, true],
    [{ b: 1, c: 2 }, { b: 1 }, false],
    [{ b: 1 }, { b: 1, c: 2 }, false],
    [{ b: null }, { c: null }, false],
    [{ b: 1 }, 1, false],
    [1, { b: 1 }, false],
    [[1], '1', false],
  ])('compares %j with %j deeply: %s', (left, right, equal) => {
    expect(matches(left, { $eq: right })).toBe(equal);
    expect(matches(left, { $ne: right })).toBe(!equal);
    expect(matches(left, { $in: [right] })).toBe(equal);
  });

  test('that compares scalars finds no object or array equal', () => {
    expect(matches([1], [1], 'SCALARS')).toBe(false);
    expect(matches({ b: 1 }, { $eq: { b: 1 } }, 'SCALARS')).toBe(false);
    expect(matches({ b: 1 }, { $ne: { b: 1 } }, 'SCALARS')).toBe(true);
    expect(matches('x', 'x', 'SCALARS')).toBe(true);
  });
});

describe('an unknown operator', () => {
  test('is named with its key', () => {
    expect(unknownOperator({ a: 1, b: { $eq: 1, $like: 'x' } })).toEqual({ key: 'b', operator: '$like' });
  });

  test('is not what a value has for a key', () => {
    expect(
      unknownOperator({ a: { $eq: 1, $nin: [] }, b: { like: 1 }, c: ['$like'], d: null, $like: 1 }),
    ).toBeNull();
  });
});
