import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import {
  Annotation,
  interrupt,
  MessagesAnnotation,
  MessagesDeltaValue,
  Send,
  START,
  StateGraph,
  StateSchema,
} from '@langchain/langgraph';
import { afterEach, describe, expect, test } from 'vitest';
import { resetGates } from '../../support/gates.ts';
import { graph as approval } from '../../support/graphs/approval.ts';
import { graph as noMessages } from '../../support/graphs/no-messages.ts';
import { graph as trivial } from '../../support/graphs/trivial.ts';
import { Conversation, human } from './interrupted.ts';

afterEach(resetGates);

const STOPPED = 'tool: The tool call was stopped before it finished. (error)';
const asks = (...ids: string[]) =>
  new AIMessage({ id: 'asks', content: '', tool_calls: ids.map((id) => ({ id, name: id, args: {} })) });

const echoing = new StateGraph(MessagesAnnotation)
  .addNode('echo', ({ messages }) => ({ messages: [new AIMessage(`heard ${messages.at(-1)?.text}`)] }))
  .addEdge(START, 'echo')
  .compile();

/** A thread whose state was left like this, by whatever. */
const left = async (
  messages: BaseMessage[],
  graph: ConstructorParameters<typeof Conversation>[0] = echoing,
) => {
  const thread = new Conversation(graph);
  await thread.graph.updateState(
    thread.config as never,
    { messages },
    Object.keys(graph.nodes).find((name) => name !== START),
  );
  return thread;
};

describe('the input is returned as it came', () => {
  test.each<[string, unknown]>([
    ['when there is nothing to add', { messages: 'hi', other: 1 }],
    ['when it is text', 'hi'],
    ['when it is a list', [human('hi')]],
    ['when it is empty', {}],
  ])('%s', async (_when, input) => {
    expect(await (await left([])).compose(input as never)).toBe(input);
  });

  test('when the graph has no messages', async () => {
    const input = { counter: 1 };

    expect(await new Conversation(noMessages).compose(input, [{ messages: 'lost' }])).toBe(input);
  });

  test('when the messages channel has no reducer, for the input replaces what is there', async () => {
    const graph = new StateGraph(Annotation.Root({ messages: Annotation<BaseMessage[]> }))
      .addNode('noop', () => ({}))
      .addEdge(START, 'noop')
      .compile();
    const thread = await left([asks('a')], graph);
    const input = { messages: [human('hi')] };

    expect(await thread.compose(input)).toBe(input);
  });
});

test("messages of carried inputs come in their order, ahead of the run's own", async () => {
  const thread = new Conversation(trivial);

  const composed = await thread.compose({ messages: { role: 'user', content: 'four' }, topic: 'kept' }, [
    { messages: 'one', topic: 'dropped' },
    { messages: [['user', 'two'], human('three')] },
    'no object',
    { messages: null },
    {},
  ]);

  expect(composed).toEqual({
    messages: ['one', ['user', 'two'], human('three'), { role: 'user', content: 'four' }],
    topic: 'kept',
  });
});

test('open calls at the end are answered before the new input', async () => {
  const thread = await left([
    new HumanMessage('one'),
    asks('a', 'b'),
    new ToolMessage({ tool_call_id: 'a', content: 'done' }),
  ]);

  await thread.run({ messages: [human('two')] }, [{ messages: [human('carried')] }]);

  expect(await thread.transcript()).toEqual([
    'human: one',
    'ai:  [a, b]',
    'tool: done',
    STOPPED,
    'human: carried',
    'human: two',
    'ai: heard two',
  ]);
  expect(await thread.complaints()).toEqual([]);
});

test('an open call further up is answered where it belongs, and every message keeps its id', async () => {
  const thread = await left([
    new HumanMessage({ id: 'h1', content: 'one' }),
    asks('a'),
    new HumanMessage({ id: 'h2', content: 'two' }),
  ]);

  await thread.run({ messages: [human('three')] });

  expect(await thread.transcript()).toEqual([
    'human: one',
    'ai:  [a]',
    STOPPED,
    'human: two',
    'human: three',
    'ai: heard three',
  ]);
  expect((await thread.messages()).map(({ id }) => id)).toEqual([
    'h1',
    'asks',
    expect.any(String),
    'h2',
    'human-three',
    expect.any(String),
  ]);
});

test('a pending approval is answered as stopped when new input comes instead of the decision', async () => {
  const thread = new Conversation(approval);
  await thread.run({ messages: [human('mail Ann')] });
  expect((await thread.state()).tasks[0]?.interrupts).toHaveLength(1);

  await thread.run({ messages: [human('wait')] });

  expect((await thread.transcript()).slice(0, 4)).toEqual([
    'human: mail Ann',
    'ai:  [send_email]',
    STOPPED,
    'human: wait',
  ]);
});

test('a tool that had finished beside one that failed or waits keeps its result, which new input would drop', async () => {
  const graph = new StateGraph(Annotation.Root({ ...MessagesAnnotation.spec, call: Annotation<string> }))
    .addNode('agent', ({ messages }) =>
      messages.length === 1 ? { messages: [asks('quick', 'waiting')] } : {},
    )
    .addNode('tools', ({ call }) => ({
      messages: [
        new ToolMessage({
          tool_call_id: call,
          content: call === 'quick' ? 'quick result' : String(interrupt('?')),
        }),
      ],
    }))
    .addEdge(START, 'agent')
    .addConditionalEdges(
      'agent',
      ({ messages }) =>
        messages.length === 2 ? ['quick', 'waiting'].map((call) => new Send('tools', { call })) : [],
      ['tools'],
    )
    .compile();
  const thread = new Conversation(graph);
  await thread.run({ messages: [human('hi')] });

  await thread.run({ messages: [human('again')] });

  expect(await thread.transcript()).toEqual([
    'human: hi',
    'ai:  [quick, waiting]',
    'tool: quick result',
    STOPPED,
    'human: again',
  ]);
});

test('with a reducer that only concatenates, open calls at the end are answered', async () => {
  const State = Annotation.Root({
    messages: Annotation<BaseMessage[]>({ reducer: (old, more) => old.concat(more), default: () => [] }),
  });
  const graph = new StateGraph(State)
    .addNode('noop', () => ({}))
    .addEdge(START, 'noop')
    .compile();
  const thread = await left([new HumanMessage('one'), asks('a')], graph);

  await thread.run({ messages: [human('two')] });

  expect(await thread.transcript()).toEqual(['human: one', 'ai:  [a]', STOPPED, 'human: two']);
});

test('a run from an earlier checkpoint is composed for that checkpoint', async () => {
  const thread = await left([asks('a')]);
  const base = (await thread.state()).config.configurable?.['checkpoint_id'];
  await thread.run({ messages: [human('one')] });
  expect(await thread.compose({ messages: [human('two')] })).toEqual({ messages: [human('two')] });

  const composed = await thread.compose({ messages: [human('two')] }, [], base);

  expect(composed).toMatchObject({
    messages: [{ type: 'tool', tool_call_id: 'a', status: 'error' }, human('two')],
  });
});

test('an open call in a conversation that is stored as deltas is answered', async () => {
  const graph = new StateGraph(new StateSchema({ messages: MessagesDeltaValue }))
    .addNode('ask', ({ messages }) => (messages.length === 1 ? { messages: [asks('a')] } : {}))
    .addEdge(START, 'ask')
    .compile();
  const thread = new Conversation(graph as never);
  await thread.run({ messages: [human('one')] });

  await thread.run({ messages: [human('two')] });

  expect(await thread.transcript()).toEqual(['human: one', 'ai:  [a]', STOPPED, 'human: two']);
});
