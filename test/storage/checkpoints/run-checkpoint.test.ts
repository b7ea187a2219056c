import { HumanMessage } from '@langchain/core/messages';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { expect, test } from 'vitest';
import type { RunId } from '../../../src/domain/ids.ts';
import { type Checkpoints, openCheckpoints } from './checkpoints-fixture.ts';
import { Conversation, saverOf } from './conversation.ts';

/** As the store and a transaction tell it. */
async function has(checkpoints: Checkpoints, threadId: Parameters<Checkpoints['claim']>[0], runId: RunId): Promise<boolean> {
  const [outside, within] = [
    await checkpoints.store.runHasCheckpoint(threadId, runId),
    await checkpoints.transaction((tx) => tx.runHasCheckpoint(threadId, runId)),
  ];
  expect(within).toBe(outside);
  return outside;
}

test('a run has a checkpoint once its graph has put its input, not when its state was only updated before', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const claim = await checkpoints.claim(threadId);
  const graph = new StateGraph(MessagesAnnotation).addNode('noop', () => ({})).addEdge(START, 'noop');
  const config = { configurable: { thread_id: threadId } };
  const buffer = await checkpoints.store.buffer(threadId, claim.runId);
  await graph.compile({ checkpointer: saverOf(buffer) }).updateState(config, { messages: [new HumanMessage('before')] }, 'noop');
  await checkpoints.transaction((tx) => tx.commit(buffer));

  expect(await checkpoints.store.head(threadId)).not.toBeNull();
  expect(await has(checkpoints, threadId, claim.runId)).toBe(false);

  const saver = saverOf(checkpoints.store.claimed(claim));
  await graph.compile({ checkpointer: saver, interruptBefore: ['noop'] }).invoke({ messages: [new HumanMessage('input')] }, config);

  expect(await has(checkpoints, threadId, claim.runId)).toBe(true);
  const other = await checkpoints.claim(threadId);
  expect(await has(checkpoints, threadId, other.runId)).toBe(false);
});

test('a checkpoint of a subgraph alone does not say that the input is in the state', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const claim = await checkpoints.claim(threadId);
  const saver = saverOf(checkpoints.store.claimed(claim));
  await (await Conversation.open(saver, threadId, 'inner:1')).put({ x: 1 });

  expect(await has(checkpoints, threadId, claim.runId)).toBe(false);
});
