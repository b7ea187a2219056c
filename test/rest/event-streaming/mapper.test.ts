import type { MessagesData } from '@langchain/protocol';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { MessageJson } from '../../../src/domain/message.ts';
import { begin, grow } from '../../../src/domain/message-fold.ts';
import { ContentBlocks } from '../../../src/rest/event-streaming/content-blocks.ts';
import {
  endOfRow,
  eventId,
  isWanted,
  rowOf,
  seqOf,
  seqOfEventId,
} from '../../../src/rest/event-streaming/event.ts';

test('a place is its row and the part of it, whatever the row has before it', () => {
  expect(rowOf(seqOf(7, 0))).toBe(7);
  expect(rowOf(seqOf(7, 999_999))).toBe(7);
  expect(seqOf(8, 0)).toBe(endOfRow(7) + 1);
  expect(seqOf(2 ** 32, 5)).toBeLessThan(Number.MAX_SAFE_INTEGER);
});

test('an id of an event says its seq, with a run in it or without; anything else says none', () => {
  expect(seqOfEventId(eventId(seqOf(3, 2), null))).toBe(seqOf(3, 2));
  expect(seqOfEventId(eventId(seqOf(3, 2), '0198a000-0000-7000-8000-000000000000'))).toBe(seqOf(3, 2));
  for (const id of ['', '-1', 'synth:', 'x:5', '1e3', '99999999999999999'])
    expect(seqOfEventId(id)).toBeUndefined();
});

type Piece = Parameters<typeof grow>[1];
const call = (chunk: JsonObject): Piece => ({ extras: { tool_call_chunks: [chunk] } });

/** What is sent of a message that comes in these pieces and is complete then. */
function shown(pieces: readonly Piece[], whole: Pick<MessageJson, 'content' | 'tool_calls'>): MessagesData[] {
  const blocks = new ContentBlocks();
  let soFar = begin({
    kind: 'MESSAGE_STARTED',
    ns: '',
    node: 'n',
    message: { type: 'ai', id: 'm', content: '' },
  });
  const events = pieces.flatMap((piece) => {
    soFar = grow(soFar, piece);
    return blocks.show(soFar);
  });
  return [...events, ...blocks.finish(whole)];
}

const line = (event: MessagesData): string => {
  const {
    event: kind,
    index,
    delta,
    content,
  } = event as { event: string; index: number; delta?: JsonObject; content?: JsonObject };
  const { text, reasoning, fields } = delta ?? {};
  return `${kind.replace('content-block-', '')} ${index} ${JSON.stringify(kind.endsWith('delta') ? (text ?? reasoning ?? fields) : content)}`;
};

test('calls that a model streams at once are whole, whichever chunk comes when, and so is text between them', () => {
  const events = shown(
    [
      { content: 'Let' },
      call({ index: 0, id: 'a', name: 'look', args: '{"at"' }),
      call({ index: 1, id: 'b', name: 'look', args: '{}' }),
      call({ index: 0, args: ':1}' }),
      { content: ' me' },
    ],
    {
      content: 'Let me',
      tool_calls: [
        { id: 'a', name: 'look', args: { at: 1 } },
        { id: 'b', name: 'look', args: {} },
      ],
    },
  );

  expect(events.map(line)).toEqual([
    'start 0 {"type":"text","text":""}',
    'delta 0 "Let"',
    'finish 0 {"type":"text","text":"Let"}',
    'start 1 {"type":"tool_call_chunk","id":"a","name":"look","args":"{\\"at\\"","index":1}',
    expect.stringMatching(/^finish 1 {"type":"invalid_tool_call",/),
    'start 2 {"type":"tool_call_chunk","id":"b","name":"look","args":"{}","index":2}',
    'finish 2 {"type":"tool_call","id":"b","name":"look","args":{}}',
    'delta 1 {"type":"tool_call_chunk","args":"{\\"at\\":1}"}',
    'finish 1 {"type":"tool_call","id":"a","name":"look","args":{"at":1}}',
    'start 3 {"type":"text","text":""}',
    'delta 3 " me"',
    'finish 3 {"type":"text","text":" me"}',
  ]);
});

test('blocks with an index are the blocks of the message, and a call is what the message says in the end', () => {
  const events = shown(
    [
      { content: [{ type: 'thinking', thinking: 'h', index: 0 }] },
      { content: [{ type: 'thinking', thinking: 'm', index: 0 }] },
      { content: [{ type: 'thinking', signature: 's', index: 0 }] },
      { content: [{ type: 'text', text: '', index: 1 }] },
      { content: [{ type: 'text', text: 'a', index: 1 }] },
      { content: [{ type: 'text', text: 'b', index: 2 }] },
      {
        content: [{ type: 'tool_use', id: 'a', name: 'look', index: 3 }],
        ...call({ index: 3, id: 'a', name: 'look', args: '{"at":1' }),
      },
    ],
    { content: 'ab', tool_calls: [{ id: 'a', name: 'look', args: { at: 1 } }] },
  );

  expect(events.map(line).filter((one) => one.startsWith('finish'))).toEqual([
    'finish 0 {"type":"reasoning","reasoning":"hm"}',
    'finish 1 {"type":"text","text":"a"}',
    'finish 2 {"type":"text","text":"b"}',
    expect.stringMatching(/^finish 3 {"type":"invalid_tool_call",/),
    'finish 3 {"type":"tool_call","id":"a","name":"look","args":{"at":1}}',
  ]);
});

test('a block of another kind that grows is sent as it is then', () => {
  const part = (text: string): Piece => ({ content: [{ type: 'image', data: text, index: 0 }] });

  expect(shown([part('ab'), part('cd')], { content: 'x' }).map(line)).toEqual([
    'start 0 {"type":"image","data":"ab","index":0}',
    'delta 0 {"type":"image","data":"abcd","index":0}',
    'finish 0 {"type":"image","data":"abcd","index":0}',
  ]);
});

test('blocks of a message follow each other, and each ends with what it has become', () => {
  const events = shown(
    [
      { content: [{ type: 'thinking', thinking: 'hm' }] },
      { content: 'so' },
      { content: [{ type: 'text', text: ' be it' }] },
      call({ index: 0, id: 'a', name: 'look', args: '{"at"' }),
      call({ index: 0, args: ':1}' }),
      call({ index: 1, id: 'b', name: 'look', args: '{' }),
      { content: [{ type: 'image', url: 'data:,' }] },
    ],
    {
      content: 'so be it',
      tool_calls: [
        { id: 'a', name: 'look', args: { at: 1 } },
        { id: 'c', name: 'late', args: {} },
      ],
    },
  );

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
