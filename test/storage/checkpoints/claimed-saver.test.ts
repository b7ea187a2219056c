import { HumanMessage } from '@langchain/core/messages';
import { INTERRUPT, RESUME } from '@langchain/langgraph-checkpoint';
import { expect, test } from 'vitest';
import { ClaimLostError } from '../../../src/orchestrator/ports/store.ts';
import { openCheckpoints } from './checkpoints-fixture.ts';
import { Conversation, headConfig, saverOf } from './conversation.ts';

const TABLES = ['checkpoint', 'checkpoint_write', 'checkpoint_head', 'blob'];

test('a put whose claim is lost is refused and leaves nothing', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const claim = await checkpoints.claim(threadId);
  const conversation = await Conversation.open(saverOf(checkpoints.store.claimed(claim)), threadId);
  await checkpoints.end(claim.runId);

  await expect(conversation.put({ messages: [new HumanMessage('too late')] })).rejects.toBeInstanceOf(
    ClaimLostError,
  );

  for (const table of TABLES) expect(await checkpoints.count(table, threadId)).toBe(0);
  expect(await checkpoints.stateVersion(threadId)).toBe(0);
  expect(await saverOf(checkpoints.store.reader()).getTuple(headConfig(threadId))).toBeUndefined();
});

test('pending writes whose claim is lost are refused and leave nothing', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const claim = await checkpoints.claim(threadId);
  const conversation = await Conversation.open(saverOf(checkpoints.store.claimed(claim)), threadId);
  await conversation.put({ step: 1 });
  await checkpoints.end(claim.runId);

  await expect(conversation.write('task', [['step', 2]])).rejects.toBeInstanceOf(ClaimLostError);

  expect(await checkpoints.count('checkpoint_write', threadId)).toBe(0);
  expect((await saverOf(checkpoints.store.reader()).getTuple(headConfig(threadId)))?.pendingWrites).toEqual(
    [],
  );
});

test('after one refused put a saver writes nothing more, even if its claim were good again', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const claim = await checkpoints.claim(threadId);
  const conversation = await Conversation.open(saverOf(checkpoints.store.claimed(claim)), threadId);
  await conversation.put({ list: ['a'] });
  await checkpoints.end(claim.runId);
  await expect(conversation.put({ list: ['a', 'b'] })).rejects.toBeInstanceOf(ClaimLostError);
  await checkpoints.database.transaction((sql) =>
    sql.run(`update run set status = 'RUNNING' where id = ?`, [claim.runId]),
  );

  await expect(conversation.put({ list: ['a', 'b', 'c'] })).rejects.toBeInstanceOf(ClaimLostError);

  const tuple = await saverOf(checkpoints.store.reader()).getTuple(headConfig(threadId));
  expect(tuple?.checkpoint.channel_values).toEqual({ list: ['a'] });
});

test('a saver refuses another thread than its claim’s, and to delete', async () => {
  await using checkpoints = await openCheckpoints();
  const saver = saverOf(checkpoints.store.claimed(await checkpoints.claim(await checkpoints.thread())));
  const other = await checkpoints.thread();

  await expect((await Conversation.open(saver, other)).put({ x: 1 })).rejects.toThrow(
    /must not write to thread/,
  );
  await expect(saver.deleteThread(other)).rejects.toThrow(/must not delete/);
});

test('the reader refuses every write', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const saver = saverOf(checkpoints.store.reader());

  await expect((await Conversation.open(saver, threadId)).put({ x: 1 })).rejects.toThrow(/is read-only/);
  await expect(
    saver.putWrites({ configurable: { thread_id: threadId, checkpoint_id: 'c' } }, [['x', 1]], 't'),
  ).rejects.toThrow(/is read-only/);
  await expect(saver.deleteThread(threadId)).rejects.toThrow(/is read-only/);
});

