import { expect, test } from 'vitest';
import { ContentBlocks } from '../../../src/rest/event-streaming/content-blocks.ts';
import { endOfRow, eventId, isWanted, rowOf, seqOf, seqOfEventId } from '../../../src/rest/event-streaming/event.ts';

test('a place is its row and the part of it, whatever the row has before it', () => {
  expect(rowOf(seqOf(7, 0))).toBe(7);
  expect(rowOf(seqOf(7, 999_999))).toBe(7);
  expect(seqOf(8, 0)).toBe(endOfRow(7) + 1);
  expect(seqOf(2 ** 32, 5)).toBeLessThan(Number.MAX_SAFE_INTEGER);
});

test('an id of an event says its seq, with a run in it or without; anything else says none', () => {
  expect(seqOfEventId(eventId(seqOf(3, 2), null))).toBe(seqOf(3, 2));
  expect(seqOfEventId(eventId(seqOf(3, 2), '0198a000-0000-7000-8000-000000000000'))).toBe(seqOf(3, 2));
  for (const id of ['', '-1', 'synth:', 'x:5', '1e3', '99999999999999999']) expect(seqOfEventId(id)).toBeUndefined();
});

test('blocks of a message follow each other, and each ends with what it has become', () => {
  const blocks = new ContentBlocks();

  const events = [
    ...blocks.content([{ type: 'thinking', thinking: 'hm' }]),
    ...blocks.content('so'),
    ...blocks.content([{ type: 'text', text: ' be it' }]),
    ...blocks.toolCallChunk({ index: 0, id: 'a', name: 'look', args: '{"at"' }),
    ...blocks.toolCallChunk({ index: 0, args: ':1}' }),
    ...blocks.toolCallChunk({ index: 1, id: 'b', name: 'look', args: '{' }),
    ...blocks.content([{ type: 'image', url: 'data:,' }]),
    ...blocks.finish('so be it', [
      { id: 'a', name: 'look', args: { at: 1 } },
      { id: 'c', name: 'late', args: {} },
    ]),
  ];

  expect(events.map((event) => [event.event, 'index' in event ? event.index : null])).toEqual([
    ['content-block-start', 0],
    ['content-block-delta', 0],
    ['content-block-finish', 0],
    ['content-block-start', 1],
    ['content-block-delta', 1],
    ['content-block-delta', 1],
    ['content-block-finish', 1],
    ['content-block-start', 2],
    ['content-block-delta', 2],
    ['content-block-finish', 2],
    ['content-block-start', 3],
    ['content-block-finish', 3],
    ['content-block-start', 4],
    ['content-block-finish', 4],
    ['content-block-start', 5],
    ['content-block-finish', 5],
  ]);
  expect(events.flatMap((event) => (event.event === 'content-block-finish' ? [event.content] : []))).toEqual([
    { type: 'reasoning', reasoning: 'hm' },
    { type: 'text', text: 'so be it' },
    { type: 'tool_call', id: 'a', name: 'look', args: { at: 1 } },
    { type: 'invalid_tool_call', id: 'b', name: 'look', args: '{', error: expect.any(String) },
    { type: 'image', url: 'data:,' },
    { type: 'tool_call', id: 'c', name: 'late', args: {} },
  ]);
  expect(events).toContainEqual({
    event: 'content-block-delta',
    index: 2,
    delta: { type: 'block-delta', fields: { type: 'tool_call_chunk', args: '{"at":1}' } },
  });
});

test('custom:<name> gets the events of that name, custom all of them; a namespace without a task stands for all of its tasks', () => {
  const named = {
    type: 'event',
    method: 'custom',
    params: { namespace: ['a:1', 'b:2'], timestamp: 0, data: { name: 'x', payload: 1 } },
  } as const;
  const event = { ...named, params: { ...named.params, namespace: [...named.params.namespace] } };

  expect(isWanted(event, { channels: ['custom'] })).toBe(true);
  expect(isWanted(event, { channels: ['custom:x'] })).toBe(true);
  expect(isWanted(event, { channels: ['custom:y', 'values'] })).toBe(false);
  expect(isWanted(event, { channels: ['custom'], namespaces: [['a']] })).toBe(true);
  expect(isWanted(event, { channels: ['custom'], namespaces: [['a:2'], ['b']] })).toBe(false);
  expect(isWanted(event, { channels: ['custom'], namespaces: [['a']], depth: 0 })).toBe(false);
  expect(isWanted(event, { channels: ['custom'], depth: 2 })).toBe(true);
});
