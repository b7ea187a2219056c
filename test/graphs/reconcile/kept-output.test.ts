import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import {
  Annotation,
  END,
  MessagesAnnotation,
  MessagesDeltaValue,
  Send,
  START,
  StateGraph,
  StateSchema,
} from '@langchain/langgraph';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { gate, pass, resetGates } from '../../support/gates.ts';
import { graph as twoStreams } from '../../support/graphs/two-streams.ts';
import { words } from '../../support/streaming-model.ts';
import { Conversation, human, strictModel } from './interrupted.ts';

afterEach(resetGates);

const speaker = strictModel('speaker', () => ({ text: words('I speak now.') }));
const speak = async (_state: unknown, config: object) => ({
  messages: [await speaker.invoke([new HumanMessage('speak')], config)],
});
const stopMidWord = (thread: Conversation) => {
  const half = gate('speaker:2');
  return thread.interrupt({ messages: [human('hi')] }, async (seen) => {
    await half.reached;
    await seen('I speak');
  });
};
const speaking = () =>
  new Conversation(
    new StateGraph(MessagesAnnotation).addNode('speak', speak).addEdge(START, 'speak').compile(),
  );
const head = async (thread: Conversation) => (await thread.state()).config.configurable?.['checkpoint_id'];

test('a partial message keeps the id under which it was streamed, and is marked', async () => {
  const thread = speaking();
  await stopMidWord(thread);

  const [completed] = await thread.reconcile();

  const message = (await thread.messages()).at(-1);
  expect(message).toMatchObject({
    type: 'ai',
    id: expect.stringMatching(/./),
    content: 'I speak',
    response_metadata: { partial: true },
  });
  expect(completed).toEqual({ kind: 'MESSAGE_COMPLETED', ns: '', node: 'speak', message });
});

test('without partial output the state stays as the last superstep left it, and subscribers are told', async () => {
  const thread = speaking();
  await stopMidWord(thread);
  const before = await thread.state();

  const events = await thread.reconcile({ keepPartialOutput: false });

  expect((await thread.state()).config).toEqual(before.config);
  expect(events).toEqual([{ kind: 'MESSAGES_RESET', checkpointId: await head(thread) }]);
  resetGates();
  await thread.run({ messages: [human('again')] });
  expect(await thread.transcript()).toEqual(['human: hi', 'human: again', 'ai: I speak now.']);
});

test('of a message with reasoning and a half-built call only the text is kept; one that has no text is not', async () => {
  const thread = speaking();
  await stopMidWord(thread);
  const partial = { ns: '', node: 'speak', messageId: 'm1' };

  const events = await thread.reconcile({
    partials: [
      {
        ...partial,
        content: [
          { type: 'thinking', thinking: 'hm', index: 0 },
          { type: 'text', text: 'I sp', index: 1 },
          { type: 'tool_use', name: 'x', input: '{"', index: 2 },
        ],
      },
      { ...partial, messageId: 'm2', content: [{ type: 'reasoning', reasoning: 'hm' }] },
    ],
  });

  expect((await thread.messages()).slice(1)).toMatchObject([
    { id: 'm1', content: [{ type: 'text', text: 'I sp' }], tool_calls: [] },
  ]);
  expect(events).toEqual([{ kind: 'MESSAGES_RESET', checkpointId: await head(thread) }]);
});

test('several partial messages of one node are one checkpoint', async () => {
  const thread = speaking();
  await stopMidWord(thread);
  const before = await thread.state();

  await thread.reconcile({
    partials: ['one', 'two'].map((text) => ({
      ns: '',
      node: 'speak',
      messageId: text,
      content: text,
      name: 'bot',
    })),
  });

  expect(await thread.transcript()).toEqual(['human: hi', 'ai: one (partial)', 'ai: two (partial)']);
  expect((await thread.state()).parentConfig?.configurable?.['checkpoint_id']).toBe(
    before.config.configurable?.['checkpoint_id'],
  );
  expect((await thread.messages()).at(-1)?.name).toBe('bot');
});

test('a message that the state holds already is not kept again', async () => {
  const thread = speaking();
  await thread.run({ messages: [human('hi')] });
  const id = (await thread.messages()).at(-1)?.id ?? '';

  expect(
    await thread.reconcile({ partials: [{ ns: '', node: 'speak', messageId: id, content: 'I sp' }] }),
  ).toEqual([]);

  expect(await thread.transcript()).toEqual(['human: hi', 'ai: I speak now.']);
});

test('text of a node that nobody knows is kept, that of a subgraph that is no node is not', async () => {
  const thread = speaking();
  await stopMidWord(thread);

  await thread.reconcile({
    partials: [
      { ns: '', node: null, messageId: 'm1', content: 'nobody' },
      { ns: 'gone:1', node: 'x', messageId: 'm2', content: 'gone' },
    ],
  });

  expect(await thread.transcript()).toEqual(['human: hi', 'ai: nobody (partial)']);
});

