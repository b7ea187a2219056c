import { afterEach, expect, test } from 'vitest';
import { unwrap } from '../../src/client/public.ts';
import { human, TestThread } from '../support/conversing.ts';
import { gate, resetGates } from '../support/gates.ts';
import { startRestServer } from './support.ts';

// What is made through one transport is there for the other, as the same thing. Runs that are streamed and
// joined: two-transports.test.ts.

afterEach(resetGates);

const hello = { messages: [{ role: 'user', content: 'hi' }] };

/** A server with a client of each kind. */
async function both() {
  const server = await startRestServer();
  const { client: graphql } = await TestThread.create(server.service);
  return {
    rest: server.client,
    graphql,
    request: server.request,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

test('a thread: made, changed, found, copied, given a time to live and deleted from either side', async () => {
  await using sides = await both();
  const { rest, graphql, request } = sides;
  const fromRest = await rest.threads.create({ metadata: { by: 'rest' }, ttl: 30 });
  const fromGraphql = unwrap(
    await graphql.createThread({
      metadata: { by: 'graphql' },
      ttl: { minutes: 60, strategy: 'KEEP_LATEST' },
    }),
  );

  expect(await graphql.thread(fromRest.thread_id)).toMatchObject({
    status: 'IDLE',
    metadata: { by: 'rest' },
    ttl: { strategy: 'DELETE', minutes: 30 },
    createdAt: fromRest.created_at,
  });
  expect(await rest.threads.get(fromGraphql.id, { include: ['ttl'] })).toMatchObject({
    status: 'idle',
    metadata: { by: 'graphql' },
    ttl: { strategy: 'keep_latest', ttl_minutes: 60, expires_at: fromGraphql.ttl?.expiresAt },
  });

  await graphql.updateThread(fromRest.thread_id, { and: 'graphql' });
  await rest.threads.update(fromGraphql.id, { metadata: { and: 'rest' } });
  expect(
    (await rest.threads.search({ metadata: { and: 'graphql' } })).map(({ thread_id }) => thread_id),
  ).toEqual([fromRest.thread_id]);
  expect((await graphql.threads({ metadata: { and: 'rest' } })).nodes.map(({ id }) => id)).toEqual([
    fromGraphql.id,
  ]);
  expect(await graphql.countThreads()).toBe(await rest.threads.count());

  const copy = await rest.threads.copy(fromGraphql.id);
  expect(await graphql.thread(copy.thread_id)).toMatchObject({ metadata: { by: 'graphql', and: 'rest' } });
  unwrap(await graphql.deleteThread(copy.thread_id));
  await rest.threads.delete(fromGraphql.id);
  expect(await request('GET', `/threads/${copy.thread_id}`)).toMatchObject({ status: 404 });
  expect(await graphql.thread(fromGraphql.id)).toBeNull();
});

test('a running run: cancelled and interrupted from the other side', async () => {
  await using sides = await both();
  const { rest, graphql, request } = sides;
  const { thread_id } = await rest.threads.create();
  const held = gate('breakpoints:b');
  const first = await rest.runs.create(thread_id, 'breakpoints', { input: hello });
  await held.reached;

  const refused = await graphql.createRun({
    threadId: thread_id,
    assistantId: 'trivial',
    input: human('no'),
    multitaskStrategy: 'REJECT',
  });
  await graphql.cancelRun(thread_id, first.run_id);
  await rest.runs.join(thread_id, first.run_id);
  held.reset();
  const second = unwrap(
    await graphql.createRun({ threadId: thread_id, assistantId: 'breakpoints', input: human('go') }),
  );
  await held.reached;
  const conflict = await request('POST', `/threads/${thread_id}/runs`, {
    assistant_id: 'trivial',
    input: hello,
    multitask_strategy: 'reject',
  });
  const third = await rest.runs.create(thread_id, 'trivial', {
    input: hello,
    multitaskStrategy: 'interrupt',
  });
  const ended = unwrap(await graphql.joinRun(thread_id, third.run_id));

  expect(refused).toMatchObject({ __typename: 'ThreadBusyError', blockingRun: { id: first.run_id } });
  expect(conflict.status).toBe(409);
  expect(await graphql.run(first.run_id)).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED' });
  expect(await rest.runs.get(thread_id, second.id)).toMatchObject({ status: 'interrupted' });
  expect(await graphql.run(second.id)).toMatchObject({
    endReason: 'SUPERSEDED',
    supersededBy: { id: third.run_id },
  });
  expect(ended.run.status).toBe('SUCCESS');
});

test('a state: the same history, written on one side and read on the other, pauses and their answers too', async () => {
  await using sides = await both();
  const { rest, graphql, request } = sides;
  const { thread_id } = await rest.threads.create();
  const run = unwrap(
    await graphql.createRun({ threadId: thread_id, assistantId: 'approval', input: human('send it') }),
  );
  await rest.runs.join(thread_id, run.id);

  const asked = await rest.threads.getState(thread_id);
  const history = (await graphql.history(thread_id, { first: 100 }))?.nodes ?? [];
  expect(history.map(({ checkpoint }) => checkpoint.checkpointId)).toEqual(
    (await rest.threads.getHistory(thread_id)).map(({ checkpoint }) => checkpoint.checkpoint_id),
  );
  expect(history[0]).toMatchObject({
    values: asked.values,
    next: asked.next,
    interrupts: asked.tasks[0]?.interrupts,
  });

  const answer = { resume: { [asked.tasks[0]?.interrupts[0]?.id ?? '']: 'yes' } };
  const resumes = await Promise.all([
    request('POST', `/threads/${thread_id}/runs`, { assistant_id: 'approval', command: answer }),
    graphql.createRun({ threadId: thread_id, assistantId: 'approval', command: answer }),
  ]);
  const accepted = [resumes[0].status === 200, resumes[1].__typename === 'Run'];
  expect(accepted.filter(Boolean)).toHaveLength(1);
  const [newest] = await rest.runs.list(thread_id);
  await graphql.joinRun(thread_id, newest!.run_id);

  await rest.threads.updateState(thread_id, { values: { decision: 'changed' }, asNode: 'finish' });
  expect(await graphql.state(thread_id)).toMatchObject({
    values: { decision: 'changed' },
    metadata: { source: 'update' },
  });
  const forked = unwrap(
    await graphql.updateThreadState({
      threadId: thread_id,
      checkpointId: history[0]!.checkpoint.checkpointId,
      values: null,
      asNode: 'tools',
    }),
  );
  expect((await rest.threads.getState(thread_id)).checkpoint.checkpoint_id).toBe(
    forked.checkpoint.checkpointId,
  );
});

test('a run without a thread: started on one side, joined on the other', async () => {
  await using sides = await both();
  const { rest, graphql, request } = sides;

  const fromGraphql = unwrap(
    await graphql.createStatelessRun({ assistantId: 'trivial', input: human('hi'), keepThread: false }),
  );
  const values = (await request('GET', `/runs/${fromGraphql.id}/join`)).body;
  const fromRest = (await rest.runs.create(null, 'trivial', {
    input: hello,
    onCompletion: 'keep',
  } as never)) as {
    run_id: string;
    thread_id: string;
  };
  const joined = unwrap(await graphql.joinRun(fromRest.thread_id, fromRest.run_id));

  expect(values).toMatchObject({ messages: [{ content: 'hi' }, { content: 'ok' }] });
  expect(joined.state?.messages.map(({ text }) => text)).toEqual(['hi', 'ok']);
});
