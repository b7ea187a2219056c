import { AIMessage, type BaseMessage, HumanMessage, SystemMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { MessagesAnnotation, MessagesDeltaValue, START, StateGraph, StateSchema } from '@langchain/langgraph';
import { createReactAgent, ToolNode } from '@langchain/langgraph/prebuilt';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { gate, pass, resetGates } from '../../support/gates.ts';
import { words } from '../../support/streaming-model.ts';
import { Conversation, human, strictModel } from './interrupted.ts';

afterEach(resetGates);

const STOPPED = 'tool: The tool call was stopped before it finished. (error)';

/** Prepares, then streams `<name> speaks.` */
const speaking = (name: string, options: { readonly checkpointer?: boolean } = {}) => {
  const model = strictModel(name, () => ({ text: words(`${name} speaks.`) }));
  return new StateGraph(MessagesAnnotation)
    .addNode('prepare', () => ({ messages: [new AIMessage(`${name} prepared`)] }))
    .addNode('speak', async (state, config) => ({ messages: [await model.invoke(state.messages, config)] }))
    .addEdge(START, 'prepare')
    .addEdge('prepare', 'speak')
    .compile(options);
};

const stopWhile = (thread: Conversation, name: string) => {
  const half = gate(`${name}:1`);
  return thread.interrupt({ messages: [human('hi')] }, async (seen) => {
    await half.reached;
    await seen(name);
  });
};

test('a subgraph that a function calls keeps what it said to itself', async () => {
  const inner = speaking('Inner');
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('call', async () => {
      const { messages } = await inner.invoke({
        messages: [new SystemMessage('be kind'), new HumanMessage('a task')],
      });
      return { messages: messages.slice(-1) };
    })
    .addEdge(START, 'call')
    .compile();
  const thread = new Conversation(graph);
  await stopWhile(thread, 'Inner');

  await thread.reconcile();

  expect(await thread.transcript()).toEqual(['human: hi']);
  resetGates();
  await thread.run({ messages: [human('again')] });
  expect((await thread.transcript()).slice(1)).toEqual(['human: again', 'ai: Inner speaks.']);
});

test('subgraphs that one function calls in turn keep what they said to themselves', async () => {
  const first = speaking('First');
  const second = speaking('Second');
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('call', async ({ messages }) => {
      const { messages: more } = await first.invoke({ messages });
      return await second.invoke({ messages: more });
    })
    .addEdge(START, 'call')
    .compile();
  const thread = new Conversation(graph);
  await stopWhile(thread, 'Second');

  await thread.reconcile();

  expect(await thread.transcript()).toEqual(['human: hi']);
});

test('subgraphs that functions call within each other keep what they said to themselves', async () => {
  const inmost = speaking('Inmost');
  const middle = new StateGraph(MessagesAnnotation)
    .addNode('prepare', () => ({ messages: [new AIMessage('middle prepared')] }))
    .addNode('call', async ({ messages }) => inmost.invoke({ messages }))
    .addEdge(START, 'prepare')
    .addEdge('prepare', 'call')
    .compile();
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('call', async ({ messages }) => middle.invoke({ messages }))
    .addEdge(START, 'call')
    .compile();
  const thread = new Conversation(graph);
  await stopWhile(thread, 'Inmost');

  await thread.reconcile();

  expect(await thread.transcript()).toEqual(['human: hi']);
});

test('two subgraphs that stream at once each hand over their own', async () => {
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('left', speaking('Left'))
    .addNode('right', speaking('Right'))
    .addEdge(START, 'left')
    .addEdge(START, 'right')
    .compile();
  const thread = new Conversation(graph);
  const left = gate('Left:1');
  const right = gate('Right:1');
  await thread.interrupt({ messages: [human('hi')] }, async (seen) => {
    await Promise.all([left.reached, right.reached]);
    await Promise.all([seen('Left'), seen('Right')]);
  });

  await thread.reconcile();

  expect((await thread.transcript()).toSorted()).toEqual(
    [
      'human: hi',
      'ai: Left prepared',
      'ai: Left (partial)',
      'ai: Right prepared',
      'ai: Right (partial)',
    ].toSorted(),
  );
  const lines = await thread.transcript();
  expect(lines.indexOf('ai: Left prepared')).toBe(lines.indexOf('ai: Left (partial)') - 1);
  expect(lines.indexOf('ai: Right prepared')).toBe(lines.indexOf('ai: Right (partial)') - 1);
});

const gated = (name: string) =>
  tool(
    async (_args, config) => {
      await pass(name, config?.signal);
      return `${name} result`;
    },
    { name, description: name, schema: z.object({}) },
  );

test('an agent stopped in its tool, as a subgraph, leaves its call answered in the parent', async () => {
  const model = strictModel('agent', (messages) =>
    messages.at(-1)?.type === 'tool'
      ? { text: words('Done.') }
      : { toolCalls: [{ id: `call-${messages.length}`, name: 'first', args: {} }] },
  );
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('agent', createReactAgent({ llm: model, tools: [gated('first')] }))
    .addEdge(START, 'agent')
    .compile();
  const thread = new Conversation(graph);
  const first = gate('first');
  await thread.interrupt({ messages: [human('hi')] }, () => first.reached);

  const events = await thread.reconcile();

  expect(await thread.transcript()).toEqual(['human: hi', 'ai:  [first]', STOPPED]);
  expect(events).toMatchObject([
    { kind: 'MESSAGE_STARTED', ns: '', node: 'agent', message: { content: '', tool_call_id: 'call-1' } },
    { kind: 'MESSAGE_COMPLETED', ns: '', node: 'agent', message: { status: 'error' } },
  ]);
  resetGates();
  await thread.run({ messages: [human('again')] });
  expect((await thread.transcript()).slice(3)).toEqual([
    'human: again',
    'ai:  [first]',
    'tool: first result',
    'ai: Done.',
  ]);
});

test('results of a subgraph of tools count as answers to the calls of its parent', async () => {
  const calls = ['first', 'second'].map((name) => ({ id: name, name, args: {} }));
  const tools = new StateGraph(MessagesAnnotation)
    .addNode('one', (state) => new ToolNode([gated('first')]).invoke(withCall(state, 'first')))
    .addNode('two', (state, config) =>
      new ToolNode([gated('second')]).invoke(withCall(state, 'second'), config),
    )
    .addEdge(START, 'one')
    .addEdge('one', 'two')
    .compile();
  const withCall = (state: object, name: string) => ({
    ...state,
    lg_tool_call: { id: name, name, args: {}, type: 'tool_call' },
  });
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('agent', () => ({ messages: [new AIMessage({ content: '', tool_calls: calls })] }))
    .addNode('tools', tools)
    .addEdge(START, 'agent')
    .addEdge('agent', 'tools')
    .compile();
  const thread = new Conversation(graph);
  const second = gate('second');
  await thread.interrupt({ messages: [human('hi')] }, () => second.reached);

  await thread.reconcile();

  expect(await thread.transcript()).toEqual([
    'human: hi',
    'ai:  [first, second]',
    'tool: first result',
    STOPPED,
  ]);
  expect(await thread.complaints()).toEqual([]);
});

test('an agent that a tool calls keeps what it said to itself, and the tool call is answered', async () => {
  const inner = speaking('Inner');
  const delegate = tool(
    async () => (await inner.invoke({ messages: [new HumanMessage('a task')] })).messages.at(-1)?.text ?? '',
    {
      name: 'delegate',
      description: 'asks another agent',
      schema: z.object({}),
    },
  );
  const asker = strictModel('asker', () => ({ toolCalls: [{ id: 'call', name: 'delegate', args: {} }] }));
  const thread = new Conversation(createReactAgent({ llm: asker, tools: [delegate] }) as never);
  await stopWhile(thread, 'Inner');

  await thread.reconcile();

  expect(await thread.transcript()).toEqual(['human: hi', 'ai:  [delegate]', STOPPED]);
  expect(await thread.complaints()).toEqual([]);
});

test('without partial output a subgraph still hands over what it had completed', async () => {
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('inner', speaking('Inner'))
    .addEdge(START, 'inner')
    .compile();
  const thread = new Conversation(graph);
  await stopWhile(thread, 'Inner');

  const events = await thread.reconcile({ keepPartialOutput: false });

  expect(await thread.transcript()).toEqual(['human: hi', 'ai: Inner prepared']);
  expect(events).toEqual([
    { kind: 'MESSAGES_RESET', checkpointId: (await thread.state()).config.configurable?.['checkpoint_id'] },
  ]);
});

test('a subgraph that a function calls hands over nothing, and goes on with a memory that providers accept', async () => {
  const model = strictModel('agent', (messages) =>
    messages.at(-1)?.type === 'tool'
      ? { text: words('Done.') }
      : { toolCalls: [{ id: `call-${messages.length}`, name: 'first', args: {} }] },
  );
  const inner = new StateGraph(MessagesAnnotation)
    .addNode('agent', async ({ messages }, config) => ({ messages: [await model.invoke(messages, config)] }))
    .addNode('tools', new ToolNode([gated('first')]))
    .addEdge(START, 'agent')
    .addConditionalEdges('agent', ({ messages }) =>
      (messages.at(-1) as AIMessage).tool_calls?.length ? 'tools' : '__end__',
    )
    .addEdge('tools', 'agent')
    .compile({ checkpointer: true });
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('inner', async ({ messages }) => inner.invoke({ messages: messages.slice(-1) }), {
      subgraphs: [inner],
    })
    .addEdge(START, 'inner')
    .compile();
  const thread = new Conversation(graph);
  await thread.run({ messages: [human('one')] });
  expect(await thread.transcript()).toEqual([
    'human: one',
    'ai:  [first]',
    'tool: first result',
    'ai: Done.',
  ]);
  const first = gate('first');
  await thread.interrupt({ messages: [human('two')] }, () => first.reached);

  await thread.reconcile();

  expect((await thread.transcript()).slice(4)).toEqual(['human: two']);
  resetGates();
  await thread.run({ messages: [human('three')] });
  // The function hands over all of the memory, with the call of the run before and its answer.
  expect((await thread.transcript()).slice(5)).toEqual([
    'human: three',
    'ai:  [first]',
    STOPPED,
    'ai:  [first]',
    'tool: first result',
    'ai: Done.',
  ]);
});

test('a subgraph whose memory is of earlier runs only hands over nothing', async () => {
  const inner = speaking('Inner', { checkpointer: true });
  const graph = new StateGraph(MessagesAnnotation)
    .addNode(
      'call',
      async (_state, config) => {
        await pass('before the call', config.signal);
        return {
          messages: (await inner.invoke({ messages: [new HumanMessage('a task')] })).messages.slice(-1),
        };
      },
      { subgraphs: [inner] },
    )
    .addEdge(START, 'call')
    .compile();
  const thread = new Conversation(graph);
  await thread.run({ messages: [human('one')] });
  const before = gate('before the call');
  await thread.interrupt({ messages: [human('two')] }, () => before.reached);

  expect(await thread.reconcile()).toEqual([]);

  expect(await thread.transcript()).toEqual(['human: one', 'ai: Inner speaks.', 'human: two']);
});

test('a subgraph that stores its messages as deltas hands over what it added', async () => {
  const model = strictModel('Inner', () => ({ text: words('Inner speaks.') }));
  const inner = new StateGraph(new StateSchema({ messages: MessagesDeltaValue }))
    .addNode('prepare', () => ({ messages: [new AIMessage({ id: 'prepared', content: 'Inner prepared' })] }))
    .addNode('speak', async (state, config) => ({
      messages: [await model.invoke(state.messages as BaseMessage[], config)],
    }))
    .addEdge(START, 'prepare')
    .addEdge('prepare', 'speak')
    .compile();
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('inner', inner as never)
    .addEdge(START, 'inner')
    .compile();
  const thread = new Conversation(graph);
  await stopWhile(thread, 'Inner');

  await thread.reconcile();

  expect(await thread.transcript()).toEqual(['human: hi', 'ai: Inner prepared', 'ai: Inner (partial)']);
});
