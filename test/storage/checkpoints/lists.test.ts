import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { Send } from '@langchain/langgraph';
import { TASKS } from '@langchain/langgraph-checkpoint';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Checkpoints, openCheckpoints } from './checkpoints-fixture.ts';
import { Conversation, headConfig, historyOf, saverOf } from './conversation.ts';

const message = (index: number): BaseMessage =>
  new HumanMessage({ id: `m${index}`, content: `message ${index}, of an ordinary length for a chat` });

/** A conversation of so many turns, each a run of its own. */
async function turns(
  checkpoints: Checkpoints,
  count: number,
  turn: (conversation: Conversation, index: number) => Promise<void>,
): Promise<number> {
  const threadId = await checkpoints.thread();
  for (let index = 0; index < count; index++) {
    const claim = await checkpoints.claim(threadId);
    await turn(await Conversation.open(saverOf(checkpoints.store.claimed(claim)), threadId), index);
  }
  return checkpoints.storedChars(threadId);
}

const messagesOf = (conversation: Conversation): BaseMessage[] =>
  (conversation.values['messages'] as BaseMessage[] | undefined) ?? [];

/** Of space, not of time: a busy machine may take a while. */
const PATIENT = { timeout: 120_000 };

test('ten times the turns take at most eleven times the space', PATIENT, async () => {
  await using checkpoints = await openCheckpoints();
  const append = (conversation: Conversation, index: number) =>
    conversation.put({ messages: [...messagesOf(conversation), message(index)] }).then(() => {});

  const some = await turns(checkpoints, 40, append);
  const tenTimes = await turns(checkpoints, 400, append);

  expect(tenTimes / some).toBeLessThanOrEqual(11);
});

test(
  'ten times the turns take at most eleven times the space when Sends carry the whole state',
  PATIENT,
  async () => {
    await using checkpoints = await openCheckpoints();
    const turn = async (conversation: Conversation, index: number) => {
      const call = new AIMessage({
        id: `ai${index}`,
        content: '',
        tool_calls: [{ id: `c${index}`, name: 'look', args: {} }],
      });
      const messages = [...messagesOf(conversation), message(index)];
      await conversation.put({ messages });
      const sends = [new Send('tools', { messages: [...messages, call], call: { id: `c${index}` } })];
      await conversation.write(`agent${index}`, [
        ['messages', [call]],
        ...sends.map((send): [string, unknown] => [TASKS, send]),
      ]);
      await conversation.put({ messages: [...messages, call], [TASKS]: sends });
      await conversation.write(`tools${index}`, [
        ['messages', [new ToolMessage({ id: `t${index}`, content: 'done', tool_call_id: `c${index}` })]],
      ]);
      await conversation.put({
        messages: [
          ...messages,
          call,
          new ToolMessage({ id: `t${index}`, content: 'done', tool_call_id: `c${index}` }),
        ],
        [TASKS]: [],
      });
    };

    const some = await turns(checkpoints, 40, turn);
    const tenTimes = await turns(checkpoints, 400, turn);

    expect(tenTimes / some).toBeLessThanOrEqual(11);
  },
);

test('a Send comes back with the whole state that it carried', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const conversation = await Conversation.open(
    saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId))),
    threadId,
  );
  const messages = [message(1), message(2)];
  await conversation.put({ messages });
  const sends = [new Send('tools', { messages: [...messages, message(3)], other: [1, 2] })];

  await conversation.write('task', [[TASKS, sends[0]]]);
  const withWrites = await saverOf(checkpoints.cold().reader()).getTuple(headConfig(threadId));
  await conversation.put({ messages: [...messages, message(3)], [TASKS]: sends });
  const withTasks = await saverOf(checkpoints.cold().reader()).getTuple(headConfig(threadId));

  const state = { messages: [message(1), message(2), message(3)], other: [1, 2] };
  expect(withWrites?.pendingWrites).toEqual([['task', TASKS, { node: 'tools', args: state }]]);
  expect(withTasks?.checkpoint.channel_values[TASKS]).toEqual([{ node: 'tools', args: state }]);
  const rows = await checkpoints.database.read.all<{ data: string }>(
    'select data from checkpoint_write union all select data from blob',
  );
  expect(rows.filter(({ data }) => data.includes('message 1,'))).toHaveLength(1);
});

test('a node that returns the whole list stores in its pending write only what is new in it', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const conversation = await Conversation.open(
    saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId))),
    threadId,
  );
  const messages = [message(1), message(2)];
  await conversation.put({ messages });

  await conversation.write('task', [['messages', [...messages, message(3)]]]);

  const [write] = await checkpoints.database.read.all<{ data: string }>('select data from checkpoint_write');
  expect(write!.data).not.toContain('message 1,');
  const tuple = await saverOf(checkpoints.cold().reader()).getTuple(headConfig(threadId));
  expect(tuple?.pendingWrites).toEqual([['task', 'messages', [message(1), message(2), message(3)]]]);
});

