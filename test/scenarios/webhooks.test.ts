import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unwrap } from '../../src/client/public.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { human, TestThread } from '../support/conversing.ts';
import { gate, resetGates } from '../support/gates.ts';
import { startTestService } from '../support/service.ts';
import { TestDatabase } from '../support/test-database.ts';
import { until } from '../support/until.ts';
import { answerWith, hang, WebhookReceiver } from '../support/webhook-receiver.ts';

afterEach(resetGates);

let receiver: WebhookReceiver;
beforeEach(async () => {
  receiver = await WebhookReceiver.start();
  return () => receiver[Symbol.asyncDispose]();
});

const config = { webhookAllow: ['127.0.0.1'] };
const told = () => receiver.received.map(({ body }) => JSON.parse(body));

describe('the end of a run', () => {
  test('is told to its webhook, with the run and the values it left', async () => {
    await using service = await startTestService({ config });
    const thread = await TestThread.create(service);
    const { run } = await thread.run('trivial', {
      input: human('hello'),
      webhook: receiver.url(),
      metadata: { purpose: 'test' },
    });

    await receiver.got(1);

    expect(told()).toEqual([
      {
        run_id: run.id,
        thread_id: thread.id,
        assistant_id: run.assistantId,
        status: 'success',
        created_at: run.createdAt,
        updated_at: expect.any(String),
        run_started_at: run.startedAt,
        run_ended_at: run.finishedAt,
        webhook_sent_at: expect.any(String),
        metadata: { created_by: 'system', purpose: 'test' },
        kwargs: expect.objectContaining({ input: human('hello'), webhook: receiver.url() }),
        multitask_strategy: 'enqueue',
        cancel_reason: null,
        values: {
          messages: [expect.objectContaining({ content: 'hello' }), expect.objectContaining({ type: 'ai' })],
        },
        error: null,
      },
    ]);
    expect(run.webhook).toBe(receiver.url());
    const delivered = await until(
      async () => (await thread.client.webhookDeliveries({ runId: run.id })).nodes,
      ([delivery]) => delivery?.status === 'DELIVERED',
    );
    expect(delivered).toMatchObject([
      { attempts: 1, lastStatusCode: 204, lastError: null, nextAttemptAt: null, url: receiver.url() },
    ]);
  });

  test('is told with its error when the graph threw', async () => {
    await using service = await startTestService({ config });
    const thread = await TestThread.create(service);
    await thread.run('failing', { input: human('break'), webhook: receiver.url() });

    await receiver.got(1);

    expect(told()).toMatchObject([{ status: 'error', error: { error: 'CustomError', message: 'Boo!' } }]);
  });

  test('is told of runs that are interrupted while they run or wait, and of none that is rolled back', async () => {
    await using service = await startTestService({ config });
    const thread = await TestThread.create(service);
    const middle = gate('echo:2', { holds: 1 });
    const running = await thread.start('echo', {
      input: human('one two three'),
      webhook: receiver.url('/running'),
    });
    await middle.reached;
    const waiting = await thread.start('trivial', {
      input: human('waits'),
      webhook: receiver.url('/waiting'),
    });
    const gone = await thread.start('trivial', { input: human('goes'), webhook: receiver.url('/gone') });
    unwrap(await thread.client.cancelRun(thread.id, gone.id, 'ROLLBACK'));
    await thread.run('trivial', {
      input: human('takes over'),
      multitaskStrategy: 'INTERRUPT',
      webhook: receiver.url('/new'),
    });

    await receiver.got(3);

    const byPath = Object.fromEntries(receiver.received.map(({ path, body }) => [path, JSON.parse(body)]));
    expect(byPath).toMatchObject({
      '/running': { run_id: running.id, status: 'interrupted' },
      '/waiting': { run_id: waiting.id, status: 'interrupted' },
      '/new': { status: 'success' },
    });
    expect((await thread.client.webhookDeliveries()).nodes).toHaveLength(3);
  });

  test('is told through the protocol, too', async () => {
    await using service = await startTestService({ config });
    const api = new URL(service.url).origin;
    const answer = await fetch(`${api}/runs/wait`, {
      method: 'POST',
      body: JSON.stringify({ assistant_id: 'trivial', input: human('hello'), webhook: receiver.url() }),
    });
    expect(answer.status).toBe(200);
    await answer.text();

    await receiver.got(1);

    expect(told()).toMatchObject([
      { status: 'success', kwargs: { webhook: receiver.url(), temporary: true } },
    ]);
  });
});

