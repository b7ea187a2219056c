import { afterAll, beforeAll, expect, test } from 'vitest';
import { emptyConversation, reduceMessages } from '../../src/client/public.ts';
import type { MessageJson } from '../../src/domain/message.ts';
import type { Service } from '../../src/service.ts';
import { human, TestThread } from '../support/conversing.ts';
import { findDanglingToolCalls } from '../support/dangling-tool-calls.ts';
import { overSse, seenEndOf } from '../support/followed.ts';
import { DEMO_GRAPHS, startTestService } from '../support/service.ts';

let service: Service;
const before = { pace: process.env['INTERJECT_DEMO_PACE'], model: process.env['INTERJECT_MODEL'] };

beforeAll(async () => {
  process.env['INTERJECT_DEMO_PACE'] = '0';
  process.env['INTERJECT_MODEL'] = '';
  service = await startTestService({ langgraphJson: DEMO_GRAPHS });
});

afterAll(async () => {
  await service.stop('The tests are over');
  process.env['INTERJECT_DEMO_PACE'] = before.pace ?? '';
  process.env['INTERJECT_MODEL'] = before.model ?? '';
});

const raw = async (thread: TestThread) => (await thread.state()).values['messages'] as readonly MessageJson[];

test('asks its tool, streams its answer and counts its tokens', async () => {
  const thread = await TestThread.create(service);
  await using follower = overSse(service.url, 'messages', { threadId: thread.id, fromStart: true });
  await follower.seen(() => true);

  const { run, state } = await thread.run('agent', { input: human("what's the weather in sf?") });
  await seenEndOf(service.url, run.id, follower);

  expect(run).toMatchObject({ status: 'SUCCESS', endReason: 'COMPLETED' });
  expect(state?.messages).toMatchObject([
    { __typename: 'HumanMessage', text: "what's the weather in sf?" },
    {
      __typename: 'AIMessage',
      toolCalls: [{ name: 'weather_search' }],
      partial: false,
      usage: { outputTokens: expect.any(Number) },
    },
    { __typename: 'ToolMessage', status: 'success', name: 'weather_search' },
    { __typename: 'AIMessage', toolCalls: [], text: expect.stringMatching(/\w/), partial: false },
  ]);
  const folded = follower.events.reduce(reduceMessages, emptyConversation).messages;
  expect(folded.map(({ id, text }) => ({ id, text }))).toEqual(
    state?.messages.map(({ id, text }) => ({ id, text })),
  );
  expect(follower.events.filter(({ __typename }) => __typename === 'MessageDelta').length).toBeGreaterThan(3);
});

test.each(['INTERRUPT', 'ENQUEUE', 'ROLLBACK'] as const)(
  'asked twice in a row with %s, it answers the second question',
  async (multitaskStrategy) => {
    const thread = await TestThread.create(service);
    const first = await thread.start('agent', { input: human("what's the weather in sf?") });

    const { state } = await thread.run('agent', {
      input: human("what's the weather in nyc?"),
      multitaskStrategy,
    });

    expect(state?.messages.at(-1)).toMatchObject({
      type: 'ai',
      text: expect.stringMatching(/new york|nyc/i),
    });
    expect(findDanglingToolCalls(await raw(thread))).toEqual([]);
    const status = (await thread.client.run(first.id))?.status;
    expect(status).toBe(
      { INTERRUPT: 'INTERRUPTED', ENQUEUE: 'SUCCESS', ROLLBACK: undefined }[multitaskStrategy],
    );
  },
);

test('interrupted at every message that it begins, it leaves a history that the next turn goes on from', async () => {
  for (let place = 1; place <= 4; place += 1) {
    const thread = await TestThread.create(service);
    const position = await thread.client.cursor(thread.id);
    await using follower = overSse(service.url, 'messages', { threadId: thread.id, after: position });
    await thread.start('agent', { input: human("what's the weather in sf?") });
    await follower.seen(
      () => follower.events.filter(({ __typename }) => __typename === 'MessageStarted').length >= place,
    );

    const { run } = await thread.run('agent', {
      input: human("what's the weather in nyc?"),
      multitaskStrategy: 'INTERRUPT',
    });

    expect(run.status).toBe('SUCCESS');
    expect(findDanglingToolCalls(await raw(thread))).toEqual([]);
    expect((await thread.said()).filter(([type]) => type === 'human')).toHaveLength(2);
  }
});
