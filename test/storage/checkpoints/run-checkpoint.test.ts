import { HumanMessage } from '@langchain/core/messages';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { expect, test } from 'vitest';
import type { RunId } from '../../../src/domain/ids.ts';
import { type Checkpoints, openCheckpoints } from './checkpoints-fixture.ts';
import { Conversation, saverOf } from './conversation.ts';

type Thread = Parameters<Checkpoints['claim']>[0];

const has = (checkpoints: Checkpoints, threadId: Thread, runId: RunId): Promise<boolean> =>
  checkpoints.store.runHasCheckpoint(threadId, runId);
const broughtBy = (checkpoints: Checkpoints, threadId: Thread, runId: RunId) =>
  checkpoints.transaction((tx) => tx.broughtBy(threadId, runId));

test('a run has a checkpoint once its graph has put its input, not when its state was only updated before', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const claim = await checkpoints.claim(threadId);
  const graph = new StateGraph(MessagesAnnotation).addNode('noop', () => ({})).addEdge(START, 'noop');
  const config = { configurable: { thread_id: threadId } };
  const buffer = await checkpoints.store.buffer(threadId, claim.runId);
  await graph
    .compile({ checkpointer: saverOf(buffer) })
    .updateState(config, { messages: [new HumanMessage('before')] }, 'noop');
  await checkpoints.transaction((tx) => tx.commit(buffer));

  expect(await checkpoints.store.head(threadId)).not.toBeNull();
  expect(await has(checkpoints, threadId, claim.runId)).toBe(false);
  expect(await broughtBy(checkpoints, threadId, claim.runId)).toEqual({ input: false, ahead: true });

  const saver = saverOf(checkpoints.store.claimed(claim));
  await graph
    .compile({ checkpointer: saver, interruptBefore: ['noop'] })
    .invoke({ messages: [new HumanMessage('input')] }, config);

  expect(await has(checkpoints, threadId, claim.runId)).toBe(true);
  expect(await broughtBy(checkpoints, threadId, claim.runId)).toEqual({ input: true, ahead: true });
  const other = await checkpoints.claim(threadId);
  expect(await has(checkpoints, threadId, other.runId)).toBe(false);
});

test('an input that a checkpoint only holds for the graph’s start is not in the state, and is told of by its checkpoint', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const claim = await checkpoints.claim(threadId);
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('noop', () => ({}))
    .addConditionalEdges(START, () => {
      throw new Error('No way');
    });
  const saver = saverOf(checkpoints.store.claimed(claim));
  const config = { configurable: { thread_id: threadId } };
  await expect(
    graph.compile({ checkpointer: saver }).invoke({ messages: [new HumanMessage('"__start__":')] }, config),
  ).rejects.toThrow();

  expect(await has(checkpoints, threadId, claim.runId)).toBe(true);
  expect(await broughtBy(checkpoints, threadId, claim.runId)).toEqual({ input: false, ahead: false });
  const head = (await checkpoints.store.head(threadId))!;
  expect(await checkpoints.transaction((tx) => tx.inputHeldBy(threadId, head))).toBe(claim.runId);
});

test('a checkpoint of a subgraph alone does not say that the input is in the state', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const claim = await checkpoints.claim(threadId);
  const saver = saverOf(checkpoints.store.claimed(claim));
  await (await Conversation.open(saver, threadId, 'inner:1')).put({ x: 1 });

  expect(await has(checkpoints, threadId, claim.runId)).toBe(false);
});
