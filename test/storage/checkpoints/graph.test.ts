import { join } from 'node:path';
import { AIMessage, HumanMessage, RemoveMessage, ToolMessage } from '@langchain/core/messages';
import {
  Annotation,
  Command,
  END,
  interrupt,
  MemorySaver,
  MessagesAnnotation,
  MessagesDeltaValue,
  messagesStateReducer,
  Send,
  START,
  StateGraph,
  StateSchema,
  type StateSnapshot,
} from '@langchain/langgraph';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import { expect, test } from 'vitest';
import type { ThreadId } from '../../../src/domain/ids.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { type Checkpoints, openCheckpoints } from './checkpoints-fixture.ts';
import { saverOf } from './conversation.ts';

type Durability = 'sync' | 'async' | 'exit';

const State = Annotation.Root({
  ...MessagesAnnotation.spec,
  notes: Annotation<string[]>({ reducer: (left, right) => [...left, ...right], default: () => [] }),
  approved: Annotation<boolean>(),
});

type Messages = { readonly messages: readonly { readonly id?: string; readonly content: unknown }[] };
const count = ({ messages }: Messages) => messages.length;

/** A subgraph over the parent's messages that adds two of its own, in two supersteps. */
const inner = new StateGraph(MessagesAnnotation)
  .addNode('think', (state) => ({ messages: [new AIMessage({ id: `think${count(state)}`, content: 'hm' })] }))
  .addNode('conclude', (state) => ({
    messages: [new AIMessage({ id: `conclude${count(state)}`, content: 'aha' })],
  }))
  .addEdge(START, 'think')
  .addEdge('think', 'conclude')
  .addEdge('conclude', END);

/**
 * Calls tools in parallel through Sends that carry the whole state, then a subgraph, then asks a human, then
 * tidies up.
 */
const builder = () =>
  new StateGraph(State)
    .addNode('agent', (state) => {
      const at = count(state);
      const tool_calls = ['a', 'b'].map((name) => ({ id: `${name}${at}`, name, args: {} }));
      return {
        messages: [new AIMessage({ id: `ai${at}`, content: '', tool_calls })],
        notes: [`asked at ${at}`],
      };
    })
    .addNode('tool', (input: Messages & { name: string }) => ({
      messages: [
        new ToolMessage({
          id: `tool-${input.name}`,
          content: `saw ${count(input)}`,
          tool_call_id: input.name,
        }),
      ],
    }))
    .addNode('inner', inner.compile())
    .addNode('approve', () => ({ approved: interrupt({ question: 'go on?' }) as boolean }))
    .addNode('tidy', (state) => ({
      messages: [new RemoveMessage({ id: state.messages.at(1)?.id ?? '' })],
      notes: ['tidied'],
    }))
    .addEdge(START, 'agent')
    .addConditionalEdges('agent', (state) => {
      const calls = (state.messages.at(-1) as AIMessage).tool_calls ?? [];
      return calls.map((call) => new Send('tool', { ...state, name: call.id }));
    })
    .addEdge('tool', 'inner')
    .addEdge('inner', 'approve')
    .addEdge('approve', 'tidy')
    .addEdge('tidy', END);

/** What two savers must agree on; ids and times differ. */
const seen = ({ values, next, metadata, tasks }: StateSnapshot) => ({
  values,
  next,
  step: metadata?.step,
  source: metadata?.source,
  tasks: tasks.map((task) => ({
    name: task.name,
    interrupts: task.interrupts.map(({ value }) => value),
    error: task.error,
  })),
});

async function history(saver: BaseCheckpointSaver, threadId: string) {
  const graph = builder().compile({ checkpointer: saver });
  const snapshots = [];
  for await (const snapshot of graph.getStateHistory({ configurable: { thread_id: threadId } }))
    snapshots.push(seen(snapshot));
  return snapshots;
}

/**
 * Three runs: one that pauses, its resumption, and a second turn that is left paused. Each has a saver of its
 * own.
 */
async function play(
  saverOfRun: () => Promise<BaseCheckpointSaver>,
  threadId: string,
  durability: Durability,
) {
  const config = { configurable: { thread_id: threadId }, durability };
  const compile = async () => builder().compile({ checkpointer: await saverOfRun() });
  await (await compile()).invoke({ messages: [new HumanMessage({ id: 'one', content: 'one' })] }, config);
  await (await compile()).invoke(new Command({ resume: true }), config);
  await (await compile()).invoke({ messages: [new HumanMessage({ id: 'two', content: 'two' })] }, config);
  const graph = await compile();
  await graph.updateState({ configurable: { thread_id: threadId } }, { notes: ['by hand'] }, 'approve');
  const snapshots = [];
  for await (const snapshot of graph.getStateHistory({ configurable: { thread_id: threadId } }))
    snapshots.push(snapshot);
  const early = snapshots.find((snapshot) => snapshot.next.includes('inner')) ?? snapshots.at(-1);
  await (await compile()).invoke(null, { ...early!.config, durability });
}

const claimedSavers = (checkpoints: Checkpoints, threadId: ThreadId) => async () =>
  saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId)));

