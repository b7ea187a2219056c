import { expect, test } from 'vitest';
import type { ThreadId } from '../../src/domain/ids.ts';
import { formatCursor, LogGapError, parseCursor } from '../../src/events/cursor.ts';

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
  btoa(`${threadId}.1.1.1`),
  btoa(`${threadId}.1.11`),
  btoa(`${threadId}.1.x1`),
  btoa(`${threadId}.1.0`), // the same place has one cursor: without a part
  btoa(`${threadId}.01`),
  btoa(`${threadId}.x1`),
  btoa(`${threadId}.1x`),
  btoa(`${threadId}.1234567890123456`),
  btoa(`${threadId}`),
  `${btoa(`${threadId}.1`)}==`,
  btoa('nobody.1'),
  `${btoa(`${threadId}.1`)}`.slice(1),
])('%j is no cursor', (text) => {
  expect(parseCursor(text)).toBeNull();
});

test('a gap in the log says behind which seq it is', () => {
  expect(new LogGapError(7)).toMatchObject({ name: 'LogGapError', afterSeq: 7, message: 'Rows of the log behind 7 were removed' });
});
