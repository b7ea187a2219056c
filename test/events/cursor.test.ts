import { expect, test } from 'vitest';
import type { ThreadId } from '../../src/domain/ids.ts';
import { formatCursor, parseCursor } from '../../src/events/cursor.ts';

const threadId = '0198c3a0-1111-7222-8333-444455556666' as ThreadId;

test.each([0, 1])('a cursor of part %i is read back as the position that it was made of', (part) => {
  const position = { threadId, seq: 42, part };
  expect(parseCursor(formatCursor(position))).toEqual(position);
  expect(formatCursor(position).length).toBeLessThanOrEqual(72);
});

test.each([
  '',
  'x',
  'not a cursor',
  btoa(`${threadId}.`),
  btoa(`${threadId}.-1`),
  btoa(`${threadId}.1.2`),
  btoa('nobody.1'),
  `${btoa(`${threadId}.1`)}`.slice(1),
])('%j is no cursor', (text) => {
  expect(parseCursor(text)).toBeNull();
});
