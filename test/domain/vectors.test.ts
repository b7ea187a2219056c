import { expect, test } from 'vitest';
import { cosineSimilarity } from '../../src/domain/embedding.ts';

test.each([
  ['the same direction', [1, 2], [2, 4], 1],
  ['opposite directions', [1, 2], [-2, -4], -1],
  ['a right angle', [1, 0], [0, 3], 0],
  ['45 degrees', [1, 0], [1, 1], Math.SQRT1_2],
  ['a vector without direction', [0, 0], [1, 1], 0],
  ['a vector without direction on the other side', [1, 1], [0, 0], 0],
])('the cosine similarity of %s', (_name, left, right, expected) => {
  expect(cosineSimilarity(left, right)).toBeCloseTo(expected, 12);
});
