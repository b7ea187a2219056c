import { setImmediate } from 'node:timers/promises';
import { AIMessage, HumanMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import {
  Annotation,
  type CheckpointTuple,
  END,
  MemorySaver,
  MessagesAnnotation,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { gate, pass, resetGates } from '../../support/gates.ts';
import { graph as trivial } from '../../support/graphs/trivial.ts';
import { Conversation, human, inMemory } from './interrupted.ts';

afterEach(resetGates);

const answering = () => {
  let executed = 0;
  const graph = new StateGraph(Annotation.Root({ ...MessagesAnnotation.spec, topic: Annotation<string> }))
    .addNode('answer', () => {
      executed += 1;
      return { messages: [new AIMessage('answered')] };
    })
    .addEdge(START, 'answer')
    .compile();
  return { graph, executed: () => executed };
};

test('an input that had not been committed is in the state as the run would have put it there, and no node has run', async () => {
  const { graph, executed } = answering();
  const thread = new Conversation(graph);

  const events = await thread.reconcile({
    uncommittedInput: { messages: [human('hi')], topic: 'weather' },
    partials: [],
  });

  expect(await thread.transcript()).toEqual(['human: hi']);
  expect((await thread.state()).values).toMatchObject({ topic: 'weather' });
  expect((await thread.state()).next).toEqual(['answer']);
  expect(executed()).toBe(0);
  expect(events).toMatchObject([
    { kind: 'MESSAGE_STARTED', ns: '', node: null, message: { type: 'human', content: '' } },
    {
      kind: 'MESSAGE_COMPLETED',
      ns: '',
      node: null,
      message: { type: 'human', content: 'hi', id: 'human-hi' },
    },
  ]);
  await thread.run({ messages: [human('again')] });
  expect(await thread.transcript()).toEqual(['human: hi', 'human: again', 'ai: answered']);
});

test('the checkpoints of a committed input are those of a run', async () => {
  const { graph } = answering();
  const thread = new Conversation(graph);
  await thread.run({ messages: [human('before')] });

  await thread.reconcile({ uncommittedInput: { messages: [human('hi')] }, partials: [] });

  const history = [];
  for await (const { metadata } of thread.graph.getStateHistory(thread.config as never))
    history.push(metadata?.source);
  expect(history).toEqual(['loop', 'input', 'loop', 'loop', 'input']);
});

test('an input whose checkpoint was written but not yet applied is applied', async () => {
  const { graph, executed } = answering();
  const thread = new Conversation(graph);
  const put = gate('put:input:-1');
  await thread.interrupt({ messages: [human('hi')] }, async (_seen, signal) => {
    await put.reached;
    signal.addEventListener('abort', () => put.open());
  });
  expect((await thread.state()).next).toEqual(['__start__']);

  const events = await thread.reconcile();

  expect(await thread.transcript()).toEqual(['human: hi']);
  expect(executed()).toBe(0);
  expect(events.map(({ kind }) => kind)).toEqual(['MESSAGE_STARTED', 'MESSAGE_COMPLETED']);
});

test('the messages of an input whose checkpoint was written and can not be applied in time are kept', async () => {
  const thread = new Conversation(answering().graph);
  const put = gate('put:input:-1');
  await thread.interrupt({ messages: [human('hi')] }, async (_seen, signal) => {
    await put.reached;
    signal.addEventListener('abort', () => put.open());
  });

  await thread.reconcile({ giveUp: AbortSignal.abort() });

  expect(await thread.transcript()).toEqual(['human: hi']);
});

test('an input that started from an earlier checkpoint is committed there', async () => {
  const thread = new Conversation(answering().graph);
  await thread.run({ messages: [human('one')] });
  const base = (await thread.state()).config.configurable?.['checkpoint_id'];
  await thread.run({ messages: [human('two')] });

  const events = await thread.reconcile({
    uncommittedInput: { messages: [human('other')] },
    baseCheckpointId: base,
    partials: [],
  });

  expect(await thread.transcript()).toEqual(['human: one', 'ai: answered', 'human: other']);
  expect(events).toEqual([
    { kind: 'MESSAGES_RESET', checkpointId: (await thread.state()).config.configurable?.['checkpoint_id'] },
  ]);
});

test.each([
  ['a conditional edge at START throws', 'throwing start'],
  ['the schema refuses the rest of the input', 'refusing schema'],
])('the messages of an input are kept where %s', async (_why, kind) => {
  const graph =
    kind === 'throwing start'
      ? new StateGraph(MessagesAnnotation)
          .addNode('answer', () => ({}))
          .addConditionalEdges(START, () => {
            throw new Error('no way');
          }, ['answer', END])
          .compile()
      : new StateGraph({
          stateSchema: MessagesAnnotation,
          input: z.object({ messages: z.array(z.any()), topic: z.string() }) as never,
        })
          .addNode('answer', () => ({}))
          .addEdge(START, 'answer')
          .compile();
  const thread = new Conversation(graph);

  await thread.reconcile({ uncommittedInput: { messages: [human('hi')] }, partials: [] });

  expect(await thread.transcript()).toEqual(['human: hi']);
  expect((await thread.state()).next).toEqual([]);
});

test('an input that no part of the graph can take rejects', async () => {
  const graph = new StateGraph({ stateSchema: z.object({ topic: z.string() }) })
    .addNode('noop', () => ({}))
    .addEdge(START, 'noop')
    .compile();

  await expect(
    new Conversation(graph).reconcile({ uncommittedInput: { topic: 7 }, partials: [] }),
  ).rejects.toThrow();
});

test('a run that was stopped between two supersteps leaves what it had, and goes on to the next step when asked', async () => {
  const order: string[] = [];
  const step = (name: string) => () => {
    order.push(name);
    return { messages: [new AIMessage(name)] };
  };
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('one', step('one'))
    .addNode('two', step('two'))
    .addEdge(START, 'one')
    .addEdge('one', 'two')
    .compile();
  const thread = new Conversation(graph);
  const put = gate('put:loop:1');
  await thread.interrupt({ messages: [human('hi')] }, async (_seen, signal) => {
    await put.reached;
    signal.addEventListener('abort', () => put.open());
  });

  expect(await thread.reconcile()).toEqual([]);

  expect(await thread.transcript()).toEqual(['human: hi', 'ai: one']);
  expect((await thread.state()).next).toEqual(['two']);
  expect(order).toEqual(['one']);
  await thread.run({ messages: [human('again')] });
  expect(await thread.transcript()).toEqual(['human: hi', 'ai: one', 'human: again', 'ai: one', 'ai: two']);
});

test('a thread without a checkpoint and without an input has nothing to repair', async () => {
  const thread = new Conversation(trivial);

  expect(await thread.reconcile({ partials: [] })).toEqual([]);
  expect(await thread.messages()).toEqual([]);
});

test('messages given as text, tuples and roles are taken as LangGraph takes them', async () => {
  const thread = new Conversation(answering().graph);

  await thread.reconcile({
    uncommittedInput: { messages: [['user', 'one'], 'two', { role: 'user', content: 'three' }] },
    partials: [],
  });

  expect(await thread.transcript()).toEqual(['human: one', 'human: two', 'human: three']);
  expect(
    (await thread.state()).values.messages.every((message: unknown) => message instanceof HumanMessage),
  ).toBe(true);
});

test('a conditional edge at START that never decides is given up, and the messages of the input kept', async () => {
  const deciding = Promise.withResolvers<void>();
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('answer', () => ({}))
    .addConditionalEdges(START, () => {
      deciding.resolve();
      return new Promise<typeof END>(() => {});
    }, ['answer', END])
    .compile();
  const thread = new Conversation(graph);
  const giveUp = new AbortController();

  const reconciled = thread.reconcile({
    uncommittedInput: { messages: [human('hi')] },
    partials: [],
    giveUp: giveUp.signal,
  });
  await deciding.promise;
  giveUp.abort();
  await reconciled;

  expect(await thread.transcript()).toEqual(['human: hi']);
});

test('what LangGraph still writes of an input that was given up is no second beginning of the thread', async () => {
  const { graph } = answering();
  const saver = new ReadsHeld();
  const thread = new Conversation(graph, inMemory(saver));
  const giveUp = new AbortController();
  const [start, fallback] = [gate('read:2'), gate('read:3')];

  const reconciled = thread.reconcile({
    uncommittedInput: { messages: [human('hi')] },
    partials: [],
    giveUp: giveUp.signal,
  });
  await start.reached;
  giveUp.abort();
  await fallback.reached;
  start.open();
  await setImmediate(); // what the loop does when it is not held any more
  fallback.open();
  await reconciled;

  expect(await thread.transcript()).toEqual(['human: hi']);
  const parents: unknown[] = [];
  for await (const { parentConfig } of saver.list(thread.config))
    parents.push(parentConfig?.configurable?.['checkpoint_id']);
  expect(new Set(parents).size).toBe(parents.length);
});

/** Holds each answer to a reader, which is as of the time of its question, at the gate `read:<number>`. */
class ReadsHeld extends MemorySaver {
  #reads = 0;

  override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    this.#reads += 1;
    const read = this.#reads;
    const found = await super.getTuple(config);
    await pass(`read:${read}`);
    return found;
  }
}
