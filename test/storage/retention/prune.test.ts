import { AIMessage, type BaseMessage, HumanMessage } from '@langchain/core/messages';
import {
  Annotation,
  DeltaValue,
  interrupt,
  MessagesAnnotation,
  messagesDeltaReducer,
  START,
  StateGraph,
  StateSchema,
} from '@langchain/langgraph';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { ThreadId } from '../../../src/domain/ids.ts';
import { type Checkpoints, openCheckpoints } from '../checkpoints/checkpoints-fixture.ts';
import { saverOf } from '../checkpoints/conversation.ts';

const AGE_MS = 1_000;
/** Beyond the age of what the fixture stores, whose times are all 0. */
const endedLongAgo = (checkpoints: Checkpoints, threadId: ThreadId) =>
  checkpoints.database.transaction((sql) =>
    sql.run(
      `update run set finished_at = 1 where thread_id = ? and finished_at is null and status <> 'RUNNING'`,
      [threadId],
    ),
  );
const changedLately = (checkpoints: Checkpoints, threadId: ThreadId) =>
  checkpoints.database.transaction((sql) =>
    sql.run('update thread set state_updated_at = ? where id = ?', [sql.now.getTime(), threadId]),
  );

type Speaker = { invoke(input: object, config: object): Promise<unknown> };
type Compilable = { compile(options: { checkpointer: ReturnType<typeof saverOf> }): Speaker };

async function say(
  checkpoints: Checkpoints,
  threadId: ThreadId,
  graph: Compilable,
  content: string,
): Promise<void> {
  const claim = await checkpoints.claim(threadId);
  const saver = saverOf(checkpoints.store.claimed(claim));
  const input = { messages: [new HumanMessage({ id: content, content })] };
  await graph.compile({ checkpointer: saver }).invoke(input, { configurable: { thread_id: threadId } });
  await checkpoints.end(claim.runId);
  await endedLongAgo(checkpoints, threadId);
}

const plain = new StateGraph(MessagesAnnotation)
  .addNode('reply', ({ messages }) => ({
    messages: [new AIMessage({ id: `re${messages.length}`, content: 'yes' })],
  }))
  .addEdge(START, 'reply');
const messages = new DeltaValue(z.array(z.custom<BaseMessage>()), {
  reducer: messagesDeltaReducer,
  snapshotFrequency: 6,
});
const delta = new StateGraph(new StateSchema({ messages }))
  .addNode('reply', ({ messages }) => ({
    messages: [new AIMessage({ id: `re${messages.length}`, content: 'yes' })],
  }))
  .addEdge(START, 'reply');

const stateOf = (checkpoints: Checkpoints, threadId: ThreadId, graph: typeof plain | typeof delta) => {
  const saver = saverOf(checkpoints.cold().reader());
  return (graph as typeof plain)
    .compile({ checkpointer: saver })
    .getState({ configurable: { thread_id: threadId } });
};

test.each([
  ['stored as changes of older lists', plain],
  ['of a delta channel, made of what older checkpoints wrote,', delta],
])('a conversation %s is the same after pruning, and goes on', async (_how, graph) => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  for (let turn = 0; turn < 11; turn++) await say(checkpoints, threadId, graph as Compilable, `turn ${turn}`);
  const before = await stateOf(checkpoints, threadId, graph);

  expect(await checkpoints.store.prune(threadId, AGE_MS)).toBeGreaterThan(0);

  expect((await stateOf(checkpoints, threadId, graph)).values).toEqual(before.values);
  await say(checkpoints, threadId, graph as Compilable, 'again');
  const { messages } = (await stateOf(checkpoints, threadId, graph)).values as { messages: HumanMessage[] };
  expect(messages.map(({ id }) => id)).toEqual([
    ...(before.values.messages as HumanMessage[]).map(({ id }) => id),
    'again',
    're23',
  ]);
});

test('only the head of a thread at rest is left, and a second pruning finds nothing', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  for (let turn = 0; turn < 5; turn++) await say(checkpoints, threadId, plain, `turn ${turn}`);

  const removed = await checkpoints.store.prune(threadId, AGE_MS);

  expect(removed).toBe(14);
  expect(await checkpoints.count('checkpoint', threadId)).toBe(1);
  expect(await checkpoints.count('checkpoint_write', threadId)).toBe(0);
  expect(await checkpoints.store.prune(threadId, AGE_MS)).toBe(0);
  expect(await checkpoints.store.threadsToPrune(AGE_MS, { after: null, limit: 10 })).toEqual([
    { id: threadId, isOld: false },
  ]);
});