test('of the model calls of one task the one that began last is kept', async () => {
  const thread = speaking();
  await stopMidWord(thread);

  await thread.reconcile({
    partials: ['route', 'answer'].map((text) => ({
      ns: '',
      node: 'speak',
      taskId: 'task',
      messageId: text,
      content: text,
    })),
  });

  expect(await thread.transcript()).toEqual(['human: hi', 'ai: answer (partial)']);
});

test('what a router was streaming stays out of the conversation, and subscribers are told', async () => {
  const router = strictModel('router', () => ({ text: ['{"route":', '"x"}'] }));
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('route', async ({ messages }, config) => {
      await router.invoke(messages, config);
      return {};
    })
    .addNode('answer', () => ({ messages: [new AIMessage('real answer')] }))
    .addEdge(START, 'route')
    .addEdge('route', 'answer')
    .compile();
  const thread = new Conversation(graph);
  const half = gate('router:1');
  await thread.interrupt({ messages: [human('hi')] }, async (seen) => {
    await half.reached;
    await seen('{"route":');
  });

  const events = await thread.reconcile();

  expect(await thread.transcript()).toEqual(['human: hi']);
  expect(events).toEqual([{ kind: 'MESSAGES_RESET', checkpointId: await head(thread) }]);
});

test('what a finished node had written stays when the other node is stopped, and what follows the stopped one is next', async () => {
  const State = Annotation.Root({ ...MessagesAnnotation.spec, note: Annotation<string> });
  const graph = new StateGraph(State)
    .addNode('noting', () => ({
      note: 'taken',
      messages: [new AIMessage({ id: 'noted', content: 'noted' })],
    }))
    .addNode('speak', speak)
    .addNode('after', () => ({}))
    .addEdge(START, 'noting')
    .addEdge(START, 'speak')
    .addEdge('speak', 'after')
    .compile();
  const thread = new Conversation(graph);
  const noted = gate('writes:noted');
  const half = gate('speaker:2');
  await thread.interrupt({ messages: [human('hi')] }, async (seen, signal) => {
    await Promise.all([noted.reached, half.reached]);
    await seen('I speak');
    signal.addEventListener('abort', () => noted.open());
  });

  await thread.reconcile();

  expect(await thread.transcript()).toEqual(['human: hi', 'ai: noted', 'ai: I speak (partial)']);
  expect((await thread.state()).values).toMatchObject({ note: 'taken' });
  expect((await thread.state()).next).toEqual(['after']);
});

describe('a finished node keeps its results beside one that leaves nothing', () => {
  const stoppedBeside = async (graph: ConstructorParameters<typeof Conversation>[0]) => {
    const thread = new Conversation(graph);
    const silent = gate('silent');
    await thread.interrupt({ messages: [human('hi')], counter: 1 }, async () => {
      await silent.reached;
      await expect.poll(async () => (await thread.state()).values).toMatchObject({ counter: 2 });
    });
    return thread;
  };
  const Counter = Annotation.Root({
    counter: Annotation<number>({ reducer: (sum, more) => sum + more, default: () => 0 }),
  });
  const silence = async (_state: unknown, config: { signal?: AbortSignal }) => {
    await pass('silent', config.signal);
    return {};
  };

  test.each([
    ['with messages', Annotation.Root({ ...MessagesAnnotation.spec, ...Counter.spec })],
    ['without messages', Counter],
  ])('%s', async (_which, State) => {
    const graph = new StateGraph(State as typeof Counter)
      .addNode('count', () => ({ counter: 1 }))
      .addNode('silent', silence)
      .addEdge(START, 'count')
      .addEdge(START, 'silent')
      .compile();
    const thread = await stoppedBeside(graph);

    expect(await thread.reconcile()).toEqual([]);

    resetGates();
    await thread.run({ messages: [human('again')], counter: 10 });
    expect((await thread.state()).values).toMatchObject({ counter: 13 });
  });
});

test('a schema that refuses the partial message does not lose it', async () => {
  const State = z.object({
    messages: z
      .array(
        z.custom<BaseMessage>((message) => (message as BaseMessage).response_metadata?.['partial'] !== true),
      )
      .default([]),
  });
  const reduced = MessagesAnnotation.spec;
  const graph = new StateGraph({ stateSchema: Annotation.Root(reduced) })
    .addNode('speak', speak)
    .addEdge(START, 'speak')
    .compile();
  // The validation of a state with a runtime schema, as LangGraph's writers apply it.
  (graph as unknown as { builder: { _schemaRuntimeDefinition: unknown } }).builder._schemaRuntimeDefinition =
    State;
  const thread = new Conversation(graph);
  await stopMidWord(thread);

  await thread.reconcile();

  expect(await thread.transcript()).toEqual(['human: hi', 'ai: I speak (partial)']);
});

