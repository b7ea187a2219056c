import { expect, test } from 'vitest';
import { behind, isAfter, placeOfLastEventId, START, toFrame } from '../../../src/rest/streaming/requested-stream.ts';
import { formatFrame, HEARTBEAT } from '../../../src/rest/streaming/sse-response.ts';
import { chunkOf, partialObject, StreamedMessage } from '../../../src/rest/streaming/streamed-message.ts';

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
  for (const id of ['-', '-1', '', '3', '1724800000000-0-0', 'x-y']) expect(placeOfLastEventId(id)).toEqual(START);
  expect(isAfter({ seq: 17, part: 5 }, place)).toBe(true);
  expect(isAfter(place, place)).toBe(false);
  expect(isAfter({ seq: 17, part: 9 }, behind(17))).toBe(false);
  expect(isAfter({ seq: 18, part: 0 }, behind(17))).toBe(true);
});

test('of a tool call’s arguments as much is read as has come', () => {
  const text = '{"city": "Ber\\"lin, D", "days": [1, {"n": 2}], "deep": {"a": tr';
  const read = (length: number): unknown => partialObject(text.slice(0, length));

  expect(read(0)).toBeNull();
  expect(read(1)).toEqual({});
  expect(read(5)).toEqual({});
  expect(read(13)).toEqual({ city: 'Ber' });
  expect(read(text.indexOf('days') + 2)).toEqual({ city: 'Ber"lin, D' });
  expect(read(text.indexOf('2}') + 1)).toEqual({ city: 'Ber"lin, D', days: [1, { n: 2 }] });
  expect(read(text.length)).toEqual({ city: 'Ber"lin, D', days: [1, { n: 2 }] });
  expect(partialObject('[1, 2')).toBeNull();
});

test('a streamed message joins its chunks: text, tool calls in pieces, and counts', () => {
  const head = { type: 'ai', id: 'm', content: '', additional_kwargs: {}, response_metadata: {} };
  const message = new StreamedMessage(head);

  message.add('Let me ', { usage_metadata: { input_tokens: 3, output_tokens: 1, details: { cached: 1 } } });
  message.add('look.', { additional_kwargs: { reasoning: 'it ' } });
  message.add('', { tool_call_chunks: [{ index: 0, id: 'c', name: 'look', args: '' }], additional_kwargs: { reasoning: 'asks' } });
  message.add('', { tool_call_chunks: [{ index: 0, args: '{"at": "Ro' }], usage_metadata: { output_tokens: 1, details: { cached: 1 } } });

  expect(message.toJson()).toEqual({
    ...head,
    content: 'Let me look.',
    additional_kwargs: { reasoning: 'it asks' },
    tool_calls: [{ id: 'c', name: 'look', args: { at: 'Ro' }, type: 'tool_call' }],
    invalid_tool_calls: [],
    usage_metadata: { input_tokens: 3, output_tokens: 2, details: { cached: 2 } },
  });
  expect(chunkOf(head, 'x', { tool_call_chunks: [1] })).toMatchObject({ type: 'AIMessageChunk', content: 'x', tool_call_chunks: [1] });
});
