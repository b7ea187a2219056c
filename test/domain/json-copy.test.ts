import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/domain/json.ts';
import { MAX_VALUE_DEPTH, setOwn } from '../../src/domain/json.ts';
import { JsonCopier, NotJsonError, withArticle } from '../../src/domain/json-copy.ts';

const copy = (value: unknown, at?: readonly (string | number)[]): Json | undefined =>
  new JsonCopier().copy(value, at);

function refused(value: unknown, at?: readonly (string | number)[]): NotJsonError {
  try {
    copy(value, at);
  } catch (error) {
    expect(error).toBeInstanceOf(NotJsonError);
    return error as NotJsonError;
  }
  throw new Error('It was copied');
}

const nested = (levels: number): unknown => (levels === 0 ? 'deep' : [nested(levels - 1)]);

describe('what has a form in JSON', () => {
  test.each<[unknown, Json | undefined]>([
    ['text', 'text'],
    ['', ''],
    [true, true],
    [false, false],
    [0, 0],
    [1.5, 1.5],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
    [null, null],
    [undefined, undefined],
    [{}, {}],
    [[], []],
    [
      [undefined, 'a', null, 1],
      [null, 'a', null, 1],
    ],
    [
      { a: undefined, b: 'x', c: { d: [1] } },
      { b: 'x', c: { d: [1] } },
    ],
    [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [
      new (class Point {
        x = 1;
        #hidden = 2;
        get hidden() {
          return this.#hidden;
        }
      })(),
      { x: 1 },
    ],
    [new Number(3), 3],
    [new String('s'), 's'],
    [new Boolean(false), false],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [new URL('http://localhost/x'), 'http://localhost/x'],
    [{ toJSON: () => 5 }, 5],
    [{ toJSON: () => null }, null],
    [{ toJSON: () => undefined }, undefined],
    [{ toJSON: () => [1, undefined] }, [1, null]],
    [{ toJSON: () => ({ toJSON: 'is no function here', a: 1 }) }, { toJSON: 'is no function here', a: 1 }],
    [
      { a: 1, toJSON: 'no function' },
      { a: 1, toJSON: 'no function' },
    ],
    [Object.assign(new Error('told'), { toJSON: () => 'as text' }), 'as text'],
  ])('%j', (value, expected) => {
    expect(copy(value)).toStrictEqual(expected);
  });

  test('negative zero is 0 in the text that is stored', () => {
    expect(JSON.stringify(copy([-0]))).toBe('[0]');
  });

  test('a toJSON that returns its own object, or an instance, stands for its properties', () => {
    const own = { a: 1, toJSON: () => own };
    const instance = {
      toJSON: () =>
        new (class Inner {
          b = 2;
        })(),
    };

    expect(() => copy(own)).toThrow('a function cannot be stored at toJSON');
    expect(copy(instance)).toEqual({ b: 2 });
  });

  test("toJSON is called on its object, with JSON.stringify's argument, once; the stand-in's own is not", () => {
    const asked: unknown[] = [];
    const value = {
      name: 'me',
      toJSON(this: { readonly name: string }, key: string) {
        asked.push([this.name, key]);
        return 'once';
      },
    };

    expect(copy({ value })).toEqual({ value: 'once' });
    expect(asked).toEqual([['me', '']]);
    expect(refused({ toJSON: () => ({ toJSON: () => 'second' }) }).message).toBe(
      'a function cannot be stored at toJSON',
    );
  });

  test('each property is read once', () => {
    let reads = 0;
    const value = {
      get once() {
        reads += 1;
        return reads;
      },
    };

    expect(copy(value)).toEqual({ once: 1 });
    expect(reads).toBe(1);
  });

  test('__proto__ is a key like any other', () => {
    const value: unknown = JSON.parse('{"__proto__":{"polluted":true},"a":1}');

    const made = copy(value) as object;

    expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
    expect(JSON.stringify(made)).toBe('{"__proto__":{"polluted":true},"a":1}');
  });

  test('the same object in two places is no circle', () => {
    const shared = { a: 1 };

    expect(copy([shared, shared, { shared }])).toEqual([{ a: 1 }, { a: 1 }, { shared: { a: 1 } }]);
  });

  test(`${MAX_VALUE_DEPTH} levels`, () => {
    expect(JSON.stringify(copy(nested(MAX_VALUE_DEPTH)))).toBe(JSON.stringify(nested(MAX_VALUE_DEPTH)));
  });
});

describe('what has none is refused with its place', () => {
  test.each<[string, unknown, string]>([
    ['a BigInt', 1n, ''],
    ['a function', () => 1, ''],
    ['a symbol', Symbol('s'), ''],
    ['a Map', new Map([[1, 2]]), ''],
    ['a Set', new Set(), ''],
    ['a RegExp', /x/, ''],
    ['a Promise', Promise.resolve(), ''],
    ['a WeakMap', new WeakMap(), ''],
    ['a WeakSet', new WeakSet(), ''],
    ['a WeakRef', new WeakRef({}), ''],
    ['an ArrayBuffer', new ArrayBuffer(1), ''],
    ['a SharedArrayBuffer', new SharedArrayBuffer(1), ''],
    ['a DataView', new DataView(new ArrayBuffer(1)), ''],
    ['an Error', new Error('x'), ''],
    ['a Map', { toJSON: () => new Map() }, ''],
    ['a BigInt', { toJSON: () => 1n }, ''],
  ])('%s', (what, value, at) => {
    expect(refused(value).message).toBe(`${what} cannot be stored${at}`);
    expect(refused([{ rows: [0, { id: value }] }])).toMatchObject({
      what,
      path: [0, 'rows', 1, 'id'],
      message: `${what} cannot be stored at [0].rows[1].id`,
    });
  });

  test('within a value of which the place is known', () => {
    expect(refused({ id: 1n }, ['messages', 0])).toMatchObject({
      path: ['messages', 0, 'id'],
      what: 'a BigInt',
    });
  });

  test('behind what was read before: only the way to it counts', () => {
    expect(refused({ first: [[1], { a: { b: 2 } }], second: 1n }).path).toEqual(['second']);
  });

  test.each<[string, () => unknown, readonly (string | number)[]]>([
    [
      'in itself',
      () => {
        const own: Record<string, unknown> = {};
        own['me'] = own;
        return own;
      },
      [],
    ],
    [
      'further in',
      () => {
        const own: Record<string, unknown> = {};
        own['list'] = [own];
        return { a: [own] };
      },
      ['a', 0],
    ],
    [
      'a list',
      () => {
        const list: unknown[] = [];
        list.push({ list });
        return { list };
      },
      ['list'],
    ],
  ])('a circular reference: %s', (_, make, above) => {
    const error = refused(make());

    expect(error.what).toBe('a circular reference');
    expect(error.path.slice(0, above.length)).toEqual(above);
    expect(error.path.length).toBeLessThan(above.length + 3);
  });

  test('what is nested too deep', () => {
    const error = refused(nested(MAX_VALUE_DEPTH + 1), ['x']);

    expect(error.what).toBe(`a value nested deeper than ${MAX_VALUE_DEPTH} levels`);
    expect(error.path).toEqual(['x', ...Array.from({ length: MAX_VALUE_DEPTH }, () => 0)]);
  });

  test.each<[string, unknown, readonly string[]]>([
    [
      'a getter',
      {
        a: {
          get b() {
            throw new Error('no entry');
          },
        },
      },
      ['a', 'b'],
    ],
    [
      'a toJSON',
      {
        a: {
          toJSON() {
            throw new Error('no entry');
          },
        },
      },
      ['a'],
    ],
    [
      'a thrown text',
      {
        a: {
          toJSON() {
            throw 'no entry';
          },
        },
      },
      ['a'],
    ],
    [
      'a proxy',
      new Proxy(
        {},
        {
          ownKeys() {
            throw new Error('no entry');
          },
        },
      ),
      [],
    ],
  ])('%s that throws', (_, value, path) => {
    expect(refused(value)).toMatchObject({ what: 'a value whose access throws "no entry"', path });
    expect(refused(value, ['at']).path).toEqual(['at', ...path]);
  });

  test('and the copier copies the next value as if nothing had been', () => {
    const copier = new JsonCopier();
    expect(() => copier.copy({ a: [1n] })).toThrow(NotJsonError);

    expect(copier.copy({ b: 1 })).toEqual({ b: 1 });
    expect(() => copier.copy([1n])).toThrow('a BigInt cannot be stored at [0]');
  });
});

describe('a copier of its own', () => {
  class Marking extends JsonCopier {
    protected override absent(): Json {
      return 'absent';
    }
    protected override wrapped(made: { readonly [key: string]: Json }): Json {
      return { wrapped: made };
    }
    protected override special(value: object): Json | undefined {
      return value instanceof Map ? { map: this.list([...value.keys()]) } : super.special(value);
    }
  }

  test('says what stands for undefined, for objects and for classes', () => {
    expect(
      new Marking().copy([undefined, { a: undefined }, new Map([['k', 1]]), { toJSON: () => ({ b: 1 }) }]),
    ).toEqual(['absent', { wrapped: { a: 'absent' } }, { map: ['k'] }, { wrapped: { b: 1 } }]);
    expect(() => new Marking().copy([new Set()])).toThrow('a Set cannot be stored at [0]');
  });
});

test('setOwn makes own properties that can be changed and seen', () => {
  const target: Record<string, number> = {};

  setOwn(target, '__proto__', 1);
  setOwn(target, 'a', 2);
  setOwn(target, '__proto__', 3);

  expect(Object.getOwnPropertyDescriptor(target, '__proto__')).toEqual({
    value: 3,
    enumerable: true,
    configurable: true,
    writable: true,
  });
  expect(Object.keys(target)).toEqual(['__proto__', 'a']);
});

test.each([
  ['Array', 'an Array'],
  ['Error', 'an Error'],
  ['Int8Array', 'an Int8Array'],
  ['object', 'an object'],
  ['Map', 'a Map'],
  ['Banana', 'a Banana'],
])('%s with its article', (noun, expected) => {
  expect(withArticle(noun)).toBe(expected);
});
