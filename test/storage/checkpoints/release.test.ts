import { expect, test } from 'vitest';
import { openCheckpoints } from './checkpoints-fixture.ts';
import { Conversation, headConfig, historyOf, saverOf } from './conversation.ts';

test('a deleted run’s checkpoints stay where a later one was built on them, and belong to nobody', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const first = await checkpoints.claim(threadId);
  await (await Conversation.open(saverOf(checkpoints.store.claimed(first)), threadId)).put({ list: ['a'] });
  const second = await checkpoints.claim(threadId);
  await (await Conversation.open(saverOf(checkpoints.store.claimed(second)), threadId)).put({
    list: ['a', 'b'],
  });
  const before = await historyOf(checkpoints.cold().reader(), threadId);

  await checkpoints.transaction((tx) => tx.releaseRun(threadId, first.runId));
  await checkpoints.transaction((tx) => tx.releaseRun(threadId, second.runId));

  expect(await historyOf(checkpoints.cold().reader(), threadId)).toEqual(before);
  expect(await checkpoints.store.runHasCheckpoint(threadId, first.runId)).toBe(false);
  expect(await checkpoints.store.head(threadId)).toBe(before[0]!.checkpoint.id);
});

test('a deleted run’s branch goes, with its values, from its tip to where another branch leaves', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const trunk = await Conversation.open(
    saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId))),
    threadId,
  );
  const root = await trunk.put({ list: ['a'] });
  const branch = await checkpoints.claim(threadId);
  const onBranch = await Conversation.open(saverOf(checkpoints.store.claimed(branch)), threadId);
  await onBranch.put({ list: ['a', 'only here'] });
  await onBranch.write('task', [['list', ['more']]]);
  await onBranch.put({ list: ['a', 'only here', 'more'] });
  const other = saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId)));
  const start = { configurable: { thread_id: threadId, checkpoint_ns: '', checkpoint_id: root } };
  await other.getTuple(start);
  await other.put(
    start,
    {
      v: 4,
      id: 'other',
      ts: '',
      channel_values: { list: ['a', 'b'] },
      channel_versions: { list: 2 },
      versions_seen: {},
    },
    { source: 'loop', step: 1, parents: {} },
    { list: 2 },
  );

  await checkpoints.transaction((tx) => tx.releaseRun(threadId, branch.runId));

  const history = await historyOf(checkpoints.cold().reader(), threadId);
  expect(history.map((tuple) => tuple.checkpoint.id)).toEqual(['other', root]);
  expect(history.map((tuple) => tuple.checkpoint.channel_values['list'])).toEqual([['a', 'b'], ['a']]);
  expect(await checkpoints.count('checkpoint_write', threadId)).toBe(0);
  const blobs = await checkpoints.database.read.all<{ data: string }>('select data from blob');
  expect(blobs.filter(({ data }) => data.includes('only here'))).toEqual([]);
});

test('a checkpoint from which an unfinished run is to start stays', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const branch = await checkpoints.claim(threadId);
  const onBranch = await Conversation.open(saverOf(checkpoints.store.claimed(branch)), threadId);
  const tip = await onBranch.put({ x: 1 });
  const saver = saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId)));
  await (await Conversation.open(saver, threadId, 'elsewhere')).put({ x: 1 });
  await checkpoints.database.transaction(async (sql) => {
    // as if the head were another branch's
    await sql.run(`delete from checkpoint_head where thread_id = ? and ns = ''`, [threadId]);
    await sql.run(`update run set base_checkpoint_id = ? where thread_id = ? and status = 'RUNNING'`, [
      tip,
      threadId,
    ]);
  });

  await checkpoints.transaction((tx) => tx.releaseRun(threadId, branch.runId));

  expect(await checkpoints.store.exists(threadId, '', tip)).toBe(true);
});

test.each<[string, (messages: object[]) => Record<string, unknown>]>([
  ['a list', (messages) => ({ messages })],
  ['a list inside a value', (messages) => ({ input: { messages } })],
])(
  'values that %s of a remaining checkpoint of another namespace is built on stay when their own checkpoint goes',
  async (_, valuesOf) => {
    await using checkpoints = await openCheckpoints();
    const threadId = await checkpoints.thread();
    const trunk = await Conversation.open(
      saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId))),
      threadId,
    );
    const root = await trunk.put({ x: 1 });
    const branch = await checkpoints.claim(threadId);
    const saver = saverOf(checkpoints.store.claimed(branch));
    const onBranch = await Conversation.open(saver, threadId);
    const messages = [{ text: 'said on the branch' }];
    await onBranch.put({ messages });
    await (await Conversation.open(saver, threadId, 'inner')).put(
      valuesOf([...messages, { text: 'inside' }]),
    );
    const other = saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId)));
    await other.put(
      { configurable: { thread_id: threadId, checkpoint_ns: '', checkpoint_id: root } },
      { v: 4, id: 'other', ts: '', channel_values: { x: 2 }, channel_versions: { x: 2 }, versions_seen: {} },
      { source: 'loop', step: 1, parents: {} },
      { x: 2 },
    );

    await checkpoints.transaction((tx) => tx.releaseRun(threadId, branch.runId));

    expect(
      (await historyOf(checkpoints.cold().reader(), threadId)).map((tuple) => tuple.checkpoint.id),
    ).toEqual(['other', root]);
    const inner = await saverOf(checkpoints.cold().reader()).getTuple(headConfig(threadId, 'inner'));
    expect(inner?.checkpoint.channel_values).toEqual(
      valuesOf([{ text: 'said on the branch' }, { text: 'inside' }]),
    );
  },
);
