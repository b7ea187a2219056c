import { AIMessage, HumanMessage } from '@langchain/core/messages';
import { expect, test } from 'vitest';
import type { ThreadId } from '../../../src/domain/ids.ts';
import type { SqlCheckpointStoreOptions } from '../../../src/storage/checkpoints/sql-checkpoint-store.ts';
import { type Checkpoints, openCheckpoints } from './checkpoints-fixture.ts';
import { Conversation, headConfig, saverOf } from './conversation.ts';

const say = (id: string) => new HumanMessage({ id, content: `this is ${id}` });
type Messages = { messages: HumanMessage[] };

async function turn(checkpoints: Checkpoints, threadId: ThreadId, id: string): Promise<Conversation> {
  const saver = saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId)));
  const conversation = await Conversation.open(saver, threadId);
  await conversation.put({
    messages: [...((conversation.values as Partial<Messages>).messages ?? []), say(id)],
  });
  return conversation;
}

const read = async (checkpoints: Checkpoints, threadId: ThreadId): Promise<Messages> => {
  const tuple = await saverOf(checkpoints.store.reader()).getTuple(headConfig(threadId));
  return tuple!.checkpoint.channel_values as Messages;
};

/** Nothing is read of the tables from here on, except a thread's state version. */
const emptyTables = async (checkpoints: Checkpoints) => {
  await checkpoints.database.transaction(async (sql) => {
    for (const table of ['blob', 'checkpoint', 'checkpoint_head']) await sql.run(`delete from ${table}`);
  });
};

test('a thread’s head is handed out of memory, messages by reference, arrays and objects anew', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  await turn(checkpoints, threadId, 'one');
  await turn(checkpoints, threadId, 'two');
  await emptyTables(checkpoints);

  const first = await read(checkpoints, threadId);
  first.messages.push(say('not stored'));
  const second = await read(checkpoints, threadId);

  expect(second.messages).toHaveLength(2);
  expect(second.messages[0]).toBe(first.messages[0]);
  expect(second.messages.map((message) => message.content)).toEqual(['this is one', 'this is two']);
});

test('what is handed out of memory is what the database would give, not the graph’s own object', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const saver = saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId)));
  const own = new AIMessage({
    id: 'ai',
    content: 'hi',
    additional_kwargs: { when: new Date(0), nothing: undefined },
  });
  await (await Conversation.open(saver, threadId)).put({
    messages: [own],
    plain: { when: new Date(0), nothing: undefined },
  });

  const hot = await saver.getTuple(headConfig(threadId));
  const cold = await saverOf(checkpoints.cold().reader()).getTuple(headConfig(threadId));

  expect(hot).toStrictEqual(cold);
  expect((hot!.checkpoint.channel_values as Messages).messages[0]).not.toBe(own);
});

test('what another process wrote is read from the database', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  await turn(checkpoints, threadId, 'one');
  await read(checkpoints, threadId);
  const elsewhere = checkpoints.cold();
  const conversation = await Conversation.open(
    saverOf(elsewhere.claimed(await checkpoints.claim(threadId))),
    threadId,
  );
  await conversation.put({ messages: [say('theirs')] });

  expect((await read(checkpoints, threadId)).messages.map((message) => message.id)).toEqual(['theirs']);
});

test('where memory is trusted, a head is read without any query, and a deleted thread’s is forgotten', async () => {
  await using checkpoints = await openCheckpoints({ freshness: 'trust' });
  const threadId = await checkpoints.thread();
  await turn(checkpoints, threadId, 'one');
  await checkpoints.database.transaction((sql) => sql.run('delete from thread where id = ?', [threadId]));

  expect((await read(checkpoints, threadId)).messages).toHaveLength(1);
  checkpoints.store.forgetThread(threadId);
  expect(await saverOf(checkpoints.store.reader()).getTuple(headConfig(threadId))).toBeUndefined();
});

