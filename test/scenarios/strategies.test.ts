import { afterEach, describe, expect, test } from 'vitest';
import { unwrap } from '../../src/client/public.ts';
import { human, TestThread } from '../support/conversing.ts';
import { overWebSocket, seenEndOf } from '../support/followed.ts';
import { gate, resetGates } from '../support/gates.ts';
import { startTestService } from '../support/service.ts';

afterEach(resetGates);

/** A thread whose run is held in the middle of its message. */
async function busyThread(service: { readonly url: string }) {
  const thread = await TestThread.create(service);
  const middle = gate('echo:2', { holds: 1 });
  const running = await thread.start('echo', { input: human('one two three') });
  await middle.reached;
  return { thread, running, middle };
}

const humans = async (thread: TestThread) =>
  (await thread.said()).flatMap(([type, text]) => (type === 'human' ? [text] : []));

describe('ENQUEUE', () => {
  test('runs one after the other, in the order of acceptance', async () => {
    await using service = await startTestService();
    const { thread, running, middle } = await busyThread(service);
    const queued = [];
    for (const text of ['a', 'b', 'c']) queued.push(await thread.start('trivial', { input: human(text) }));
    expect(queued.map(({ queuePosition }) => queuePosition)).toEqual([1, 2, 3]);

    middle.open();
    const ends = await Promise.all([running, ...queued].map((run) => thread.join(run)));

    expect(await humans(thread)).toEqual(['one two three', 'a', 'b', 'c']);
    const starts = ends.map(({ run }) => run.startedAt as string);
    expect([...starts].sort()).toEqual(starts);
    for (const [index, { run }] of ends.slice(1).entries())
      expect((run.startedAt as string) >= (ends[index]?.run.finishedAt as string)).toBe(true);
  });

  test('starts after a run that failed, too', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const held = gate('failing');
    const failing = await thread.start('failing', { input: human('break') });
    await held.reached;
    const next = await thread.start('trivial', { input: human('next') });
    held.open();

    expect((await thread.join(failing)).run).toMatchObject({
      status: 'ERROR',
      endReason: 'FAILED',
      error: { name: 'CustomError', message: 'Boo!' },
    });
    expect((await thread.join(next)).run.status).toBe('SUCCESS');
    expect(await thread.status()).toBe('IDLE');
  });
});

describe('INTERRUPT', () => {
  test('takes over from the running run and carries the messages of those that waited', async () => {
    await using service = await startTestService();
    const { thread, running } = await busyThread(service);
    const waiting = [
      await thread.start('trivial', { input: human('a') }),
      await thread.start('trivial', { input: human('b') }),
    ];

    const last = await thread.run('trivial', { input: human('c'), multitaskStrategy: 'INTERRUPT' });

    expect(await thread.said()).toEqual([
      ['human', 'one two three'],
      ['ai', 'one two'],
      ['human', 'a'],
      ['human', 'b'],
      ['human', 'c'],
      ['ai', 'ok'],
    ]);
    for (const run of [running, ...waiting])
      expect(await thread.client.run(run.id)).toMatchObject({
        status: 'INTERRUPTED',
        endReason: 'SUPERSEDED',
        supersededBy: { id: last.run.id },
      });
    expect(await thread.client.run(waiting[0]?.id ?? '')).toMatchObject({ startedAt: null, attempt: 0 });
  });

  test('with keepPendingInput: false drops the messages of those that waited', async () => {
    await using service = await startTestService();
    const { thread } = await busyThread(service);
    await thread.start('trivial', { input: human('dropped') });

    await thread.run('trivial', {
      input: human('kept'),
      multitaskStrategy: 'INTERRUPT',
      keepPendingInput: false,
    });

    expect(await humans(thread)).toEqual(['one two three', 'kept']);
  });
});

describe('ROLLBACK', () => {
  test('restores exactly the state from before, and removes running and waiting runs', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    await thread.run('breakpoints', { input: human('before'), interruptBefore: ['c'] });
    const before = {
      state: await thread.state(),
      history: await thread.client.history(thread.id, { first: 100 }),
    };
    const middle = gate('echo:2', { holds: 1 });
    const running = await thread.start('echo', { input: human('one two three') });
    await middle.reached;
    const waiting = await thread.start('trivial', { input: human('waits') });

    await thread.client.cancelRun(thread.id, waiting.id, 'ROLLBACK');
    const cancelled = await thread.client.cancelRun(thread.id, running.id, 'ROLLBACK');
    const gone = await thread.client.joinRun(thread.id, running.id);

    expect(cancelled).toMatchObject({ __typename: 'Run', status: 'RUNNING' });
    expect(gone).toMatchObject({ __typename: 'NotFoundError', kind: 'Run', id: running.id });
    expect(await thread.client.run(waiting.id)).toBeNull();
    expect({
      state: await thread.state(),
      history: await thread.client.history(thread.id, { first: 100 }),
    }).toEqual(before);
    expect(await thread.status()).toBe('INTERRUPTED');
    expect((await thread.client.runs(thread.id))?.totalCount).toBe(1);
  });
});

