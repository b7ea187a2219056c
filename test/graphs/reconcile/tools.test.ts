import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import {
  Annotation,
  addMessages,
  END,
  interrupt,
  MessagesAnnotation,
  Send,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { createReactAgent, ToolNode } from '@langchain/langgraph/prebuilt';
import { createAgent } from 'langchain';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { gate, pass, resetGates } from '../../support/gates.ts';
import { words } from '../../support/streaming-model.ts';
import { Conversation, human, strictModel } from './interrupted.ts';

afterEach(resetGates);

const STOPPED = 'tool: The tool call was stopped before it finished. (error)';

/** Calls both tools for each human message, then answers. */
const caller = () =>
  strictModel('caller', (messages) =>
    messages.at(-1)?.type === 'tool'
      ? { text: words('Both have answered.') }
      : {
          text: words('Let me ask.'),
          toolCalls: ['first', 'second'].map((name) => ({
            id: `${name}-${messages.length}`,
            name,
            args: {},
          })),
        },
  );
const gated = (name: string) =>
  tool(
    async (_args, config) => {
      await pass(name, config?.signal);
      return `${name} result`;
    },
    { name, description: name, schema: z.object({}) },
  );

const whole = [
  'human: again',
  'ai: Let me ask. [first, second]',
  'tool: first result',
  'tool: second result',
  'ai: Both have answered.',
];

describe.each([
  [
    'createReactAgent, a task per tool call',
    (): object =>
      createReactAgent({ llm: caller(), tools: [gated('first'), gated('second')], version: 'v2' }),
    'tool: first result',
  ],
  [
    'createReactAgent, one task for all tool calls',
    (): object =>
      createReactAgent({ llm: caller(), tools: [gated('first'), gated('second')], version: 'v1' }),
    STOPPED,
  ],
  [
    'createAgent',
    (): object => createAgent({ model: caller(), tools: [gated('first'), gated('second')] }).graph,
    'tool: first result',
  ],
])('%s', (_name, make, firstAnswer) => {
  test('stopped while one of two tools runs: both calls are answered, and the next turn goes well', async () => {
    const thread = new Conversation(make() as never);
    const second = gate('second');
    const put = firstAnswer === STOPPED ? null : gate('writes:first');
    await thread.interrupt({ messages: [human('hi')] }, async () => {
      await second.reached;
      await put?.reached;
    });

    await thread.reconcile();

    expect(await thread.transcript()).toEqual([
      'human: hi',
      'ai: Let me ask. [first, second]',
      firstAnswer,
      STOPPED,
    ]);
    expect(await thread.complaints()).toEqual([]);
    resetGates();
    await thread.run({ messages: [human('again')] });
    expect((await thread.transcript()).slice(4)).toEqual(whole);
  });

  test('stopped while the model names its tools: its text is kept without the half-built calls', async () => {
    const thread = new Conversation(make() as never);
    const naming = gate('caller:4');
    await thread.interrupt({ messages: [human('hi')] }, async (seen) => {
      await naming.reached;
      await seen('Let me ask.');
    });

    await thread.reconcile();

    expect(await thread.transcript()).toEqual(['human: hi', 'ai: Let me ask. (partial)']);
    resetGates();
    await thread.run({ messages: [human('again')] });
    expect((await thread.transcript()).slice(2)).toEqual(whole);
  });

  test('stopped between the tools and the answer: nothing is open', async () => {
    const thread = new Conversation(make() as never);
    const answer = gate('caller:end');
    let calls = 0;
    await thread.interrupt({ messages: [human('hi')] }, async () => {
      await answer.reached;
      calls += 1;
    });

    await thread.reconcile({ keepPartialOutput: false });

    expect(calls).toBe(1);
    expect(await thread.transcript()).toEqual(['human: hi']);
    resetGates();
    await thread.run({ messages: [human('again')] });
    expect((await thread.transcript()).slice(1)).toEqual(whole);
  });
});

test('what a tool had streamed comes after the answer to its call', async () => {
  const teller = strictModel('teller', () => ({ text: words('Once upon a time.') }));
  const story = tool(
    async (_args, config) => (await teller.invoke([new HumanMessage('a story')], config)).text,
    {
      name: 'story',
      description: 'tells a story',
      schema: z.object({}),
    },
  );
  const asker = strictModel('asker', () => ({ toolCalls: [{ id: 'call', name: 'story', args: {} }] }));
  const thread = new Conversation(createReactAgent({ llm: asker, tools: [story] }) as never);
  const half = gate('teller:2');
  await thread.interrupt({ messages: [human('hi')] }, async (seen) => {
    await half.reached;
    await seen('Once upon');
  });

  await thread.reconcile();

  expect(await thread.transcript()).toEqual([
    'human: hi',
    'ai:  [story]',
    STOPPED,
    'ai: Once upon (partial)',
  ]);
  expect(await thread.complaints()).toEqual([]);
});

test('a call of one agent is answered while another agent streams beside it', async () => {
  const speaker = strictModel('speaker', () => ({ text: words('I speak.') }));
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('asker', () => ({
      messages: [
        new AIMessage({ id: 'asks', content: '', tool_calls: [{ id: 'call', name: 'first', args: {} }] }),
      ],
    }))
    .addNode('speaker', async (_state, config) => ({
      messages: [await speaker.invoke([new HumanMessage('speak')], config)],
    }))
    .addNode('tools', new ToolNode([gated('first')]))
    .addEdge(START, 'asker')
    .addEdge(START, 'speaker')
    .addConditionalEdges(
      'asker',
      () => [new Send('tools', { lg_tool_call: { id: 'call', name: 'first', args: {} } })],
      ['tools'],
    )
    .compile();
  const thread = new Conversation(graph);
  const speaking = gate('speaker:1');
  const asked = gate('writes:asks');
  await thread.interrupt({ messages: [human('hi')] }, async (seen) => {
    await Promise.all([speaking.reached, asked.reached]);
    await seen('I');
  });

  await thread.reconcile();

  expect(await thread.transcript()).toEqual(['human: hi', 'ai:  [first]', STOPPED, 'ai: I (partial)']);
  expect(await thread.complaints()).toEqual([]);
});

test('what follows the tools is next, whatever else was stopped beside them', async () => {
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('ask', () => ({
      messages: [new AIMessage({ content: '', tool_calls: [{ id: 'call', name: 'first', args: {} }] })],
    }))
    .addNode('beside', async (_state, config) => {
      await pass('beside', config.signal);
      return {};
    })
    .addNode('tools', new ToolNode([gated('first')]))
    .addNode('answer', () => ({}))
    .addEdge(START, 'ask')
    .addEdge('ask', 'beside')
    .addEdge('ask', 'tools')
    .addEdge('tools', 'answer')
    .compile();
  const thread = new Conversation(graph);
  const held = [gate('first'), gate('beside')];
  await thread.interrupt({ messages: [human('hi')] }, () => Promise.all(held.map(({ reached }) => reached)));

  await thread.reconcile();

  expect(await thread.transcript()).toEqual(['human: hi', 'ai:  [first]', STOPPED]);
  expect((await thread.state()).next).toEqual(['answer']);
});

describe('a call further up that nobody answered', () => {
  const asks = new AIMessage({
    id: 'asks',
    content: '',
    tool_calls: [{ id: 'old', name: 'first', args: {} }],
  });
  const speaker = strictModel('speaker', () => ({ text: words('I speak.') }));
  const withReducer = (reducer: (old: BaseMessage[], more: BaseMessage[]) => BaseMessage[]) => {
    const State = Annotation.Root({ messages: Annotation<BaseMessage[]>({ reducer, default: () => [] }) });
    return new StateGraph(State)
      .addNode('speak', async (_state, config) => ({
        messages: [await speaker.invoke([new HumanMessage('speak')], config)],
      }))
      .addEdge(START, 'speak')
      .compile();
  };

  test.each([
    ["LangGraph's own reducer", addMessages],
    ['a reducer that only concatenates', (old: BaseMessage[], more: BaseMessage[]) => old.concat(more)],
  ])('is answered where it belongs, with %s', async (_name, reducer) => {
    const thread = new Conversation(withReducer(reducer as never));
    await thread.graph.updateState(
      thread.config as never,
      { messages: [asks, new HumanMessage({ id: 'h2', content: 'forget it' })] },
      'speak',
    );
    const speaking = gate('speaker:1');
    // Without composeInput, which would have answered the call.
    await thread.interruptUncomposed(
      { messages: [new HumanMessage({ id: 'h3', content: 'hi' })] },
      async (seen) => {
        await speaking.reached;
        await seen('I');
      },
    );

    const events = await thread.reconcile();

    expect(await thread.transcript()).toEqual([
      'ai:  [first]',
      STOPPED,
      'human: forget it',
      'human: hi',
      'ai: I (partial)',
    ]);
    expect(events).toEqual([
      { kind: 'MESSAGES_RESET', checkpointId: (await thread.state()).config.configurable?.['checkpoint_id'] },
    ]);
  });
});

test('a pause of the run itself is over: its call is answered as stopped, and its checkpoint asks nothing any more', async () => {
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('agent', () => ({
      messages: [new AIMessage({ content: '', tool_calls: [{ id: 'send', name: 'send', args: {} }] })],
    }))
    .addNode('tools', () => ({
      messages: [new ToolMessage({ tool_call_id: 'send', content: String(interrupt('ok?')) })],
    }))
    .addEdge(START, 'agent')
    .addEdge('agent', 'tools')
    .addEdge('tools', END)
    .compile();
  const thread = new Conversation(graph);
  await thread.run({ messages: [human('hi')] });
  const before = await thread.state();

  const events = await thread.reconcile({ partials: [] });

  expect(events.map(({ kind }) => kind)).toEqual(['MESSAGE_STARTED', 'MESSAGE_COMPLETED']);
  expect(await thread.transcript()).toEqual(['human: hi', 'ai:  [send]', STOPPED]);
  expect((await thread.state()).next).toEqual([]);
  expect((await thread.graph.getState(before.config)).tasks[0]?.interrupts).toEqual([]);
});

test('a pause that the run had started from can still be resumed by its checkpoint', async () => {
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('ask', () => ({ messages: [new AIMessage(`told ${interrupt('ok?')}`)] }))
    .addEdge(START, 'ask')
    .compile();
  const thread = new Conversation(graph);
  await thread.run({ messages: [human('hi')] });
  const before = await thread.state();

  await thread.reconcile({ partials: [], startedFrom: before.config.configurable?.['checkpoint_id'] });

  expect(await thread.state()).toMatchObject({ next: [], tasks: [] });
  expect((await thread.graph.getState(before.config)).tasks[0]?.interrupts).toMatchObject([{ value: 'ok?' }]);
});