test('deleting a thread leaves nothing of it in any table', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const conversation = await turn(checkpoints, threadId, 'one');
  await conversation.write('task', [['messages', say('two')]]);

  await checkpoints.database.transaction((sql) => sql.run('delete from thread where id = ?', [threadId]));

  for (const table of ['checkpoint', 'checkpoint_write', 'blob', 'checkpoint_head'])
    expect(await checkpoints.count(table, threadId)).toBe(0);
});

test.each<[string, Partial<SqlCheckpointStoreOptions>]>([
  ['no room at all', { memory: { maxSize: 0 } }],
  ['room for one thread', { memory: { maxThreads: 1 } }],
])(
  'with %s in memory, threads are read and continued all the same, and their lists stay changes',
  async (_, options) => {
    await using checkpoints = await openCheckpoints(options);
    const [a, b] = [await checkpoints.thread(), await checkpoints.thread()];

    for (const id of ['one', 'two', 'three'])
      for (const threadId of [a, b]) await turn(checkpoints, threadId, id);

    for (const threadId of [a, b])
      expect((await read(checkpoints, threadId)).messages.map(({ id }) => id)).toEqual([
        'one',
        'two',
        'three',
      ]);
    const rows = await checkpoints.database.read.all<{ data: string }>(
      'select data from blob where thread_id = ?',
      [a],
    );
    expect(rows.filter(({ data }) => data.includes('this is one'))).toHaveLength(1);
  },
);

test('a handed out message that a node changes in place is warned of, and does not count', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  await turn(checkpoints, threadId, 'one');
  const conversation = await turn(checkpoints, threadId, 'two');
  await checkpoints.store.idle();
  const { messages } = await read(checkpoints, threadId);
  expect(checkpoints.warnings).toEqual([]);

  messages[1]!.content = 'changed in place';
  await conversation.put({ other: 1 });
  await checkpoints.store.idle();

  expect(checkpoints.warnings).toMatchObject([{ fields: { threadId, channel: 'messages' } }]);
  await conversation.put({ other: 2 });
  expect((await read(checkpoints, threadId)).messages.map((message) => message.content)).toEqual([
    'this is one',
    'this is two',
  ]);
});

test('an older message changed in place is noticed within as many puts as there are messages', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  for (const id of ['one', 'two', 'three', 'four', 'five', 'six']) await turn(checkpoints, threadId, id);
  const conversation = await turn(checkpoints, threadId, 'seven');
  const { messages } = await read(checkpoints, threadId);
  for (let put = 0; put < 7; put++) {
    await conversation.put({ other: put });
    await checkpoints.store.idle();
  }
  expect(checkpoints.warnings).toEqual([]);

  messages[2]!.content = 'changed in place';
  for (let put = 0; put < 7; put++) {
    await conversation.put({ other: put });
    await checkpoints.store.idle();
  }

  expect(checkpoints.warnings).not.toEqual([]);
});

test('a message that was read from the database and then changed in place is noticed', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  await turn(checkpoints, threadId, 'one');
  const warnings: object[] = [];
  const log = (fields: object) => void warnings.push(fields);
  const other = checkpoints.reopened({ logger: { debug: log, info: log, warn: log, error: log } });
  const saver = saverOf(other.claimed(await checkpoints.claim(threadId)));
  const conversation = await Conversation.open(saver, threadId);

  (conversation.values as Messages).messages[0]!.content = 'changed in place';
  await conversation.put({ other: 1 });
  await other.idle();

  expect(warnings).toMatchObject([{ channel: 'messages' }]);
});

test('a message that its own run changes in place after storing it is noticed, and stored as changed by the next put', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const saver = saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId)));
  const conversation = await Conversation.open(saver, threadId);
  const own = say('one');
  await conversation.put({ messages: [own] });

  own.content = 'changed in place';
  await conversation.put({ messages: [own, say('two')] });
  await checkpoints.store.idle();
  expect(checkpoints.warnings).not.toEqual([]);
  await conversation.put({ messages: [own, say('two'), say('three')] });

  expect((await read(checkpoints, threadId)).messages.map((message) => message.content)).toEqual([
    'changed in place',
    'this is two',
    'this is three',
  ]);
});