describe('REJECT', () => {
  test('starts on a thread that has nothing to do, and only there', async () => {
    await using service = await startTestService();
    const { thread, running, middle } = await busyThread(service);

    const refused = await thread.client.createRun({
      threadId: thread.id,
      assistantId: 'trivial',
      input: human('no'),
      multitaskStrategy: 'REJECT',
    });
    middle.open();
    await thread.join(running);
    const accepted = await thread.run('trivial', { input: human('yes'), multitaskStrategy: 'REJECT' });

    expect(refused).toMatchObject({
      __typename: 'ThreadBusyError',
      blockingRun: { id: running.id, status: 'RUNNING' },
    });
    expect(accepted.run.status).toBe('SUCCESS');
    expect(await humans(thread)).toEqual(['one two three', 'yes']);
  });
});

describe('runs', () => {
  test('are joined by any number of callers, before, while and after they run', async () => {
    await using service = await startTestService();
    const { thread, running, middle } = await busyThread(service);
    const joining = Array.from({ length: 10 }, () => thread.client.joinRun(thread.id, running.id));

    const tooEarly = await thread.client.joinRun(thread.id, running.id, { timeoutSeconds: 0.01 });
    middle.open();
    const joined = await Promise.all(joining);
    const late = await thread.client.joinRun(thread.id, running.id);

    expect(tooEarly).toMatchObject({
      __typename: 'JoinTimeoutError',
      run: { id: running.id, status: 'RUNNING' },
    });
    expect(late).toMatchObject({ __typename: 'JoinedRun', run: { status: 'SUCCESS' } });
    for (const one of joined) expect(one).toEqual(late);
  });

  test('that are cancelled while they wait end at once, and an ended run stays as it is', async () => {
    await using service = await startTestService();
    const { thread, running, middle } = await busyThread(service);
    const waiting = await thread.start('trivial', { input: human('waits') });

    const cancelled = await thread.client.cancelRun(thread.id, waiting.id);
    middle.open();
    const done = await thread.join(running);
    const unchanged = await thread.client.cancelRun(thread.id, running.id, 'ROLLBACK');

    expect(cancelled).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED', supersededBy: null });
    expect(unchanged).toEqual(done.run);
    expect(await humans(thread)).toEqual(['one two three']);
  });

  test('with afterSeconds start when they are due, and hold up nobody before', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const delayed = await thread.start('trivial', { input: human('later'), afterSeconds: 0.3 });

    const prompt = await thread.run('trivial', { input: human('now') });
    const later = await thread.join(delayed);

    expect((prompt.run.startedAt as string) < (later.run.startedAt as string)).toBe(true);
    expect(
      Date.parse(later.run.startedAt as string) - Date.parse(delayed.createdAt as string),
    ).toBeGreaterThanOrEqual(300);
    expect(await humans(thread)).toEqual(['now', 'later']);
  });

  test('with timeoutSeconds end with what they had streamed', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    gate('echo:2', { holds: 1 });

    const { run, state } = await thread.run('echo', { input: human('one two three'), timeoutSeconds: 0.2 });

    expect(run).toMatchObject({ status: 'TIMEOUT', endReason: 'TIMED_OUT' });
    expect(state?.messages.map(({ text }) => text)).toEqual(['one two three', 'one two']);
    expect(await thread.status()).toBe('ERROR');
  });

  test('from an earlier checkpoint turn the conversation back to there', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const first = await thread.run('trivial', { input: human('one') });
    await thread.run('trivial', { input: human('two') });
    await using follower = overWebSocket(service.url, 'messages', { threadId: thread.id, fromStart: true });
    await follower.seen(() => true);

    const checkpointId = first.state?.checkpoint.checkpointId ?? '';
    const { run, state } = await thread.run('trivial', { input: human('other'), checkpointId });
    await seenEndOf(service.url, run.id, follower);

    expect(state?.messages.map(({ text }) => text)).toEqual(['one', 'ok', 'other', 'ok']);
    expect(
      follower.events.some((event) => event.__typename === 'MessagesReset' && event !== follower.events[0]),
    ).toBe(true);
  });

  test('with one idempotency key are made once, however often and at once they are asked for', async () => {
    await using service = await startTestService();
    const { thread, running } = await busyThread(service);
    const request = {
      threadId: thread.id,
      assistantId: 'echo',
      input: human('one two three'),
      multitaskStrategy: 'INTERRUPT',
      idempotencyKey: 'once',
    } as const;

    const made = await Promise.all(Array.from({ length: 8 }, () => thread.client.createRun(request)));
    const [run] = made.map((result) => unwrap(result));
    await thread.join(run!);
    const again = unwrap(await thread.client.createRun(request));

    expect(new Set(made.map((result) => unwrap(result).id)).size).toBe(1);
    expect(again).toMatchObject({ id: run?.id, status: 'SUCCESS' });
    expect((await thread.client.runs(thread.id))?.nodes.map(({ id }) => id)).toEqual([running.id, run?.id]);
  });

  test('are deleted when they have ended; the state stays', async () => {
    await using service = await startTestService();
    const { thread, running, middle } = await busyThread(service);

    const active = await thread.client.deleteRun(thread.id, running.id);
    middle.open();
    await thread.join(running);
    const deleted = await thread.client.deleteRun(thread.id, running.id);

    expect(active).toMatchObject({ __typename: 'RunActiveError', run: { id: running.id } });
    expect(deleted).toMatchObject({ __typename: 'Deleted', id: running.id });
    expect(await thread.client.joinRun(thread.id, running.id)).toMatchObject({ __typename: 'NotFoundError' });
    expect(await thread.said()).toEqual([
      ['human', 'one two three'],
      ['ai', 'one two three'],
    ]);
  });
});