test('a conditional edge that never decides is given up, and the text kept without it', async () => {
  const deciding = Promise.withResolvers<void>();
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('speak', speak)
    .addEdge(START, 'speak')
    .addConditionalEdges('speak', () => {
      deciding.resolve();
      return new Promise<typeof END>(() => {});
    }, [END])
    .compile();
  const thread = new Conversation(graph);
  await stopMidWord(thread);
  const giveUp = new AbortController();

  const reconciled = thread.reconcile({ giveUp: giveUp.signal });
  await deciding.promise;
  giveUp.abort();
  await reconciled;

  expect(await thread.transcript()).toEqual(['human: hi', 'ai: I speak (partial)']);
  expect((await thread.state()).next).toEqual([]);
});

test('a reducer that refuses everything makes the repair reject, with both reasons', async () => {
  const State = Annotation.Root({
    messages: Annotation<BaseMessage[]>({
      reducer: (old, more) => {
        if (more.some((message) => message.response_metadata?.['partial'])) throw new Error('refused');
        return old.concat(more);
      },
      default: () => [],
    }),
  });
  const thread = new Conversation(
    new StateGraph(State).addNode('speak', speak).addEdge(START, 'speak').compile(),
  );
  const half = gate('speaker:2');
  await thread.interruptUncomposed({ messages: [new HumanMessage('hi')] }, async (seen) => {
    await half.reached;
    await seen('I speak');
  });

  await expect(thread.reconcile()).rejects.toMatchObject({
    errors: [{ message: expect.stringMatching('refused') }, { message: expect.stringMatching('refused') }],
  });
  expect(await thread.transcript()).toEqual(['human: hi']);
});

test('a conversation in a channel without a reducer is kept whole', async () => {
  const State = Annotation.Root({ messages: Annotation<BaseMessage[]> });
  const asks = new AIMessage({ content: '', tool_calls: [{ id: 'a', name: 'a', args: {} }] });
  const graph = new StateGraph(State)
    .addNode('ask', ({ messages }) => ({ messages: [...messages, asks] }))
    .addNode('speak', speak)
    .addEdge(START, 'ask')
    .addEdge('ask', 'speak')
    .compile();
  const thread = new Conversation(graph);
  const half = gate('speaker:2');
  await thread.interruptUncomposed({ messages: [new HumanMessage('hi')] }, async (seen) => {
    await half.reached;
    await seen('I speak');
  });

  await thread.reconcile();

  expect(await thread.transcript()).toEqual([
    'human: hi',
    'ai:  [a]',
    'tool: The tool call was stopped before it finished. (error)',
    'ai: I speak (partial)',
  ]);
});

test('a conversation that is stored as deltas is repaired alike', async () => {
  const graph = new StateGraph(new StateSchema({ messages: MessagesDeltaValue }))
    .addNode('ask', () => ({
      messages: [new AIMessage({ content: '', tool_calls: [{ id: 'a', name: 'a', args: {} }] })],
    }))
    .addNode('tools', async (_state, config) => {
      await speak({}, config);
      return { messages: [new ToolMessage({ tool_call_id: 'a', content: 'done' })] };
    })
    .addEdge(START, 'ask')
    .addConditionalEdges('ask', () => [new Send('tools', {})], ['tools'])
    .compile();
  const thread = new Conversation(graph as never);
  await stopMidWord(thread);

  await thread.reconcile();

  expect(await thread.transcript()).toEqual([
    'human: hi',
    'ai:  [a]',
    'tool: The tool call was stopped before it finished. (error)',
    'ai: I speak (partial)',
  ]);
  resetGates();
  await thread.run({ messages: [human('again')] });
  expect((await thread.transcript()).slice(4)).toEqual(['human: again', 'ai:  [a]', 'tool: done']);
});

test('messages of one run after another keep their order: human, partial, next human', async () => {
  const thread = new Conversation(twoStreams);
  for (const turn of ['one', 'two', 'three']) {
    resetGates();
    const half = gate('two-streams:left:1');
    const silent = gate('two-streams:right:0');
    await thread.interrupt({ messages: [human(turn)] }, async (seen) => {
      await Promise.all([half.reached, silent.reached]);
      await seen('Left');
    });
    await thread.reconcile();
  }

  expect(await thread.transcript()).toEqual(
    ['one', 'two', 'three'].flatMap((turn) => [`human: ${turn}`, 'ai: Left (partial)']),
  );
});
