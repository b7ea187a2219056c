import { AIMessageChunk, type BaseMessageChunk } from '@langchain/core/messages';
import { expect, test } from 'vitest';
import type { EventBody } from '../../../src/domain/event.ts';
import type { RestStreamMode } from '../../../src/rest/runs/run-schema.ts';
import { MessageEvents } from '../../../src/rest/streaming/message-events.ts';

const place = { ns: '', node: 'agent' } as const;
const head = {
  type: 'ai',
  id: 'm',
  content: '',
  additional_kwargs: { reasoning: 'I ' },
  response_metadata: { model_name: 'some' },
};
const STARTED: EventBody = {
  kind: 'MESSAGE_STARTED',
  ...place,
  message: head,
  metadata: { langgraph_node: 'agent' },
};
const delta = (content: string, extras?: object): EventBody =>
  ({
    kind: 'MESSAGE_DELTA',
    ...place,
    messageId: 'm',
    text: content,
    content,
    ...(extras && { extras }),
  }) as EventBody;
const chunk = (extras: object): EventBody =>
  ({ kind: 'MESSAGE_CHUNK', ...place, messageId: 'm', extras }) as EventBody;

const STREAMED = [
  STARTED,
  delta('Let me ', { usage_metadata: { input_tokens: 3, output_tokens: 1, total_tokens: 4 } }),
  delta('look.', { additional_kwargs: { reasoning: 'ask' } }),
  chunk({
    tool_call_chunks: [{ index: 0, id: 'c', name: 'look', args: '' }],
    additional_kwargs: { reasoning: '.' },
  }),
  chunk({
    tool_call_chunks: [{ index: 0, args: '{"at": "Ro' }],
    usage_metadata: { output_tokens: 1, total_tokens: 1 },
  }),
];
const SO_FAR = {
  ...head,
  content: 'Let me look.',
  additional_kwargs: { reasoning: 'I ask.' },
  tool_calls: [{ id: 'c', name: 'look', args: { at: 'Ro' }, type: 'tool_call' }],
  invalid_tool_calls: [],
  usage_metadata: {
    input_tokens: 3,
    output_tokens: 2,
    total_tokens: 5,
    input_token_details: {},
    output_token_details: {},
  },
};

function told(mode: RestStreamMode, bodies: readonly EventBody[]) {
  const events = new MessageEvents({ modes: [mode], subgraphs: false });
  return bodies.flatMap((body) => events.of(body as Parameters<MessageEvents['of']>[0]));
}

test('messages/partial is the whole message so far: text, tool calls as far as they can be read, and counts', () => {
  const partials = told('messages', STREAMED).filter(({ event }) => event === 'messages/partial');

  expect(partials.map(({ data }) => (data as [{ content: string }])[0].content)).toEqual([
    'Let me ',
    ...Array(3).fill('Let me look.'),
  ]);
  expect(partials.at(-1)?.data).toEqual([SO_FAR]);
});

test('a client that joins the chunks of messages-tuple as LangChain does has the message', () => {
  const tuples = told('messages-tuple', STREAMED).map(
    ({ data }) => (data as [ConstructorParameters<typeof AIMessageChunk>[0]])[0],
  );

  const joined = tuples
    .map((fields) => new AIMessageChunk(fields))
    .reduce<BaseMessageChunk>((sum, next) => sum.concat(next as never), new AIMessageChunk(''));

  expect(tuples.every((fields) => (fields as { type: string }).type === 'AIMessageChunk')).toBe(true);
  expect(joined).toMatchObject(SO_FAR);
});
