import { expect, test } from 'vitest';
import type { ThreadId } from '../../src/domain/ids.ts';
import { formatCursor, LogGapError, parseCursor } from '../../src/events/cursor.ts';

const threadId = '0198c3a0-1111-7222-8333-444455556666' as ThreadId;

const encoded = (text: string): string => Buffer.from(text).toString('base64url');

test.each([0, 1])('a cursor of part %i is read back as the position that it was made of', (part) => {
  const position = { threadId, seq: 42, part };
  expect(parseCursor(formatCursor(position))).toEqual(position);
  expect(formatCursor(position).length).toBeLessThanOrEqual(72);
});

test.each([
  '',
  'x',
  'not a cursor',
  encoded(`${threadId}.`),
  encoded(`${threadId}.-1`),
  encoded(`${threadId}.1.2`),
  encoded(`${threadId}.1.1.1`),
  encoded(`${threadId}.1.11`),
  encoded(`${threadId}.1.x1`),
  encoded(`${threadId}.1.0`), // the same place has one cursor: without a part
  encoded(`${threadId}.01`),
  encoded(`${threadId}.x1`),
  encoded(`${threadId}.1x`),
  encoded(`${threadId}.9007199254740992`),
  encoded(`${threadId}.1.-1`),
  encoded(`${threadId}.NaN`),
  encoded(`${threadId}`),
  `${encoded(`${threadId}.1`)}==`,
  encoded('nobody.1'),
  `${encoded(`${threadId}.1`)}`.slice(1),
])('%j is no cursor', (text) => {
  expect(parseCursor(text)).toBeNull();
});

test('a gap in the log says behind which seq it is', () => {
  expect(new LogGapError(7)).toMatchObject({
    name: 'LogGapError',
    afterSeq: 7,
    message: 'Rows of the log behind 7 were removed',
  });
});
