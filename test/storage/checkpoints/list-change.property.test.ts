import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  assemble,
  changedItems,
  changeOf,
  type Part,
  reused,
  Slot,
  storedWith,
} from '../../../src/storage/checkpoints/values/list-changes.ts';

const slots = Array.from({ length: 12 }, (_, index) => new Slot(1, `${index}`, null));
const item = fc.oneof(
  fc.constantFrom(...slots),
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom('a', 'b', null, true),
);
const list = fc.array(item, { maxLength: 20 });

test('a list is its base and what is stored with the change', () => {
  fc.assert(
    fc.property(list, list, (base, next) => {
      const parts = changeOf(base, next);

      expect(assemble(parts, base, storedWith(parts, next))).toEqual(next);
    }),
  );
});

test('a chain of changes gives the same list as making one after another', () => {
  fc.assert(
    fc.property(fc.array(list, { minLength: 1, maxLength: 8 }), (lists) => {
      const links = lists.map((next, index) => {
        const parts: readonly Part[] = index === 0 ? [next.length] : changeOf(lists[index - 1]!, next);
        return { parts, stored: storedWith(parts, next) };
      });

      expect(changedItems(links.toReversed())).toEqual(lists.at(-1));
    }),
  );
});

test('what is in both lists in the same order at an end is not stored again', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer()),
      fc.uniqueArray(fc.integer()),
      fc.uniqueArray(fc.integer()),
      (head, removed, tail) => {
        const all = new Set([...head, ...removed, ...tail]);
        fc.pre(all.size === head.length + removed.length + tail.length);

        const parts = changeOf([...head, ...removed, ...tail], [...head, 'new', ...tail]);

        expect(reused(parts)).toBe(head.length + tail.length);
        expect(storedWith(parts, [...head, 'new', ...tail])).toEqual(['new']);
      },
    ),
  );
});

test('a change that takes more than its base has is refused', () => {
  expect(() => assemble([[0, 3]], ['a', 'b'], [])).toThrow(/refers to items 0 to 3 of 2/);
  expect(() => changedItems([{ parts: [[0, 1]], stored: [] }])).toThrow(/is missing 1/);
});
