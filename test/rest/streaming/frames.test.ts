import { expect, test } from 'vitest';
import {
  behind,
  isAfter,
  placeOfLastEventId,
  START,
  toFrame,
} from '../../../src/rest/streaming/requested-stream.ts';
import { formatFrame, HEARTBEAT } from '../../../src/rest/streaming/sse-response.ts';

test('a frame is id, event and one line of data, whatever is in them', () => {
  const frame = formatFrame({ id: '1\n2\0', event: 'up\r\ndates', data: { text: 'two\nlines\r' } });

  expect(frame).toBe('id: 12\nevent: updates\ndata: {"text":"two\\nlines\\r"}\n\n');
  expect(formatFrame({ id: '1', event: 'custom', data: null })).toBe('id: 1\nevent: custom\ndata: null\n\n');
});

test('a heartbeat is one comment line, without the blank line that would end an event', () => {
  expect(HEARTBEAT).toBe(': heartbeat\n');
});

test('an id names the place that it was made of; - and -1 and foreign ids mean the beginning', () => {
  const place = { seq: 17, part: 4 };

  expect(placeOfLastEventId(toFrame({ place, event: 'values', data: null }).id)).toEqual(place);
  for (const id of ['-', '-1', '', '3', '1724800000000-0-0', 'x-y'])
    expect(placeOfLastEventId(id)).toEqual(START);
  expect(isAfter({ seq: 17, part: 5 }, place)).toBe(true);
  expect(isAfter(place, place)).toBe(false);
  expect(isAfter({ seq: 17, part: 9 }, behind(17))).toBe(false);
  expect(isAfter({ seq: 18, part: 0 }, behind(17))).toBe(true);
});
