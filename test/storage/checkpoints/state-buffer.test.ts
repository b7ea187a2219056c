import { HumanMessage } from '@langchain/core/messages';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { expect, test } from 'vitest';
import type { StateBuffer } from '../../../src/orchestrator/ports/checkpoints.ts';
import type { Freshness } from '../../../src/storage/checkpoints/records/checkpoint-reader.ts';
import { openCheckpoints } from './checkpoints-fixture.ts';
import { Conversation, headConfig, historyOf, saverOf } from './conversation.ts';

test('what is buffered is read through the buffer only, until it is committed under its run', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const claim = await checkpoints.claim(threadId);
  const stored = await Conversation.open(saverOf(checkpoints.store.claimed(claim)), threadId);
  const head = await stored.put({ messages: ['a'] });
  const buffer = await checkpoints.store.buffer(threadId, claim.runId);
  const buffered = await Conversation.open(saverOf(buffer), threadId);
  await buffered.write('task', [['messages', ['b']]]);
  const id = await buffered.put({ messages: ['a', 'b'] });
  await buffered.write('next', [['messages', ['c']]]);

  const throughBuffer = await historyOf(buffer, threadId);
  expect(throughBuffer.map((tuple) => tuple.checkpoint.id)).toEqual([id, head]);
  expect((await historyOf(checkpoints.store.reader(), threadId)).map((tuple) => tuple.checkpoint.id)).toEqual(
    [head],
  );
  expect(await saverOf(checkpoints.store.reader()).getTuple(headConfig(threadId))).toMatchObject({
    pendingWrites: [],
  });

  expect(await checkpoints.transaction((tx) => tx.commit(buffer))).toBe(true);

  for (const store of [checkpoints.store, checkpoints.cold()]) {
    expect(await historyOf(store.reader(), threadId)).toEqual(throughBuffer);
    expect(await saverOf(store.reader()).getTuple(headConfig(threadId))).toEqual(throughBuffer[0]);
  }
  expect(await checkpoints.store.head(threadId)).toBe(id);
  await checkpoints.transaction((tx) => tx.rollBackRun(threadId, claim.runId));
  expect(await checkpoints.count('checkpoint', threadId)).toBe(0);
});

test('a buffer is refused, storing nothing, when the thread’s state has changed since it was opened', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const claim = await checkpoints.claim(threadId);
  const stored = await Conversation.open(saverOf(checkpoints.store.claimed(claim)), threadId);
  await stored.put({ x: 1 });
  const buffer = await checkpoints.store.buffer(threadId, null);
  await (await Conversation.open(saverOf(buffer), threadId)).put({ x: 2 });
  await stored.write('task', [['x', 3]]);
  const before = await historyOf(checkpoints.cold().reader(), threadId);

  expect(await checkpoints.transaction((tx) => tx.commit(buffer))).toBe(false);

  expect(await historyOf(checkpoints.cold().reader(), threadId)).toEqual(before);
  expect(await saverOf(checkpoints.store.reader()).getTuple(headConfig(threadId))).toEqual(before[0]);
});

test('an empty buffer commits without a trace', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const buffer = await checkpoints.store.buffer(threadId, null);

  expect(buffer.isEmpty).toBe(true);
  expect(await checkpoints.transaction((tx) => tx.commit(buffer))).toBe(true);
  expect(await checkpoints.stateVersion(threadId)).toBe(buffer.stateVersion);
});

test('a buffer of somebody else’s making is refused', async () => {
  await using checkpoints = await openCheckpoints();
  const foreign = {
    kind: 'buffer',
    threadId: await checkpoints.thread(),
    stateVersion: 0,
    isEmpty: true,
    saver: {},
  } as StateBuffer;

  await expect(checkpoints.transaction((tx) => tx.commit(foreign))).rejects.toThrow(TypeError);
  await expect(checkpoints.store.buffer('nobody' as StateBuffer['threadId'], null)).rejects.toThrow(
    /Unknown thread/,
  );
});