test('a subgraph that starts with its parent’s messages does not store them again', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const saver = saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId)));
  const parent = await Conversation.open(saver, threadId);
  const messages = [message(1), message(2)];
  await parent.put({ messages });

  const child = await Conversation.open(saver, threadId, 'inner:1');
  await child.put({ __start__: { messages } });
  await child.put({ __start__: undefined, messages: [...messages, message(3)] });

  const rows = await checkpoints.database.read.all<{ data: string }>('select data from blob');
  expect(rows.filter(({ data }) => data.includes('message 1,'))).toHaveLength(1);
  const tuple = await saverOf(checkpoints.cold().reader()).getTuple(headConfig(threadId, 'inner:1'));
  expect(tuple?.checkpoint.channel_values).toEqual({ messages: [message(1), message(2), message(3)] });
});

type Edit = {
  readonly kind: 'append' | 'insert' | 'replace' | 'remove' | 'move';
  readonly at: number;
  readonly to: number;
};
const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('append', 'append', 'insert', 'replace', 'remove', 'move'),
  at: fc.nat(30),
  to: fc.nat(30),
});

/** Strings beside messages and plain objects, among them equal ones. */
const newItem = (serial: number): unknown =>
  [message(serial), { serial, nested: [serial] }, `text ${serial % 3}`, null][serial % 4];

function edited(list: readonly unknown[], { kind, at, to }: Edit, serial: number): unknown[] {
  const place = list.length === 0 ? 0 : at % list.length;
  if (kind === 'append' || list.length === 0) return [...list, newItem(serial)];
  if (kind === 'insert') return list.toSpliced(place, 0, newItem(serial));
  if (kind === 'replace') return list.toSpliced(place, 1, newItem(serial));
  const removed = list.toSpliced(place, 1);
  return kind === 'remove' ? removed : removed.toSpliced(to % list.length, 0, list[place]);
}

test('a list that was edited anyhow is read as it was put, from memory and from the database, at every checkpoint', async () => {
  await using checkpoints = await openCheckpoints();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ edit, reopen: fc.boolean() }), { minLength: 1, maxLength: 40 }),
      async (steps) => {
        const threadId = await checkpoints.thread();
        let conversation = await Conversation.open(checkpoints.store.unfenced(), threadId);
        const expected = new Map<string, readonly unknown[]>();
        let list: readonly unknown[] = [];
        for (const [serial, { edit, reopen }] of steps.entries()) {
          if (reopen) {
            conversation = await Conversation.open(checkpoints.store.unfenced(), threadId);
            list = (conversation.values['list'] as unknown[] | undefined) ?? [];
          }
          list = edited(list, edit, serial);
          expected.set(await conversation.put({ list }), list);
        }

        const hot = await saverOf(checkpoints.store.reader()).getTuple(headConfig(threadId));
        const cold = await historyOf(checkpoints.cold().reader(), threadId);

        expect(hot).toEqual(cold[0]);
        expect(cold.map((tuple) => [tuple.checkpoint.id, tuple.checkpoint.channel_values['list']])).toEqual(
          [...expected].reverse(),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('a long list is stored whole again before its changes outgrow it, so that reading it stays in proportion', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const conversation = await Conversation.open(
    saverOf(checkpoints.store.claimed(await checkpoints.claim(threadId))),
    threadId,
  );
  const messages = Array.from({ length: 20 }, (_, index) => message(index));
  await conversation.put({ messages });

  for (let index = 0; index < 500; index++)
    await conversation.put({ messages: messages.toSpliced(index % 20, 1, message(100 + index)) });

  const [chain] = await checkpoints.database.read.all<{ rows: number | string; chars: number | string }>(
    `with recursive chain (id, base_id, size) as (
       select * from (select id, base_id, length(data) as size from blob where thread_id = ? order by id desc limit 1) as newest
       union all select blob.id, blob.base_id, length(blob.data) from chain join blob on blob.id = chain.base_id
     ) select count(*) as rows, sum(size) as chars from chain`,
    [threadId],
  );
  expect(Number(chain!.chars)).toBeLessThan(2.5 * JSON.stringify(messages).length);
  expect(Number(chain!.rows)).toBeLessThan(50);
});

test('arrays that are no lists, bytes, and values with no form in JSON come back as LangGraph’s serializer has them', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const saver = checkpoints.store.unfenced();
  const values = {
    sparse: [1, undefined, 3],
    bytes: new Uint8Array([0, 1, 254, 255]),
    inside: [new Uint8Array([7]), new Map([['a', 1]]), new Set([2])],
    big: 'x'.repeat(500),
    nothing: null,
    empty: [],
    nested: { list: [[1], [2]], when: new Date(0) },
  };
  await (await Conversation.open(saver, threadId)).put(values);

  const hot = await saver.getTuple(headConfig(threadId));
  const cold = await saverOf(checkpoints.cold().reader()).getTuple(headConfig(threadId));

  expect(cold?.checkpoint.channel_values).toEqual({
    ...values,
    nested: { list: [[1], [2]], when: '1970-01-01T00:00:00.000Z' },
  });
  expect(hot).toStrictEqual(cold);
});
