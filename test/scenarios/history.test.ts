import { afterEach, describe, expect, test } from 'vitest';
import { unwrap } from '../../src/client/public.ts';
import { human, TestThread } from '../support/conversing.ts';
import { gate, resetGates } from '../support/gates.ts';
import { post } from '../support/post.ts';
import { startTestService } from '../support/service.ts';

afterEach(resetGates);

/** The whole history of a thread, newest first. */
async function historyOf(thread: TestThread) {
  return (await thread.client.history<Record<string, unknown>>(thread.id, { first: 100 }))?.nodes ?? [];
}

describe('history', () => {
  test('is every superstep, newest first, each with its parent', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    await thread.run('breakpoints', { input: human('go') });

    const history = await historyOf(thread);

    expect(history.map(({ next }) => next)).toEqual([[], ['c'], ['b'], ['a'], ['__start__']]);
    expect(history.map(({ values }) => values['visited'] ?? [])).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b'],
      ['a'],
      [],
      [],
    ]);
    for (const [index, { parentCheckpoint }] of history.entries())
      expect(parentCheckpoint?.checkpointId ?? null).toBe(
        history[index + 1]?.checkpoint.checkpointId ?? null,
      );
    expect((await thread.state()).checkpoint).toEqual(history[0]?.checkpoint);
  });

  test('pages both ways', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    await thread.run('breakpoints', { input: human('go') });
    const all = (await historyOf(thread)).map(({ checkpoint }) => checkpoint.checkpointId);
    const page = async (ends: object) => {
      const read = await thread.client.history(thread.id, ends);
      return { ids: read?.nodes.map(({ checkpoint }) => checkpoint.checkpointId), ...read?.pageInfo };
    };

    const first = await page({ first: 2 });
    const second = await page({ first: 2, after: first.endCursor });
    const last = await page({ last: 2 });
    const beforeLast = await page({ last: 2, before: last.startCursor });

    expect(first).toMatchObject({ ids: all.slice(0, 2), hasNextPage: true, hasPreviousPage: false });
    expect(second).toMatchObject({ ids: all.slice(2, 4), hasNextPage: true, hasPreviousPage: true });
    expect(last).toMatchObject({ ids: all.slice(-2), hasNextPage: false, hasPreviousPage: true });
    expect(beforeLast).toMatchObject({ ids: all.slice(1, 3), hasPreviousPage: true });
  });

  test('is filtered by metadata', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    await thread.run('breakpoints', { input: human('go') });
    await thread.run('trivial', { input: human('go') });
    const count = async (metadata: unknown) =>
      (await thread.client.history(thread.id, { metadata, first: 100 }))?.nodes.length;

    expect(await count({ source: 'input' })).toBe(2);
    expect(await count({ source: 'loop', step: 1 })).toBe(1);
    expect(await count({ source: 'loop', step: 99 })).toBe(0);
  });

  test('shows what an interrupted run left as an update after its own steps', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const middle = gate('echo:2');
    const run = await thread.start('echo', { input: human('one two three') });
    await middle.reached;
    await thread.client.cancelRun(thread.id, run.id);
    await thread.join(run);

    const history = await historyOf(thread);

    expect(history.map(({ metadata }) => (metadata as { source: string }).source)).toEqual([
      'update',
      'loop',
      'input',
    ]);
  });
});

describe('the state', () => {
  test('at a checkpoint is what it was then', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    await thread.run('breakpoints', { input: human('go') });
    const [, beforeC] = await historyOf(thread);

    const state = await thread.state({ checkpointId: beforeC?.checkpoint.checkpointId ?? '' });

    expect(state).toMatchObject({
      next: ['c'],
      values: { visited: ['a', 'b'] },
      tasks: [{ name: 'c', error: null }],
    });
    expect(state.messages.map(({ text }) => text)).toEqual(['go', 'a', 'b']);
  });

  test('shows the states of subgraphs of a paused run on demand, two levels deep', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    await thread.run('deep-approval', { input: human('go') });
    const query = `query($id: ID!) { thread(id: $id) { state(subgraphs: true) { tasks { name
      state { checkpoint { checkpointNs } values next tasks { name state { values next checkpoint { checkpointNs } } } } } } } }`;

    const { body } = await post(service.url, query, { id: thread.id });
    const plain = await thread.state();

    expect(body.errors).toBeUndefined();
    expect(body.data?.['thread']?.['state']).toMatchObject({
      tasks: [
        {
          name: 'middle',
          state: {
            checkpoint: { checkpointNs: expect.stringMatching(/^middle:[^|]*$/) },
            next: ['inmost'],
            tasks: [
              {
                name: 'inmost',
                state: {
                  next: ['ask'],
                  checkpoint: { checkpointNs: expect.stringMatching(/^middle:.*\|inmost:/) },
                },
              },
            ],
          },
        },
      ],
    });
    expect(plain.tasks[0]).toMatchObject({
      name: 'middle',
      checkpoint: { checkpointNs: expect.stringMatching(/^middle:/) },
    });
  });

  test('can be written as if by a node, and forks from an earlier checkpoint', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    await thread.run('breakpoints', { input: human('go') });
    const history = await historyOf(thread);
    const beforeB = history.find(({ next }) => next[0] === 'b')?.checkpoint.checkpointId ?? '';

    const forked = unwrap(
      await thread.client.updateThreadState({
        threadId: thread.id,
        values: { visited: ['by hand'] },
        asNode: 'b',
        checkpointId: beforeB,
      }),
    );

    expect(forked).toMatchObject({
      next: ['c'],
      values: { visited: ['a', 'by hand'] },
      parentCheckpoint: { checkpointId: beforeB },
    });
    expect(await thread.state()).toMatchObject({ checkpoint: forked.checkpoint });
    expect((await historyOf(thread)).length).toBe(history.length + 1);
    await thread.run('breakpoints');
    expect((await thread.state()).values['visited']).toEqual(['a', 'by hand', 'c']);
  });

  test('can not be written while a run is unfinished', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const held = gate('breakpoints:b');
    const run = await thread.start('breakpoints', { input: human('go') });
    await held.reached;

    const refused = await thread.client.updateThreadState({ threadId: thread.id, values: human('no') });

    expect(refused).toMatchObject({ __typename: 'ThreadBusyError', blockingRun: { id: run.id } });
    held.open();
    await thread.join(run);
    expect((await thread.said()).map(([, text]) => text)).toEqual(['go', 'a', 'b', 'c']);
  });

  test('of a thread without runs is null, and its messages are none', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);

    const { body } = await post(
      service.url,
      'query($id: ID!) { thread(id: $id) { state { next } messages { id } history { nodes { next } } } }',
      {
        id: thread.id,
      },
    );

    expect(body).toEqual({ data: { thread: { state: null, messages: [], history: { nodes: [] } } } });
  });

  test('of a graph without messages has values and no messages', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);

    const { state } = await thread.run('no-messages', { input: { counter: 5 } });

    expect(state).toMatchObject({ values: { counter: 7 }, messages: [], next: [] });
  });

  test('that a run left stays what its joiners get, whatever came later', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const first = await thread.run('trivial', { input: human('one') });
    await thread.run('trivial', { input: human('two') });

    const joinedLate = await thread.join(first.run);

    expect(joinedLate.state?.messages.map(({ text }) => text)).toEqual(['one', 'ok']);
    expect(joinedLate).toEqual(first);
  });
});