describe('a receiver that fails', () => {
  test('is asked again after a pause, with the same id and body, until it takes it', async () => {
    const clock = new AdvancingClock();
    await using service = await startTestService({ config, clock });
    const thread = await TestThread.create(service);
    receiver.answer = answerWith(503);
    await thread.run('trivial', { input: human('hello'), webhook: receiver.url() });
    await receiver.got(1);
    const failed = await until(
      async () => (await thread.client.webhookDeliveries()).nodes[0],
      (delivery) => delivery?.lastError != null,
    );
    expect(failed).toMatchObject({
      status: 'PENDING',
      lastStatusCode: 503,
      lastError: 'the receiver responded with status 503',
    });

    receiver.answer = answerWith(200);
    await until(
      async () => {
        await clock.advance(2_000);
        return receiver.received.length;
      },
      (count) => count === 2,
    );

    const [first, second] = receiver.received;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    await until(
      async () => (await thread.client.webhookDeliveries({ status: ['DELIVERED'] })).nodes.length,
      (count) => count === 1,
    );
  });

  test('that is gone for good is not asked again', async () => {
    await using service = await startTestService({ config });
    const thread = await TestThread.create(service);
    receiver.answer = answerWith(410);
    await thread.run('trivial', { input: human('hello'), webhook: receiver.url() });

    const failed = await until(
      async () => (await thread.client.webhookDeliveries()).nodes[0],
      (delivery) => delivery?.status === 'FAILED',
    );
    expect(failed).toMatchObject({ attempts: 1, lastStatusCode: 410, nextAttemptAt: null });
  });

  test('and hangs holds up nobody else, and what was broken off by a restart is sent by the next process', async () => {
    await using database = await TestDatabase.create();
    {
      await using service = await startTestService({ config, database: database.url });
      const thread = await TestThread.create(service);
      receiver.answer = (response, { path }) =>
        path === '/hangs' ? hang(response, {} as never) : answerWith(204)(response, {} as never);
      await thread.run('trivial', { input: human('one'), webhook: receiver.url('/hangs') });
      await receiver.got(1);
      await thread.run('trivial', { input: human('two'), webhook: receiver.url('/works') });
      // Received isn't delivered yet: what is under way when the process stops is sent again.
      await until(
        async () => (await thread.client.webhookDeliveries({ status: ['DELIVERED'] })).nodes,
        (nodes) => nodes.length === 1,
      );
    }
    receiver.answer = answerWith(204);

    await using service = await startTestService({ config, database: database.url });
    await receiver.got(3);

    expect(receiver.received.map(({ path }) => path)).toEqual(['/hangs', '/works', '/hangs']);
    expect(receiver.received[2]?.body).toBe(receiver.received[0]?.body);
    expect(service.url).toContain('/graphql');
  });
});

describe('a delivery', () => {
  test('can be sent again, with the same id and body, also after its run is gone', async () => {
    await using service = await startTestService({ config });
    const thread = await TestThread.create(service);
    await thread.run('trivial', { input: human('hello'), webhook: receiver.url() });
    const [delivery] = await until(
      async () => (await thread.client.webhookDeliveries({ status: ['DELIVERED'] })).nodes,
      (nodes) => nodes.length === 1,
    );
    unwrap(await thread.client.deleteThread(thread.id));

    const again = unwrap(await thread.client.resendWebhook(delivery!.id));
    await receiver.got(2);

    expect(again).toMatchObject({ id: delivery!.id, status: 'PENDING' });
    expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body);
    await until(
      async () => await thread.client.webhookDelivery(delivery!.id),
      (found) => found?.status === 'DELIVERED' && found.attempts === 2,
    );
    expect(await thread.client.resendWebhook('00000000-0000-4000-8000-000000000000')).toMatchObject({
      __typename: 'NotFoundError',
      kind: 'WebhookDelivery',
    });
    expect(await thread.client.webhookDelivery('nonsense')).toBeNull();
  });
});

describe('a webhook that is not allowed', () => {
  test.each(['http://10.0.0.1/hook', 'http://169.254.169.254/', 'http://localhost/', 'ftp://example.com/'])(
    '%s is refused on both transports, and nothing is stored',
    async (webhook) => {
      await using service = await startTestService();
      const thread = await TestThread.create(service);

      const refused = await thread.client.createRun({
        threadId: thread.id,
        assistantId: 'trivial',
        input: human('hi'),
        webhook,
      });
      expect(refused).toMatchObject({
        __typename: 'ValidationError',
        issues: [{ path: ['webhook'], message: expect.stringMatching(/^must/) }],
      });
      const answer = await fetch(`${new URL(service.url).origin}/threads/${thread.id}/runs`, {
        method: 'POST',
        body: JSON.stringify({ assistant_id: 'trivial', input: human('hi'), webhook }),
      });
      expect(answer.status).toBe(422);
      expect(await answer.text()).toContain('webhook');
      expect((await thread.client.runs(thread.id))?.totalCount).toBe(0);
    },
  );
});