test.each<Freshness>(['compare', 'trust'])(
  'a commit whose transaction fails leaves the state of before to readers, and the next run builds on that (%s)',
  async (freshness) => {
    await using checkpoints = await openCheckpoints({ freshness });
    const threadId = await checkpoints.thread();
    await (
      await Conversation.open(saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId))), threadId)
    ).put({ list: ['a'] });
    const buffer = await checkpoints.store.buffer(threadId, null);
    await (await Conversation.open(saverOf(buffer), threadId)).put({ list: ['a', 'lost'] });

    const failing = checkpoints.transaction(async (tx) => {
      await tx.commit(buffer);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');

    const next = await Conversation.open(
      saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId))),
      threadId,
    );
    expect(next.values).toEqual({ list: ['a'] });
    await next.put({ list: ['a', 'b'] });
    for (const store of [checkpoints.store, checkpoints.cold()]) {
      expect(
        (await saverOf(store.reader()).getTuple(headConfig(threadId)))?.checkpoint.channel_values,
      ).toEqual({ list: ['a', 'b'] });
    }
  },
);

test('a run after a committed buffer reads its head without reading its values from the database', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const stored = await Conversation.open(
    saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId))),
    threadId,
  );
  await stored.put({ messages: [new HumanMessage({ id: '1', content: 'hello' })] });
  const buffer = await checkpoints.store.buffer(threadId, null);
  const buffered = await Conversation.open(saverOf(buffer), threadId);
  await buffered.put({
    messages: [
      ...(buffered.values['messages'] as unknown[]),
      new HumanMessage({ id: '2', content: 'there' }),
    ],
  });
  await checkpoints.transaction((tx) => tx.commit(buffer));
  await checkpoints.database.transaction((sql) =>
    sql.run('delete from blob where thread_id = ?', [threadId]),
  ); // a read would miss them

  const tuple = await saverOf(checkpoints.store.reader()).getTuple(headConfig(threadId));

  expect(tuple?.checkpoint.channel_values['messages']).toMatchObject([
    { content: 'hello' },
    { content: 'there' },
  ]);
});

test('updateState runs on a buffer, several times over, and counts when it is committed', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const claim = await checkpoints.claim(threadId);
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('say', () => ({ messages: [new HumanMessage({ id: 'said', content: 'said' })] }))
    .addEdge(START, 'say');
  const config = { configurable: { thread_id: threadId } };
  await graph
    .compile({ checkpointer: saverOf(checkpoints.store.claimed(claim)) })
    .invoke({ messages: [new HumanMessage({ id: 'in', content: 'in' })] }, config);
  const buffer = await checkpoints.store.buffer(threadId, null);
  const edited = graph.compile({ checkpointer: saverOf(buffer) });

  await edited.updateState(
    config,
    { messages: [new HumanMessage({ id: 'said', content: 'corrected' })] },
    'say',
  );
  await edited.updateState(config, { messages: [new HumanMessage({ id: 'more', content: 'more' })] }, 'say');
  await checkpoints.transaction((tx) => tx.commit(buffer));

  const state = await graph.compile({ checkpointer: saverOf(checkpoints.cold().reader()) }).getState(config);
  expect(state.values.messages.map((message: HumanMessage) => message.content)).toEqual([
    'in',
    'corrected',
    'more',
  ]);
});

test('a buffer’s pending writes to a stored checkpoint are read from memory as from the database', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const saver = saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId)));
  await (await Conversation.open(saver, threadId)).put({ x: 1 });
  const inner = await Conversation.open(saver, threadId, 'inner');
  await inner.put({ x: 1 });
  const buffer = await checkpoints.store.buffer(threadId, null);
  await (await Conversation.open(saverOf(buffer), threadId, 'inner')).write('task', [['x', 2]]);
  await (await Conversation.open(saverOf(buffer), threadId)).put({ x: 2 });

  await checkpoints.transaction((tx) => tx.commit(buffer));

  for (const store of [checkpoints.store, checkpoints.cold()]) {
    expect((await saverOf(store.reader()).getTuple(headConfig(threadId, 'inner')))?.pendingWrites).toEqual([
      ['task', 'x', 2],
    ]);
  }
});
