import { Command, MemorySaver, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { RemoteGraph } from '@langchain/langgraph/remote';
import { afterEach, expect, test } from 'vitest';
import { resetGates } from '../support/gates.ts';
import { newThreadId } from './event-streaming/support.ts';
import { type RestServer, startRestServer } from './support.ts';

afterEach(resetGates);

type State = { readonly messages: readonly { readonly type: string; readonly content: string }[] };
const hello = { messages: [{ role: 'user', content: 'hi' }] };
const remote = (server: RestServer, graphId: string): RemoteGraph =>
  new RemoteGraph({ graphId, client: server.client as never });
const contents = (state: unknown): string[] => (state as State).messages.map(({ content }) => content);

test('RemoteGraph invokes and streams a graph of the server, with a thread and without one', async () => {
  await using server = await startRestServer();
  const graph = remote(server, 'agent');
  const config = { configurable: { thread_id: newThreadId() } };

  const result = await graph.invoke(hello, config);
  const without = await graph.invoke(hello);
  const updates: unknown[] = [];
  for await (const update of await graph.stream(hello, { ...config, streamMode: 'updates' }))
    updates.push(...Object.keys(update as object));
  const chunks: string[] = [];
  for await (const [message] of await graph.stream(hello, { streamMode: 'messages' }))
    chunks.push(message.content);

  expect(contents(result)).toEqual(['hi', 'begin', 'tool_call', 'end']);
  expect(contents(without)).toEqual(['hi', 'begin', 'tool_call', 'end']);
  expect(updates).toEqual(['agent', 'tool', 'agent']);
  expect(chunks.join('')).toBe('begintool_callend');
});

test('RemoteGraph reads and updates states: of now, of before, and the history', async () => {
  await using server = await startRestServer();
  const graph = remote(server, 'agent');
  const config = { configurable: { thread_id: newThreadId() } };
  await graph.invoke(hello, config);

  const state = await graph.getState(config);
  const history = [];
  for await (const one of graph.getStateHistory(config)) history.push(one);
  const earlier = history.find(({ metadata }) => metadata?.step === 1);
  const before = await graph.getState(earlier!.config);
  const updated = await graph.updateState(config, {
    messages: [{ role: 'user', content: 'one more thing' }],
  });

  expect(contents(state.values)).toEqual(['hi', 'begin', 'tool_call', 'end']);
  expect(history.map(({ next }) => next)).toEqual([[], ['agent'], ['tool'], ['agent'], ['__start__']]);
  expect(contents(before.values)).toEqual(['hi', 'begin']);
  expect(contents((await graph.getState(updated)).values)).toEqual([
    'hi',
    'begin',
    'tool_call',
    'end',
    'one more thing',
  ]);
});

test('RemoteGraph is a subgraph of another graph: its steps show in the parent’s stream, its pause pauses the parent, its failure fails it', async () => {
  await using server = await startRestServer();
  const parentOf = (graphId: string) =>
    new StateGraph(MessagesAnnotation)
      .addNode('remote', remote(server, graphId) as never)
      .addEdge(START, 'remote' as never)
      .compile({ checkpointer: new MemorySaver() });
  const config = () => ({ configurable: { thread_id: newThreadId() } });

  const result = await parentOf('agent').invoke(hello, config());
  const seen: string[] = [];
  for await (const [namespace, mode, data] of (await parentOf('agent').stream(hello, {
    ...config(),
    streamMode: ['updates'],
    subgraphs: true,
  })) as AsyncIterable<[string[], string, object]>)
    seen.push(
      `${namespace.map((segment) => segment.split(':')[0]).join('/')} ${mode} ${Object.keys(data).join()}`,
    );
  const approval = parentOf('approval');
  const asked = config();
  await approval.invoke(hello, asked);
  const waiting = await approval.getState(asked);
  const failure = parentOf('failing').invoke(hello, config());

  expect(contents(result).slice(0, 4)).toEqual(['hi', 'begin', 'tool_call', 'end']);
  expect(seen).toEqual([
    'remote updates agent',
    'remote updates tool',
    'remote updates agent',
    ' updates remote',
  ]);
  expect(waiting.next).toEqual(['remote']);
  expect(waiting.tasks[0]?.interrupts).toMatchObject([{ value: { question: 'Send it?' } }]);
  await expect(failure).rejects.toThrow(/CustomError.*Boo!/);
});

test('RemoteGraph resumes what waits for a human, and streams by events too', async () => {
  await using server = await startRestServer();
  const graph = remote(server, 'approval');
  const config = { configurable: { thread_id: newThreadId() } };
  await expect(graph.invoke(hello, config)).rejects.toThrow('Send it?');

  const resumed = await graph.invoke(new Command({ resume: { approve: true } }), config);
  const run = await remote(server, 'agent').streamEvents(hello, {
    version: 'v3',
    configurable: { thread_id: newThreadId() },
  });
  const output = await (run as unknown as { readonly output: Promise<State> }).output;

  expect(contents(resumed)).toEqual(['hi', '', '{"approve":true}', 'done']);
  expect(contents(output)).toEqual(['hi', 'begin', 'tool_call', 'end']);
});
