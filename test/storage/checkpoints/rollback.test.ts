import { AIMessage, HumanMessage } from '@langchain/core/messages';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ThreadId } from '../../../src/domain/ids.ts';
import type { Freshness } from '../../../src/storage/checkpoints/records/checkpoint-reader.ts';
import { type Checkpoints, openCheckpoints } from './checkpoints-fixture.ts';
import { Conversation, headConfig, historyOf, saverOf } from './conversation.ts';

const NAMESPACES = ['', 'inner:1', 'inner:2'];

/** All that the thread's readers can see, and how much is stored for it. */
async function snapshot(checkpoints: Checkpoints, threadId: ThreadId) {
  const hot = [];
  const cold = [];
  for (const ns of NAMESPACES) {
    hot.push(await saverOf(checkpoints.store.reader()).getTuple(headConfig(threadId, ns)));
    cold.push(await historyOf(checkpoints.cold().reader(), threadId, ns));
  }
  const heads = await Promise.all(NAMESPACES.map((ns) => checkpoints.store.head(threadId, ns)));
  expect(hot).toEqual(cold.map((tuples) => tuples[0])); // all the histories here follow the heads
  return {
    hot,
    cold,
    heads,
    blobs: await checkpoints.count('blob', threadId),
    writes: await checkpoints.count('checkpoint_write', threadId),
  };
}

async function run(checkpoints: Checkpoints, threadId: ThreadId, text: string) {
  const claim = await checkpoints.claim(threadId);
  const saver = saverOf(checkpoints.store.claimed(claim));
  const root = await Conversation.open(saver, threadId);
  const messages = [
    ...((root.values['messages'] as unknown[] | undefined) ?? []),
    new HumanMessage({ id: text, content: text }),
  ];
  // to the checkpoint of the run before
  if (messages.length > 1) await root.write('input', [['messages', messages]]);
  await root.put({ messages });
  const inner = await Conversation.open(saver, threadId, `inner:${text.length % 2 === 0 ? 1 : 2}`);
  await inner.put({ messages, notes: [text] });
  await inner.write('task', [['notes', [text, text]]]);
  await root.put({
    messages: [...messages, new AIMessage({ id: `re: ${text}`, content: `re: ${text}` })],
    other: { text },
  });
  return claim.runId;
}

test.each<Freshness>(['compare', 'trust'])(
  'a rollback restores heads, values, pending writes and history of every namespace, and the space they took (%s)',
  async (freshness) => {
    await using checkpoints = await openCheckpoints({ freshness });
    const threadId = await checkpoints.thread();
    const empty = await snapshot(checkpoints, threadId);
    const first = await run(checkpoints, threadId, 'one');
    const afterFirst = await snapshot(checkpoints, threadId);
    const second = await run(checkpoints, threadId, 'three');
    const third = await run(checkpoints, threadId, 'five');

    await checkpoints.transaction((tx) => tx.rollBackRun(threadId, third));
    await checkpoints.transaction((tx) => tx.rollBackRun(threadId, second));
    expect(await snapshot(checkpoints, threadId)).toEqual(afterFirst);
    await checkpoints.transaction((tx) => tx.rollBackRun(threadId, first));
    expect(await snapshot(checkpoints, threadId)).toEqual(empty);
  },
);

test.each<Freshness>(['compare', 'trust'])(
  'a rollback that does not commit changes nothing that is read (%s)',
  async (freshness) => {
    await using checkpoints = await openCheckpoints({ freshness });
    const threadId = await checkpoints.thread();
    const runId = await run(checkpoints, threadId, 'one');
    const before = await snapshot(checkpoints, threadId);

    const failing = checkpoints.transaction(async (tx) => {
      await tx.rollBackRun(threadId, runId);
      throw new Error('no');
    });

    await expect(failing).rejects.toThrow('no');
    expect(await snapshot(checkpoints, threadId)).toEqual(before);
    await run(checkpoints, threadId, 'three');
    expect((await snapshot(checkpoints, threadId)).cold[0]).toHaveLength(4);
  },
);

test('a rollback raises the thread’s state version, also when the run has written nothing', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  const claim = await checkpoints.claim(threadId);

  await checkpoints.transaction((tx) => tx.rollBackRun(threadId, claim.runId));

  expect(await checkpoints.stateVersion(threadId)).toBe(1);
});

test('a run that goes on after a rollback builds on what was restored', async () => {
  await using checkpoints = await openCheckpoints();
  const threadId = await checkpoints.thread();
  await run(checkpoints, threadId, 'one');
  const runId = await run(checkpoints, threadId, 'three');
  await checkpoints.transaction((tx) => tx.rollBackRun(threadId, runId));

  await run(checkpoints, threadId, 'five');

  const [tuple] = (await snapshot(checkpoints, threadId)).hot;
  const contents = (tuple!.checkpoint.channel_values['messages'] as HumanMessage[]).map(
    (message) => message.content,
  );
  expect(contents).toEqual(['one', 're: one', 'five', 're: five']);
});

test('whatever runs are rolled back in which order, what remains is read as it was put', async () => {
  await using checkpoints = await openCheckpoints();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.constant('run'), fc.nat(5)), { minLength: 1, maxLength: 8 }),
      async (steps) => {
        const threadId = await checkpoints.thread();
        const runs: { id: Awaited<ReturnType<typeof run>>; before: unknown }[] = [];
        for (const [index, step] of steps.entries()) {
          const newest = runs.at(-1);
          if (step === 'run' || newest === undefined) {
            const before = await snapshot(checkpoints, threadId);
            runs.push({ id: await run(checkpoints, threadId, `${index}`.repeat(1 + (index % 2))), before });
          } else if (step > 2) {
            await checkpoints.transaction((tx) => tx.rollBackRun(threadId, newest.id));
            runs.pop();
            expect(await snapshot(checkpoints, threadId)).toEqual(newest.before);
          }
        }
        await snapshot(checkpoints, threadId);
      },
    ),
    { numRuns: 25 },
  );
});
