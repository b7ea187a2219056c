import { afterEach, describe, expect, test } from 'vitest';
import { DEFAULT_OWNER, newRunId } from '../../src/domain/ids.ts';
import type { Context } from '../../src/orchestrator/context.ts';
import { ClaimLostError } from '../../src/orchestrator/ports/store.ts';
import { gate, resetGates } from '../support/gates.ts';
import { InProcessThread } from '../support/in-process-thread.ts';
import { SteppedWorker } from '../support/stepped-worker.ts';

afterEach(resetGates);

type Method = (...args: never[]) => Promise<unknown>;

/** The object with that method followed, each time it has been called, by `then`. */
function followed<T extends object>(object: T, method: keyof T, then: () => Promise<void>): T {
  return new Proxy(object, {
    get(target, key) {
      const value = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      const bound = value.bind(target) as Method;
      if (key !== method) return bound;
      return async (...args: never[]) => {
        const result = await bound(...args);
        await then();
        return result;
      };
    },
  });
}

/** Does `act` the first time it is called after it was set. */
class Once {
  act: (() => Promise<void>) | null = null;
  readonly run = async (): Promise<void> => {
    const { act } = this;
    this.act = null;
    await act?.();
  };
}

const withGraphs =
  (method: keyof Context['graphs'], then: () => Promise<void>) =>
  (context: Context): Context => ({ ...context, graphs: followed(context.graphs, method, then) });

describe('what was decided on a state that has changed since', () => {
  test('a resume is refused when another one has ended the pause between its check and its admission', async () => {
    const meanwhile = new Once();
    await using worker = await SteppedWorker.start(withGraphs('readState', meanwhile.run));
    const thread = await InProcessThread.create(worker, 'approval');
    await thread.say('write to Ann');
    await worker.execute(await worker.claim());
    meanwhile.act = async () => {
      await thread.run({ command: { resume: 'no' } });
      await worker.execute(await worker.claim());
    };

    const late = await thread.create({ command: { resume: 'yes' } });

    expect(late).toMatchObject({ kind: 'invalid', issues: [{ path: ['command', 'resume'] }] });
    expect((await thread.runs()).map(({ command }) => command)).toEqual([null, { resume: 'no' }]);
  });

  test('a state update is refused when a run has come between the update and its commit', async () => {
    const meanwhile = new Once();
    await using worker = await SteppedWorker.start(withGraphs('updateState', meanwhile.run));
    const thread = await InProcessThread.create(worker, 'echo');
    await thread.say('one');
    await worker.execute(await worker.claim());
    const before = await thread.state();
    meanwhile.act = async () => {
      await thread.say('two');
    };

    const updated = await worker.orchestrator.updateThreadState({
      owner: DEFAULT_OWNER,
      threadId: thread.id,
      values: { messages: [{ type: 'human', content: 'edited' }] },
    });

    expect(updated).toMatchObject({
      kind: 'busy',
      blockingRun: { input: { messages: [{ content: 'two' }] } },
    });
    expect(await thread.state()).toEqual(before);
  });

  test('a repair is made again when the state has changed between the repair and its commit', async () => {
    const meanwhile = new Once();
    let context: Context | null = null;
    await using worker = await SteppedWorker.start((plain) => {
      context = withGraphs('reconcile', meanwhile.run)(plain);
      return context;
    });
    const thread = await InProcessThread.create(worker, 'echo');
    const middle = gate('echo:1', { holds: 1 });
    const run = await thread.say('one two');
    const executing = worker.execute(await worker.claim());
    await middle.reached;
    await thread.heard(run, 'one');
    await thread.cancel(run);
    let reconciliations = 0;
    const bump = async (): Promise<void> => {
      reconciliations += 1;
      if (reconciliations > 1) return;
      meanwhile.act = bump;
      await context!.store.transaction((tx) => tx.checkpoints.rollBackRun(run.threadId, newRunId()));
    };
    meanwhile.act = bump;

    worker.stop(run);
    await executing;

    expect(reconciliations).toBe(2);
    expect(await thread.find(run)).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED' });
    expect(await thread.conversation()).toEqual(['human: one two', 'ai (partial): one']);
  });
});

describe('a worker whose run was taken over', () => {
  test('does not hand it back', async () => {
    await using worker = await SteppedWorker.start();
    const thread = await InProcessThread.create(worker, 'echo');
    const middle = gate('echo:1', { holds: 1 });
    const release = new AbortController();
    const run = await thread.say('one two');
    const executing = worker.execute(await worker.claim(), {}, release.signal);
    await middle.reached;
    await thread.heard(run, 'one');
    const { run: taken } = await worker.takeOver();

    release.abort();
    await executing;

    const { attempt, leaseOwner, leaseUntil } = (await thread.find(run))!;
    expect({ attempt, leaseOwner, leaseUntil }).toEqual({
      attempt: 2,
      leaseOwner: 'stepped',
      leaseUntil: taken.leaseUntil,
    });
  });

  test('does not end it', async () => {
    await using worker = await SteppedWorker.start();
    const thread = await InProcessThread.create(worker, 'echo');
    const run = await thread.say('one two');
    const lost = await worker.claim();
    await thread.cancel(run);
    await worker.takeOver();

    worker.stop(run);
    await worker.execute(lost);

    expect(await thread.find(run)).toMatchObject({ status: 'RUNNING', attempt: 2 });
  });

  test('adds nothing ahead of its input', async () => {
    await using worker = await SteppedWorker.start();
    const thread = await InProcessThread.create(worker, 'question');
    await thread.run({ assistantId: 'question', input: { question: 'broken' } });
    await worker.execute(await worker.claim());
    const before = await thread.conversation();
    await thread.run({ assistantId: 'question', input: { question: 'why?' } });
    const lost = await worker.claim();
    await worker.takeOver();

    await expect(worker.prepare(lost)).rejects.toThrow(ClaimLostError);

    expect(await thread.conversation()).toEqual(before);
  });
});

test('calls of createRun with one idempotency key are decided one after the other', async () => {
  const order: string[] = [];
  const noted = (what: string) => async (): Promise<void> => void order.push(what);
  await using worker = await SteppedWorker.start((context) => ({
    ...context,
    graphs: followed(context.graphs, 'checkInput', noted('checked')),
    store: followed(context.store, 'transaction', noted('decided')),
  }));
  const thread = await InProcessThread.create(worker, 'approval');
  const input = { messages: [{ type: 'human', content: 'hello' }] };
  await thread.run({ input }); // the first one also stores the default assistant
  order.length = 0;

  const runs = await Promise.all([1, 2].map(() => thread.run({ input, idempotencyKey: 'k' })));

  expect(order).toEqual(['checked', 'decided', 'checked', 'decided']);
  expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
});