/** A checkpoint of one list, put as the child of another one. */
const listCheckpoint = (threadId: string, id: string, parent: string | undefined, list: string[]) =>
  [
    { configurable: { thread_id: threadId, checkpoint_ns: '', checkpoint_id: parent } },
    {
      v: 4,
      id,
      ts: '',
      channel_values: { list },
      channel_versions: { list: list.length },
      versions_seen: {},
    },
    { source: 'loop', step: list.length, parents: {} },
    { list: list.length },
  ] as const;

test('from the call of its put on, a checkpoint is told committed only when it is; one that was not put, at once', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const claim = await checkpoints.claim(threadId);
  const handle = checkpoints.store.claimed(claim);
  await handle.committed('', 'unknown');

  const put = saverOf(handle).put(...listCheckpoint(threadId, '1', undefined, ['a']));
  await handle.committed('', '1');
  expect(await checkpoints.store.exists(threadId, '', '1')).toBe(true);
  await put;

  await checkpoints.end(claim.runId);
  const refused = saverOf(handle).put(...listCheckpoint(threadId, '2', '1', ['a', 'b']));
  await expect(handle.committed('', '2')).rejects.toBeInstanceOf(ClaimLostError);
  await expect(refused).rejects.toBeInstanceOf(ClaimLostError);
  await expect(handle.committed('', '2')).rejects.toBeInstanceOf(ClaimLostError);
  await handle.committed('', '1');
});

test('puts and pending writes that are not waited for are stored in the order of their calls', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  await saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId))).put(
    ...listCheckpoint(threadId, '0', undefined, ['z']),
  );
  const saver = saverOf(
    checkpoints.reopened({ memory: { maxSize: 0 } }).claimed(await checkpoints.claim(threadId)),
  );
  const base = headConfig(threadId);

  await Promise.all([
    saver.put(...listCheckpoint(threadId, '1', '0', ['z', 'a'])), // its parent has to be read first
    saver.put(...listCheckpoint(threadId, '2', '1', ['z', 'a', 'b'])),
    saver.putWrites(
      { configurable: { ...base.configurable, checkpoint_id: '2' } },
      [['list', ['c']]],
      'task',
    ),
    saver.put(...listCheckpoint(threadId, '3', '2', ['z', 'a', 'b', 'c'])),
  ]);

  const cold = saverOf(checkpoints.cold().reader());
  expect((await cold.getTuple(base))?.checkpoint).toMatchObject({
    id: '3',
    channel_values: { list: ['z', 'a', 'b', 'c'] },
  });
  const second = await cold.getTuple({ configurable: { ...base.configurable, checkpoint_id: '2' } });
  expect(second?.checkpoint.channel_values).toEqual({ list: ['z', 'a', 'b'] });
  expect(second?.pendingWrites).toEqual([['task', 'list', ['c']]]);
});

test('the later of two unawaited puts is the head, also when the earlier one’s parent has to be read first', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  await saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId))).put(
    ...listCheckpoint(threadId, '0', undefined, ['z']),
  );
  const saver = saverOf(checkpoints.cold().claimed(await checkpoints.claim(threadId)));

  await Promise.all([
    saver.put(...listCheckpoint(threadId, '1', '0', ['z', 'a'])),
    saver.put(...listCheckpoint(threadId, '2', undefined, ['a'])),
  ]);

  expect(await checkpoints.store.head(threadId)).toBe('2');
});

