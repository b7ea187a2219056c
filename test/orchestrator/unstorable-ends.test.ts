import { expect, test } from 'vitest';
import type { Json } from '../../src/domain/json.ts';
import type { Context } from '../../src/orchestrator/context.ts';
import type { Execution, StreamEnd } from '../../src/orchestrator/ports/graph-host.ts';
import type { Tx } from '../../src/orchestrator/ports/store.ts';
import { InProcessThread } from '../support/in-process-thread.ts';
import { SteppedWorker } from '../support/stepped-worker.ts';

// A fault of ours, planted: data that no database takes comes as far as the end of a run. The run ends all
// the same, at once.

const UNSTORABLE = 1n as unknown as Json;
const INTERNAL = { name: 'InternalError', message: 'The server failed to store the result of this run.' };

/** The graphs, whose executions end with what `end` makes of theirs. */
const ending =
  (end: (ended: StreamEnd, execution: Execution) => StreamEnd | Promise<StreamEnd>) =>
  (context: Context): Context => {
    const execute = async (execution: Execution) => end(await context.graphs.execute(execution), execution);
    const graphs = new Proxy(context.graphs, {
      get(target, key) {
        const member: unknown = key === 'execute' ? execute : Reflect.get(target, key);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    return { ...context, graphs };
  };

/** A store in whose transactions this throws as often as it likes. */
const broken =
  (fail: (tx: Tx) => Tx) =>
  (context: Context): Context => {
    const { store } = context;
    const transaction: typeof store.transaction = (work) => store.transaction((tx) => work(fail(tx)));
    return {
      ...context,
      store: new Proxy(store, {
        get(target, key) {
          const member: unknown = key === 'transaction' ? transaction : Reflect.get(target, key);
          return typeof member === 'function' ? member.bind(target) : member;
        },
      }),
    };
  };

test.each<[string, StreamEnd]>([
  [
    'an answer that it waits for',
    { kind: 'finished', paused: true, interrupts: [{ id: 'i', value: UNSTORABLE }], partials: [] },
  ],
  [
    'the error that it ended with',
    { kind: 'failed', error: { name: 'Error', message: UNSTORABLE as string }, partials: [] },
  ],
])('a run ends as a failure of the server where %s can’t be stored', async (_what, end) => {
  await using worker = await SteppedWorker.start(ending(() => end));
  const thread = await InProcessThread.create(worker, 'trivial');
  const run = await thread.say('hello');

  await worker.execute(await worker.claim());

  expect(await thread.find(run)).toMatchObject({
    status: 'ERROR',
    endReason: 'FAILED',
    error: INTERNAL,
    failures: 0,
  });
  expect((await thread.log()).at(-1)?.body).toMatchObject({
    kind: 'RUN_ENDED',
    status: 'ERROR',
    error: INTERNAL,
    interrupts: [],
  });
});

test('a stopped run whose repair can’t be stored ends without it, and the next run works', async () => {
  let faults = 0;
  const refuse = (tx: Tx): Tx => ({
    ...tx,
    checkpoints: new Proxy(tx.checkpoints, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key);
        if (key === 'commit')
          return () => {
            faults += 1;
            throw new TypeError('A bug');
          };
        return typeof member === 'function' ? member.bind(target) : member;
      },
    }),
  });
  await using worker = await SteppedWorker.start(broken((tx) => (faults === 0 ? refuse(tx) : tx)));
  const thread = await InProcessThread.create(worker, 'trivial');
  const run = await thread.say('hello');
  const claimed = await worker.claim();
  await thread.cancel(run);
  worker.stop(run);

  await worker.execute(claimed);

  expect(faults).toBe(1);
  expect(await thread.find(run)).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED' });
  const next = await thread.say('and now?');
  await worker.execute(await worker.claim());
  expect(await thread.find(next)).toMatchObject({ status: 'SUCCESS' });
});

test('an event that can’t be stored fails its run at once, with its kind, and takes back what was said', async () => {
  const say = ending(async (ended, execution) => {
    await execution.emit([{ kind: 'CUSTOM', ns: '', node: null, data: UNSTORABLE }]);
    return ended;
  });
  await using worker = await SteppedWorker.start(say);
  const thread = await InProcessThread.create(worker, 'trivial');
  const run = await thread.say('hello');

  await worker.execute(await worker.claim());

  expect(await thread.find(run)).toMatchObject({
    status: 'ERROR',
    error: {
      name: 'UnstorableEventError',
      message: expect.stringMatching(/^A CUSTOM event cannot be stored: .*BigInt/),
    },
  });
  expect((await thread.log()).slice(-2).map(({ body }) => body.kind)).toEqual([
    'MESSAGES_RESET',
    'RUN_ENDED',
  ]);
  const next = await thread.say('and now?', { assistantId: 'trivial' });
  expect(await thread.find(next)).toMatchObject({ status: 'PENDING' });
});
