import vm from 'node:vm';
import { describe, expect, test } from 'vitest';
import {
  cut,
  describeRecord,
  describeThrown,
  errorsBehind,
  MAX_ERROR_MESSAGE,
  MAX_ERROR_STACK,
  toldOf,
} from '../../src/domain/thrown.ts';
import { ODD_ERRORS } from '../support/odd-errors.ts';

const withFields = (fields: object): Error => Object.assign(new Error('said'), fields);

describe('describeThrown', () => {
  test.each(Object.entries(ODD_ERRORS))('gives plain, bounded text for %s', (_what, make) => {
    const { name, message, stack } = describeThrown(make());

    expect([typeof name, typeof message]).toEqual(['string', 'string']);
    expect(['string', 'undefined']).toContain(typeof stack);
    expect(name.length).toBeGreaterThan(0);
    expect(message.length).toBeLessThanOrEqual(MAX_ERROR_MESSAGE);
    expect(stack?.length ?? 0).toBeLessThanOrEqual(MAX_ERROR_STACK);
  });

  test("takes the error's own name, else its class's", () => {
    class ModelError extends Error {}
    expect(describeThrown(new ModelError('x')).name).toBe('ModelError');
    expect(describeThrown(withFields({ name: 'Own' })).name).toBe('Own');
    expect(describeThrown(withFields({ name: Symbol('s') })).name).toBe('Error');
    expect(describeThrown(Object.assign(new TypeError('x'), { name: {} })).name).toBe('TypeError');
  });

  test.each([
    [5, '5'],
    [5n, '5'],
    [{ a: 1n }, '{"a":"1"}'],
    [Symbol('s'), 'Symbol(s)'],
    [undefined, ''],
    [null, 'null'],
  ])('makes text of the message %o', (message, text) => {
    expect(describeThrown(withFields({ message })).message).toBe(text);
  });

  test('says what was thrown that is no error', () => {
    const circle: { self?: unknown; n: number } = { n: 1 };
    circle.self = circle;
    expect(
      [null, undefined, 'text', 10n, { a: [1] }, circle].map((thrown) => describeThrown(thrown).message),
    ).toEqual(['null', 'undefined', 'text', '10', '{"a":[1]}', '{"n":1,"self":"[Circular]"}']);
  });

  test('knows errors of another realm', () => {
    expect(describeThrown(vm.runInNewContext('new RangeError("far")'))).toMatchObject({
      name: 'RangeError',
      message: 'far',
    });
  });

  test('cuts a long message, and keeps where it was thrown', () => {
    const { message, stack } = describeThrown(new Error('h'.repeat(1_000_000)));
    expect(message).toMatch(/^h+… \[truncated: 1,000,000 characters\]$/);
    expect(message).toHaveLength(MAX_ERROR_MESSAGE);
    expect(stack).toContain('thrown.test.ts');
    expect(describeThrown(new Error(message)).message).toBe(message);
  });
});

test('cut leaves no half of a character', () => {
  const text = '😀'.repeat(100);
  for (const max of [40, 41, 42, 43]) expect(cut(text, max).isWellFormed()).toBe(true);
});

test('describeRecord makes up for what a stored error lacks', () => {
  expect(describeRecord({})).toEqual({ name: 'Error', message: '', stack: undefined });
  expect(describeRecord({ name: {}, message: { a: 1 }, stack: 5 })).toEqual({
    name: 'Error',
    message: '{"a":1}',
    stack: undefined,
  });
  expect(describeRecord({ name: 'Own', message: 'x', stack: 'at' })).toEqual({
    name: 'Own',
    message: 'x',
    stack: 'at',
  });
});

test('toldOf names the error', () => {
  expect([new TypeError('x'), new TypeError(''), 'text'].map(toldOf)).toEqual([
    'TypeError: x',
    'TypeError',
    'text',
  ]);
});

describe('errorsBehind', () => {
  test('finds causes and members, each once', () => {
    const deep = new Error('deep');
    const group = new AggregateError([new Error('member', { cause: deep }), deep], 'group', {
      cause: 'text',
    });
    expect(errorsBehind(group).map((error) => describeThrown(error).message)).toEqual([
      'group',
      'member',
      'deep',
      'text',
    ]);
  });

  test.each(Object.entries(ODD_ERRORS))('comes to an end with %s', (_what, make) => {
    expect(errorsBehind(make()).length).toBeLessThanOrEqual(100);
  });
});
