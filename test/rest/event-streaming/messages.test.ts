import type { EventData } from '@langchain/protocol';
import { afterEach, expect, test } from 'vitest';
import type { RunId } from '../../../src/domain/ids.ts';
import type { MessageJson } from '../../../src/domain/message.ts';
import { Messages } from '../../../src/rest/event-streaming/messages.ts';
import { resetGates } from '../../support/gates.ts';
import { startRestServer } from '../support.ts';
import { ALL_CHANNELS, hello, isEnd, newThreadId, read, start } from './support.ts';

afterEach(resetGates);

const RUN = '0198a000-0000-7000-8000-000000000000' as RunId;

/** What the channel says of a message that is whole. */
function told(
  message: MessageJson,
  { ns = '', node = 'agent' as string | null, metadata = {} } = {},
): EventData[] {
  const messages = new Messages();
  return [
    ...messages.map(
      { kind: 'MESSAGE_STARTED', ns, node, message: { ...message, content: '' }, metadata },
      RUN,
      7,
    ),
    ...messages.map({ kind: 'MESSAGE_COMPLETED', ns, node, message }, RUN, 7),
  ];
}

test.each([
  ['a human message that a node made', { type: 'human', id: 'm', content: 'hi' }, 'agent'],
  ['a system message', { type: 'system', id: 'm', content: 'hi' }, 'agent'],
  ['the answer of a tool', { type: 'tool', id: 'm', content: 'hi', tool_call_id: 'c' }, 'tools'],
  ["an input's human message", { type: 'human', id: 'm', content: 'hi' }, null],
  ["an input's AI message", { type: 'ai', id: 'm', content: 'hi' }, null],
])('%s is not said', (_what, message, node) => {
  expect(told(message, { node })).toEqual([]);
});

test("an AI message is said at its graph's namespace, each event with the keys by which clients tell messages apart", () => {
  const message = {
    type: 'ai',
    id: 'run-0198a000-0000-7000-8000-00000000000f',
    content: 'hi',
    usage_metadata: { total_tokens: 3 },
  };

  const events = told(
    { ...message, response_metadata: { partial: true } },
    { ns: 'inner:1', metadata: { langgraph_checkpoint_ns: 'inner:1|agent:2' } },
  );

  const keys = { message_id: message.id, run_id: '0198a000-0000-7000-8000-00000000000f' };
  expect(events.map(({ method, params: { timestamp, ...params } }) => ({ method, ...params }))).toEqual(
    [
      { event: 'message-start', role: 'ai', id: message.id, metadata: { run_id: RUN } },
      { event: 'content-block-start', index: 0, content: { type: 'text', text: '' } },
      { event: 'content-block-delta', index: 0, delta: { type: 'text-delta', text: 'hi' } },
      { event: 'content-block-finish', index: 0, content: { type: 'text', text: 'hi' } },
      {
        event: 'message-finish',
        usage: { total_tokens: 3 },
        responseMetadata: { partial: true },
        metadata: { partial: true },
      },
    ].map((data) => ({
      method: 'messages',
      namespace: ['inner:1'],
      node: 'agent',
      data: { ...data, ...keys },
    })),
  );
});

test('what a tool lets a model say is below the task of the tool', () => {
  const events = told(
    { type: 'ai', id: 'm', content: 'hi' },
    { node: 'tools', metadata: { langgraph_checkpoint_ns: 'tools:2' } },
  );

  expect(new Set(events.map(({ params }) => params.namespace.join('|')))).toEqual(new Set(['tools:2']));
});

test('§3.10 messages of nodes that stream at once are whole in the JavaScript SDK', async () => {
  await using server = await startRestServer();
  const thread = server.client.threads.stream({ assistantId: 'two-streams' });
  const texts = (async () => {
    const all: Promise<string>[] = [];
    for await (const message of thread.messages) all.push(Promise.resolve(message.text));
    return Promise.all(all);
  })();

  await thread.run.start({ input: hello });
  const { messages } = (await thread.output) as { messages: { text: string; type: string }[] };
  await thread.close();

  expect((await texts).toSorted()).toEqual(
    messages
      .filter(({ type }) => type === 'ai')
      .map(({ text }) => text)
      .toSorted(),
  );
  expect(messages.length).toBeGreaterThan(2);
});

test("§3.10 who asks for the root's namespace alone, as Python's SDK does, has the messages and the tools of the root's nodes", async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  await using reader = await read(server, thread, {
    channels: ['messages', 'tools', 'lifecycle'],
    namespaces: [[]],
    depth: 0,
  });

  const run = await start(server, thread, 'two-tools');

  const events = await reader.upTo(isEnd(run));
  const data = events.map(
    ({ params }) => params.data as { event: string; message_id?: string; tool_name?: string },
  );
  const started = data.filter(({ event }) => event === 'message-start');
  expect(started).toHaveLength(2);
  for (const { message_id } of started)
    expect(data.filter((one) => one.message_id === message_id).map(({ event }) => event)).toEqual(
      expect.arrayContaining([
        'message-start',
        'content-block-start',
        'content-block-finish',
        'message-finish',
      ]),
    );
  expect(data.flatMap(({ tool_name }) => tool_name ?? []).toSorted()).toEqual(['first', 'second']);
});

test('§3.10 before the first value is written there are no values', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  await using reader = await read(server, thread, { channels: ALL_CHANNELS });

  const run = await start(server, thread, 'writing', { input: {} });

  const events = await reader.upTo(isEnd(run));
  expect(events.flatMap((event) => (event.method === 'values' ? [event.params.data] : []))).toEqual([
    { note: 'written' },
  ]);
});