test('a run from an older checkpoint stores its list as a change of that one’s, though LangGraph reads the head in between', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const conversation = await Conversation.open(
    saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId))),
    threadId,
  );
  const old = await conversation.put({ list: [{ n: 1 }, { n: 2 }] });
  await conversation.put({ list: [] });
  const saver = saverOf(checkpoints.cold().claimed(await checkpoints.claim(threadId)));
  const from = await saver.getTuple({
    configurable: { thread_id: threadId, checkpoint_ns: '', checkpoint_id: old },
  });
  await saver.getTuple(headConfig(threadId));

  const list = [...(from!.checkpoint.channel_values['list'] as object[]), { n: 3 }];
  const [, checkpoint, metadata] = listCheckpoint(threadId, 'fork', old, []);
  await saver.put(
    from!.config,
    { ...checkpoint, channel_values: { list }, channel_versions: { list: 3 } },
    metadata,
    { list: 3 },
  );

  const [newest] = await checkpoints.database.read.all<{ data: string }>(
    'select data from blob order by id desc limit 1',
  );
  expect(JSON.parse(newest!.data)).toEqual([{ n: 3 }]);
  const read = await saverOf(checkpoints.cold().reader()).getTuple(headConfig(threadId));
  expect(read?.checkpoint.channel_values).toEqual({ list: [{ n: 1 }, { n: 2 }, { n: 3 }] });
});

test('a task’s first write to a place stays within a run, but its interrupt and its resume are replaced', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const conversation = await Conversation.open(
    saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId))),
    threadId,
  );
  await conversation.put({ x: 0 });

  await conversation.write('task', [
    ['x', 1],
    ['y', 1],
  ]);
  await conversation.write('task', [['x', 2]]);
  await conversation.write('task', [[INTERRUPT, 'first']]);
  await conversation.write('task', [[INTERRUPT, 'second']]);

  for (const store of [checkpoints.store, checkpoints.cold()]) {
    const tuple = await saverOf(store.reader()).getTuple(headConfig(threadId));
    expect(tuple?.pendingWrites).toEqual([
      ['task', INTERRUPT, 'second'],
      ['task', 'x', 1],
      ['task', 'y', 1],
    ]);
  }
});

test('of several runs that wrote to one paused checkpoint the newest counts, and its rollback uncovers the one before', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const first = await Conversation.open(
    saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId))),
    threadId,
  );
  await first.put({ x: 0 });
  await first.write('task', [[INTERRUPT, 'what now?']]);
  const writesNow = async () => {
    const tuples = await Promise.all(
      [checkpoints.store, checkpoints.cold()].map((store) =>
        saverOf(store.reader()).getTuple(headConfig(threadId)),
      ),
    );
    expect(tuples[0]).toEqual(tuples[1]);
    return tuples[0]?.pendingWrites;
  };
  const paused = await writesNow();

  const resume = async (answer: string) => {
    const claim = await checkpoints.claim(threadId);
    const run = await Conversation.open(saverOf(checkpoints.store.claimed(claim)), threadId);
    await run.write('task', [[RESUME, [answer]]]);
    await run.write('task', [['x', answer]]);
    return claim.runId;
  };
  const yes = await resume('yes');
  const afterYes = await writesNow();
  const no = await resume('no');

  expect(await writesNow()).toEqual([
    ['task', RESUME, ['no']],
    ['task', INTERRUPT, 'what now?'],
    ['task', 'x', 'no'],
  ]);
  await checkpoints.transaction((tx) => tx.rollBackRun(threadId, no));
  expect(await writesNow()).toEqual(afterYes);
  await checkpoints.transaction((tx) => tx.rollBackRun(threadId, yes));
  expect(await writesNow()).toEqual(paused);
});

test('it is flushed when all that it was asked to put is stored or refused', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const claim = await checkpoints.claim(threadId);
  const handle = checkpoints.store.claimed(claim);
  const conversation = await Conversation.open(saverOf(handle), threadId);
  await conversation.put({ x: 1 });
  const outcomes: string[] = [];
  const write = (task: string) =>
    conversation.write(task, [['x', 2]]).then(
      () => outcomes.push('stored'),
      (error: Error) => outcomes.push(error.name),
    );

  const stored = [write('task-1'), write('task-2')];
  await handle.flushed();
  expect(await checkpoints.count('checkpoint_write', threadId)).toBe(2);
  await checkpoints.end(claim.runId);
  const refused = write('task-3');
  await handle.flushed();

  await Promise.all([...stored, refused]);
  expect(outcomes).toEqual(['stored', 'stored', 'ClaimLostError']);
});
