import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createClient, type InterjectClient, type NewCron, unwrap } from '../../src/client/public.ts';
import type { Config } from '../../src/config.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { human } from '../support/conversing.ts';
import { gate, resetGates } from '../support/gates.ts';
import { startTestService } from '../support/service.ts';
import { TestDatabase } from '../support/test-database.ts';
import { until } from '../support/until.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

afterEach(resetGates);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const EVERY_MINUTE: NewCron = {
  assistantId: 'trivial',
  schedule: '* * * * *',
  input: human('tick'),
  onRunCompleted: 'KEEP',
};

/** A service whose clock, and whose database's, a test puts forward. */
class Clocked implements AsyncDisposable {
  readonly clock = new AdvancingClock();
  readonly database: TestDatabase;
  client!: InterjectClient;
  #service!: Awaited<ReturnType<typeof startTestService>>;

  private constructor(database: TestDatabase) {
    this.database = database;
    database.follow(this.clock);
  }

  static async start(): Promise<Clocked> {
    const clocked = new Clocked(await TestDatabase.create());
    await clocked.restart();
    return clocked;
  }

  async restart({ webhookAllow = ['127.0.0.1'] }: Partial<Config> = {}): Promise<void> {
    // Leases count by the clock that is put forward.
    const config = { webhookAllow, leaseMs: 365 * 24 * HOUR };
    this.#service = await startTestService({ clock: this.clock, database: this.database.url, config });
    this.client = createClient({ url: this.#service.url });
  }

  async stop(): Promise<void> {
    await this.#service[Symbol.asyncDispose]();
  }

  /** Creates a cron, which must be allowed. */
  async cron(over: Partial<NewCron> = {}) {
    return unwrap(await this.client.crons.create({ ...EVERY_MINUTE, ...over }));
  }

  /** Threads on which its runs were, with their runs. */
  async runs(cronId: string) {
    const { nodes } = await this.client.threads({ metadata: { cron_id: cronId } });
    return (await Promise.all(nodes.map(async ({ id }) => (await this.client.runs(id))?.nodes ?? []))).flat();
  }

  /** Puts the clock to the cron's next time and waits until that has been dealt with. */
  async tick(cronId: string) {
    const before = await this.client.crons.get(cronId);
    if (before?.nextRunAt == null) throw new Error('The cron has no next time');
    await this.clock.advance(new Date(before.nextRunAt).getTime() - this.clock.now().getTime() + 50);
    return this.dealtWith(cronId, before.nextRunAt);
  }

  dealtWith(cronId: string, occurrence: string) {
    return until(
      () => this.client.crons.get(cronId),
      (cron) => cron?.lastRunAt === occurrence,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.database[Symbol.asyncDispose]();
  }
}

describe('a cron', () => {
  test('starts a run with what it was given at each of its times, on a new thread that is kept if asked', async () => {
    await using clocked = await Clocked.start();
    const cron = await clocked.cron({
      metadata: { team: 'a' },
      config: { tags: ['nightly'] },
      interruptAfter: [],
    });

    const first = await clocked.tick(cron.id);
    const second = await clocked.tick(cron.id);

    expect(cron).toMatchObject({
      schedule: '* * * * *',
      timezone: null,
      enabled: true,
      onRunCompleted: 'KEEP',
      multitaskStrategy: null,
      lastRunAt: null,
    });
    expect(new Date(first!.nextRunAt!).getTime() - new Date(first!.lastRunAt!).getTime()).toBe(MINUTE);
    expect(first?.lastRun?.id).not.toBe(second?.lastRun?.id);
    const runs = await clocked.runs(cron.id);
    expect(runs.map(({ id }) => id).sort()).toEqual([first?.lastRun?.id, second?.lastRun?.id].sort());
    expect(new Set(runs.map(({ threadId }) => threadId)).size).toBe(2);
    const ended = unwrap(await clocked.client.joinRun(runs[0]!.threadId, runs[0]!.id));
    expect(ended.run).toMatchObject({
      status: 'SUCCESS',
      input: human('tick'),
      metadata: { team: 'a', cron_id: cron.id },
    });
    expect(ended.run.config).toMatchObject({ tags: ['nightly'] });
  });

  test('has its threads deleted after their runs unless they are to be kept', async () => {
    await using clocked = await Clocked.start();
    const cron = await clocked.cron({ onRunCompleted: null });

    const ticked = await clocked.tick(cron.id);
    const run = ticked!.lastRun!;
    await clocked.client.joinRun(run.threadId, run.id);

    await until(
      () => clocked.client.thread(run.threadId),
      (thread) => thread === null,
    );
    await until(
      async () => {
        await clocked.clock.advance(10 * MINUTE);
        return clocked.client.run(run.id);
      },
      (found) => found === null,
    );
  });

  test('on a thread runs there, and does to its unfinished runs what its strategy says', async () => {
    await using clocked = await Clocked.start();
    const thread = unwrap(await clocked.client.createThread());
    const cron = await clocked.cron({
      threadId: thread.id,
      onRunCompleted: null,
      multitaskStrategy: 'REJECT',
    });
    const middle = gate('echo:2', { holds: 1 });
    const busy = unwrap(
      await clocked.client.createRun({
        threadId: thread.id,
        assistantId: 'echo',
        input: human('one two three'),
      }),
    );
    await middle.reached;

    const refused = await clocked.tick(cron.id);
    expect(refused).toMatchObject({
      lastRun: null,
      lastError: expect.stringContaining(`Thread is busy: run ${busy.id} has not ended`),
    });
    unwrap(await clocked.client.crons.update(cron.id, { multitaskStrategy: 'INTERRUPT' }));
    const started = await clocked.tick(cron.id);

    expect(started).toMatchObject({ lastError: null, lastRun: { threadId: thread.id } });
    unwrap(await clocked.client.joinRun(thread.id, started!.lastRun!.id));
    expect((await clocked.client.runs(thread.id))?.nodes.map(({ id, status }) => [id, status])).toEqual([
      [busy.id, 'INTERRUPTED'],
      [started!.lastRun!.id, 'SUCCESS'],
    ]);
  });

  test('that missed many of its times starts one run for all of them, and goes on from now', async () => {
    await using clocked = await Clocked.start();
    const cron = await clocked.cron();
    await clocked.stop();
    await clocked.clock.advance(3 * HOUR);

    await clocked.restart();
    const caughtUp = await clocked.dealtWith(cron.id, cron.nextRunAt!);

    expect(new Date(caughtUp!.nextRunAt!).getTime()).toBeGreaterThan(clocked.clock.now().getTime() - 1_000);
    await clocked.tick(cron.id);
    expect(await clocked.runs(cron.id)).toHaveLength(2);
  });

  test('ends at its end time, and goes on when that is cleared', async () => {
    await using clocked = await Clocked.start();
    const endTime = new Date(clocked.clock.now().getTime() + 1.5 * MINUTE).toISOString();
    const cron = await clocked.cron({ endTime });

    const last = await clocked.tick(cron.id);
    const rest = last!.nextRunAt === null ? last : await clocked.tick(cron.id);
    expect(rest).toMatchObject({ nextRunAt: null, endTime });

    const cleared = unwrap(await clocked.client.crons.update(cron.id, { endTime: null }));
    expect(cleared.endTime).toBeNull();
    expect(new Date(cleared.nextRunAt!).getTime()).toBeGreaterThan(clocked.clock.now().getTime() - 1_000);
  });

  test('that is paused starts nothing until it is resumed, and then nothing that it missed', async () => {
    await using clocked = await Clocked.start();
    const paused = await clocked.cron();
    const other = await clocked.cron();
    expect(unwrap(await clocked.client.crons.update(paused.id, { enabled: false }))).toMatchObject({
      enabled: false,
      nextRunAt: null,
    });

    await clocked.tick(other.id);
    await clocked.tick(other.id);
    expect(await clocked.runs(paused.id)).toEqual([]);

    unwrap(await clocked.client.crons.update(paused.id, { enabled: true }));
    await clocked.tick(paused.id);
    expect(await clocked.runs(paused.id)).toHaveLength(1);
  });

  test('goes by the clock of its time zone, on both sides of a change to daylight saving', async () => {
    await using clocked = await Clocked.start();
    const cron = await clocked.cron({ schedule: '30 8 * * *', timezone: 'Europe/Berlin' });
    const hourThere = (iso: string) =>
      new Intl.DateTimeFormat('en-GB', {
        timeZone: 'Europe/Berlin',
        hour: '2-digit',
        minute: '2-digit',
      }).format(new Date(iso));

    const hoursInUtc = new Set([new Date(cron.nextRunAt!).getUTCHours()]);
    for (let months = 0; months < 7; months += 1) {
      await clocked.clock.advance(30 * 24 * HOUR);
      const { nextRunAt } = (await until(
        () => clocked.client.crons.get(cron.id),
        (found) => found?.nextRunAt != null && new Date(found.nextRunAt) > clocked.clock.now(),
      ))!;
      expect(hourThere(nextRunAt!)).toBe('08:30');
      hoursInUtc.add(new Date(nextRunAt!).getUTCHours());
    }

    expect(hoursInUtc).toEqual(new Set([6, 7]));
  });

  test('is gone with its thread, and with its assistant; what it started stays', async () => {
    await using clocked = await Clocked.start();
    const { client } = clocked;
    const thread = unwrap(await client.createThread());
    const assistant = unwrap(await client.assistants.create({ graphId: 'trivial' }));
    const onThread = await clocked.cron({ threadId: thread.id, onRunCompleted: null });
    const ofAssistant = await clocked.cron({ assistantId: assistant.id });
    const other = await clocked.cron();

    unwrap(await client.deleteThread(thread.id));
    expect(await client.crons.get(onThread.id)).toBeNull();
    unwrap(await client.assistants.delete(assistant.id));
    expect(await client.crons.get(ofAssistant.id)).toBeNull();
    await clocked.tick(other.id);
    unwrap(await client.crons.delete(other.id));

    expect(await client.crons.count()).toBe(0);
    expect(await clocked.runs(other.id)).toHaveLength(1);
  });

  test("has each of its runs' ends told to its webhook", async () => {
    await using receiver = await WebhookReceiver.start();
    await using clocked = await Clocked.start();
    const cron = await clocked.cron({ webhook: receiver.url() });

    const ticked = await clocked.tick(cron.id);
    await receiver.got(1);

    expect(receiver.received.map(({ body }) => JSON.parse(body))).toMatchObject([
      { run_id: ticked!.lastRun!.id, status: 'success', metadata: { cron_id: cron.id } },
    ]);
  });

  test('tells why a run was not started, and goes on', async () => {
    await using clocked = await Clocked.start();
    const cron = await clocked.cron({ webhook: 'http://127.0.0.1:1/' });
    await clocked.stop();
    await clocked.restart({ webhookAllow: [] }); // now its webhook is allowed no more

    const refused = await clocked.tick(cron.id);

    expect(refused).toMatchObject({ lastRun: null, lastError: expect.stringMatching(/^webhook: /) });
    expect(refused!.nextRunAt).not.toBeNull();
  });
});

describe('listing', () => {
  let clocked: Clocked;
  beforeEach(async () => {
    clocked = await Clocked.start();
    return () => clocked[Symbol.asyncDispose]();
  });

  test('filters and pages, newest first, and counts', async () => {
    const { crons } = clocked.client;
    const thread = unwrap(await clocked.client.createThread());
    const first = await clocked.cron({ metadata: { team: 'a' } });
    const second = await clocked.cron({ threadId: thread.id, onRunCompleted: null, enabled: false });
    const third = await clocked.cron({ assistantId: 'echo', metadata: { team: 'a', more: 1 } });
    const found = async (filter: Parameters<typeof crons.search>[0]) =>
      (await crons.search(filter)).nodes.map(({ id }) => id);

    expect(await found({})).toEqual([third.id, second.id, first.id]);
    expect(await found({ metadata: { team: 'a' } })).toEqual([third.id, first.id]);
    expect(await found({ assistantId: 'echo' })).toEqual([third.id]);
    expect(await found({ threadId: thread.id })).toEqual([second.id]);
    expect(await found({ enabled: false })).toEqual([second.id]);
    expect(await found({ threadId: 'nonsense' })).toEqual([]);
    expect(await crons.count({ metadata: { team: 'a' } })).toBe(2);
    const page = await crons.search({ first: 2 });
    expect(page.nodes.map(({ id }) => id)).toEqual([third.id, second.id]);
    expect(await found({ first: 2, after: page.pageInfo.endCursor! })).toEqual([first.id]);
    expect(await crons.get('nonsense')).toBeNull();
  });
});

describe('what makes no sense', () => {
  test.each<[string, Partial<NewCron>, string[], string]>([
    ['a schedule', { schedule: 'every day' }, ['schedule'], 'must have five fields'],
    ['a schedule with seconds', { schedule: '* * * * * *' }, ['schedule'], 'must have five fields'],
    ['a time zone', { timezone: 'Mars/Olympus' }, ['timezone'], 'must be an IANA time zone'],
    ['metadata', { metadata: ['a'] }, ['metadata'], 'must be a JSON object'],
    ['a config', { config: 'fast' }, ['config'], 'must be a JSON object'],
    ['a webhook', { webhook: 'http://10.0.0.1/' }, ['webhook'], 'must'],
    ['a node', { interruptBefore: ['nowhere'] }, ['interruptBefore'], 'the graph has no node "nowhere"'],
    [
      'a strategy without a thread',
      { multitaskStrategy: 'REJECT' },
      ['multitaskStrategy'],
      'is only allowed for crons with a threadId',
    ],
  ])('is refused, and nothing is stored: %s', async (_name, over, path, message) => {
    await using clocked = await Clocked.start();

    const refused = await clocked.client.crons.create({ ...EVERY_MINUTE, ...over });

    expect(refused).toMatchObject({
      __typename: 'ValidationError',
      issues: [{ path, message: expect.stringContaining(message) }],
    });
    expect(await clocked.client.crons.count()).toBe(0);
  });

  test('is refused in a change, and changes nothing', async () => {
    await using clocked = await Clocked.start();
    const cron = await clocked.cron();

    expect(
      await clocked.client.crons.update(cron.id, { schedule: 'never', metadata: { a: 1 } }),
    ).toMatchObject({
      __typename: 'ValidationError',
    });
    expect(await clocked.client.crons.get(cron.id)).toEqual(cron);
  });

  test('is told: what is not there', async () => {
    await using clocked = await Clocked.start();
    const { crons } = clocked.client;
    const UNKNOWN = '0198a000-0000-4000-8000-000000000000';

    expect(await crons.create({ ...EVERY_MINUTE, assistantId: 'nobody' })).toMatchObject({
      __typename: 'NotFoundError',
      kind: 'Assistant',
    });
    expect(await crons.create({ ...EVERY_MINUTE, onRunCompleted: null, threadId: UNKNOWN })).toMatchObject({
      __typename: 'NotFoundError',
      kind: 'Thread',
    });
    expect(await crons.update(UNKNOWN, { enabled: false })).toMatchObject({
      __typename: 'NotFoundError',
      kind: 'Cron',
    });
    expect(await crons.delete('nonsense')).toMatchObject({ __typename: 'NotFoundError', kind: 'Cron' });
  });
});