test('what the runs of the retention wrote stays, and so does what they began from', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  await say(checkpoints, threadId, plain, 'old');
  await changedLately(checkpoints, threadId);
  const [start] = await checkpoints.database.read.all<{ id: string }>(
    'select checkpoint_id as id from checkpoint_head where thread_id = ?',
    [threadId],
  );
  const claim = await checkpoints.claim(threadId);
  const saver = saverOf(checkpoints.store.claimed(claim));
  const config = { configurable: { thread_id: threadId } };
  await plain.compile({ checkpointer: saver }).invoke({ messages: [new HumanMessage('young')] }, config);
  await checkpoints.database.transaction((sql) =>
    sql.run(`update run set status = 'SUCCESS', head_before = ?, finished_at = ? where id = ?`, [
      start!.id,
      sql.now.getTime(),
      claim.runId,
    ]),
  );

  await checkpoints.store.prune(threadId, AGE_MS);

  const left = await checkpoints.database.read.all<{ run_id: string; checkpoint_id: string }>(
    'select run_id, checkpoint_id from checkpoint where thread_id = ? order by seq',
    [threadId],
  );
  expect(left).toHaveLength(4);
  expect(left[0]!.checkpoint_id).toBe(start!.id);
  expect(new Set(left.slice(1).map(({ run_id }) => run_id))).toEqual(new Set([claim.runId]));
});

test('checkpoints that events refer to stay', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  await say(checkpoints, threadId, plain, 'one');
  const [first] = await checkpoints.database.read.all<{ id: string }>(
    'select checkpoint_id as id from checkpoint where thread_id = ? order by seq limit 1',
    [threadId],
  );
  await checkpoints.database.transaction((sql) =>
    sql.run(
      `insert into run_event (thread_id, seq, kind, payload, created_at) values (?, 1, 'MESSAGES_RESET', ?, 0)`,
      [threadId, JSON.stringify({ checkpointId: first!.id })],
    ),
  );

  await checkpoints.store.prune(threadId, AGE_MS);

  expect(await checkpoints.store.exists(threadId, '', first!.id)).toBe(true);
});

test('a thread whose run is RUNNING waits, however old everything is', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  await say(checkpoints, threadId, plain, 'one');
  const claim = await checkpoints.claim(threadId);
  await checkpoints.database.transaction((sql) =>
    sql.run(`update run set finished_at = 1 where id = ?`, [claim.runId]),
  );

  expect(await checkpoints.store.prune(threadId, AGE_MS)).toBe(0);

  await checkpoints.end(claim.runId);
  expect(await checkpoints.store.prune(threadId, AGE_MS)).toBe(2);
});

test('a buffer over a state that was pruned meanwhile is not committed', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  await say(checkpoints, threadId, plain, 'one');
  const buffer = await checkpoints.store.buffer(threadId, null);
  await plain
    .compile({ checkpointer: saverOf(buffer) })
    .updateState({ configurable: { thread_id: threadId } }, { messages: [new HumanMessage('more')] });

  await checkpoints.store.prune(threadId, AGE_MS);

  expect(await checkpoints.transaction((tx) => tx.commit(buffer))).toBe(false);
});

test("the namespaces of subgraphs go with the checkpoint that they were entered from; the paused one's stay", async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const State = Annotation.Root({ ...MessagesAnnotation.spec, answer: Annotation<string> });
  const inner = new StateGraph(State)
    .addNode('prepare', () => ({ messages: [new AIMessage('prepared')] }))
    .addNode('ask', ({ messages }) =>
      messages.length > 4 ? { answer: interrupt('Well?') } : { answer: 'none' },
    )
    .addEdge(START, 'prepare')
    .addEdge('prepare', 'ask')
    .compile();
  const graph = new StateGraph(State).addNode('inner', inner).addEdge(START, 'inner');
  for (const word of ['one', 'two', 'three'])
    await say(checkpoints, threadId, graph as unknown as Compilable, word);
  const namespaces = async () =>
    (
      await checkpoints.database.read.all<{ ns: string }>(
        'select distinct ns from checkpoint where thread_id = ?',
        [threadId],
      )
    ).length;
  expect(await namespaces()).toBe(4);

  await checkpoints.store.prune(threadId, AGE_MS);

  expect(await namespaces()).toBe(2);
  const cold = graph.compile({ checkpointer: saverOf(checkpoints.cold().reader()) });
  const { tasks } = await cold.getState({ configurable: { thread_id: threadId } }, { subgraphs: true });
  expect(tasks[0]).toMatchObject({
    name: 'inner',
    interrupts: [{ value: 'Well?' }],
    state: { next: ['ask'] },
  });
});