test.each<Durability>(['sync', 'async', 'exit'])(
  'with durability %s a graph leaves the states and history that LangGraph’s own saver keeps',
  async (durability) => {
    await using checkpoints = await openCheckpoints();
    const threadId = await checkpoints.thread();
    const reference = new MemorySaver();

    await play(async () => reference, threadId, durability);
    await play(claimedSavers(checkpoints, threadId), threadId, durability);

    const expected = JSON.parse(JSON.stringify(await history(reference, threadId)));
    expect(JSON.parse(JSON.stringify(await history(saverOf(checkpoints.store.reader()), threadId)))).toEqual(
      expected,
    );
    expect(JSON.parse(JSON.stringify(await history(saverOf(checkpoints.cold().reader()), threadId)))).toEqual(
      expected,
    );
    await checkpoints.store.idle();
    expect(checkpoints.warnings).toEqual([]);
  },
);

test('state, history and a paused task survive closing the database', async () => {
  await using directory = await temporaryDirectory();
  const url = join(directory.path, 'interject.db');
  const config = (threadId: string) => ({ configurable: { thread_id: threadId } });
  let threadId: ThreadId;
  let before: unknown;
  {
    await using checkpoints = await openCheckpoints({ url });
    threadId = await checkpoints.thread();
    const graph = builder().compile({ checkpointer: await claimedSavers(checkpoints, threadId)() });
    await graph.invoke({ messages: [new HumanMessage({ id: 'one', content: 'one' })] }, config(threadId));
    before = await history(saverOf(checkpoints.store.reader()), threadId);
  }

  await using reopened = await openCheckpoints({ url });
  expect(await history(saverOf(reopened.store.reader()), threadId)).toEqual(before);
  const graph = builder().compile({ checkpointer: await claimedSavers(reopened, threadId)() });
  await graph.invoke(new Command({ resume: true }), config(threadId));

  const state = await graph.getState(config(threadId));
  expect(state.next).toEqual([]);
  expect(state.values).toMatchObject({ approved: true, notes: ['asked at 1', 'tidied'] });
  expect(messagesStateReducer([], state.values.messages).map(({ id }) => id)).toEqual([
    'one',
    'tool-a1',
    'tool-b1',
    'think4',
    'conclude5',
  ]);
});

test('rolling a run of a graph back restores its state and its subgraphs’ exactly', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const config = { configurable: { thread_id: threadId } };
  const first = await checkpoints.claim(threadId);
  await builder()
    .compile({ checkpointer: saverOf(checkpoints.store.claimed(first)) })
    .invoke({ messages: [new HumanMessage({ id: 'one', content: 'one' })] }, config);
  const read = () =>
    builder()
      .compile({ checkpointer: saverOf(checkpoints.store.reader()) })
      .getState(config, { subgraphs: true });
  const before = await read();
  const second = await checkpoints.claim(threadId);
  await builder()
    .compile({ checkpointer: saverOf(checkpoints.store.claimed(second)) })
    .invoke(new Command({ resume: true }), config);
  expect((await read()).next).toEqual([]);

  await checkpoints.transaction((tx) => tx.rollBackRun(threadId, second.runId));

  expect(await read()).toEqual(before);
});

test('a delta channel is rebuilt from what its runs wrote, also after one of them was rolled back', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const config = { configurable: { thread_id: threadId } };
  const graph = new StateGraph(new StateSchema({ messages: MessagesDeltaValue }))
    .addNode('reply', ({ messages }) => ({
      messages: [new AIMessage({ id: `re${messages.length}`, content: 'yes' })],
    }))
    .addEdge(START, 'reply');
  const say = async (id: string) => {
    const claim = await checkpoints.claim(threadId);
    const saver = saverOf(checkpoints.store.claimed(claim));
    await graph
      .compile({ checkpointer: saver })
      .invoke({ messages: [new HumanMessage({ id, content: id })] }, config);
    return claim.runId;
  };
  const ids = async () => {
    const states = await Promise.all(
      [checkpoints.store, checkpoints.cold()].map((store) =>
        graph.compile({ checkpointer: saverOf(store.reader()) }).getState(config),
      ),
    );
    expect(states[0]).toEqual(states[1]);
    return (states[0]!.values.messages as HumanMessage[]).map(({ id }) => id);
  };

  for (let turn = 0; turn < 40; turn++) await say(`turn ${turn}`);
  const before = await ids();
  const last = await say('taken back');
  expect(await ids()).toEqual([...before, 'taken back', 're81']);
  await checkpoints.transaction((tx) => tx.rollBackRun(threadId, last));
  expect(await ids()).toEqual(before);
  await say('again');

  expect(await ids()).toEqual([...before, 'again', 're81']);
});

test('a copy of any checkpoint has its values', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const graph = builder().compile({ checkpointer: await claimedSavers(checkpoints, threadId)() });
  await graph.invoke(
    { messages: [new HumanMessage({ id: 'one', content: 'one' })] },
    { configurable: { thread_id: threadId } },
  );
  const snapshots = [];
  for await (const snapshot of graph.getStateHistory({ configurable: { thread_id: threadId } }))
    snapshots.push(snapshot);
  const cold = builder().compile({ checkpointer: saverOf(checkpoints.cold().reader()) });

  for (const original of snapshots) {
    const copy = await graph.updateState(original.config, null, '__copy__');
    const { values, next, metadata } = await cold.getState(copy);
    expect(metadata?.source).toBe('fork');
    expect(values).toEqual(original.values);
    if (original.tasks.every((task) => task.interrupts.length === 0)) expect(next).toEqual(original.next);
  }
});
