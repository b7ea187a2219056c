import { describe, expect, test } from 'vitest';
import { DEFAULT_OWNER, newRunId, type Owner } from '../../src/domain/ids.ts';
import type { Run } from '../../src/domain/run.ts';
import type { WebhookDelivery } from '../../src/domain/webhook.ts';
import { Database } from '../../src/storage/database.ts';
import { SqlWebhookOutbox } from '../../src/storage/webhooks/sql-webhook-outbox.ts';
import { SqlWebhookTx } from '../../src/storage/webhooks/webhook-tx.ts';
import { aRun, aThread } from '../contract/store-data.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { hasPostgres } from '../support/postgres.ts';
import { TestDatabase } from '../support/test-database.ts';

const MINUTE = 60_000;
const ALL = { limit: 100, inverted: false };

class Fixture implements AsyncDisposable {
  readonly clock: AdvancingClock;
  readonly database: Database;
  readonly outbox: SqlWebhookOutbox;
  readonly #own: TestDatabase;

  private constructor(clock: AdvancingClock, database: Database, own: TestDatabase) {
    this.clock = clock;
    this.database = database;
    this.outbox = new SqlWebhookOutbox(database);
    this.#own = own;
  }

  static async open(kind: 'sqlite' | 'postgres'): Promise<Fixture> {
    const own = await TestDatabase.create(kind);
    const clock = new AdvancingClock();
    const database = await Database.open({ url: own.url, clock });
    own.follow(clock);
    return new Fixture(clock, database, own);
  }

  /** Stores the end of a run with a webhook. */
  async enqueue(over: Partial<Run> = {}): Promise<Run> {
    const run = {
      ...aRun(aThread()),
      id: newRunId(),
      status: 'SUCCESS',
      endReason: 'COMPLETED',
      ...over,
    } as const;
    await this.database.transaction((sql) =>
      new SqlWebhookTx(sql).enqueue({ ...run, webhook: 'https://example.com/hook' }),
    );
    return { ...run, webhook: 'https://example.com/hook' };
  }

  list(owner: Owner = DEFAULT_OWNER): Promise<WebhookDelivery[]> {
    return this.outbox.list({ owner, window: ALL });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database.close();
    await this.#own[Symbol.asyncDispose]();
  }
}

describe.each(hasPostgres ? (['sqlite', 'postgres'] as const) : (['sqlite'] as const))(
  'the outbox of webhooks on %s',
  (kind) => {
    test('has what was put into it, with the run as it ended', async () => {
      await using fixture = await Fixture.open(kind);
      const run = await fixture.enqueue({
        owner: DEFAULT_OWNER,
        error: { name: 'Error', message: 'Boo!' },
        finishedAt: new Date(1_000),
      });

      const [delivery] = await fixture.list();

      expect(delivery).toMatchObject({
        status: 'PENDING',
        attempts: 0,
        url: 'https://example.com/hook',
        body: null,
        runId: run.id,
      });
      expect(delivery?.run).toEqual(run);
    });

    test('hands out what is due, once, until the claim is over', async () => {
      await using fixture = await Fixture.open(kind);
      const first = await fixture.enqueue();
      const second = await fixture.enqueue();

      const claimed = await Promise.all([
        fixture.outbox.claimDue(1, MINUTE),
        fixture.outbox.claimDue(2, MINUTE),
      ]);
      expect(
        claimed
          .flat()
          .map(({ runId }) => runId)
          .sort(),
      ).toEqual([first.id, second.id].sort());
      expect(await fixture.outbox.claimDue(2, MINUTE)).toEqual([]);
      expect(await fixture.outbox.dueInMs()).toBeGreaterThan(0);

      await fixture.clock.advance(MINUTE + 1_000);
      const again = await fixture.outbox.claimDue(2, MINUTE);
      expect(again.map(({ attempts }) => attempts)).toEqual([2, 2]);
    });

    test('takes nothing from a claim that is over', async () => {
      await using fixture = await Fixture.open(kind);
      await fixture.enqueue();
      const [late] = await fixture.outbox.claimDue(1, MINUTE);
      await fixture.clock.advance(MINUTE + 1_000);
      const [current] = await fixture.outbox.claimDue(1, MINUTE);

      expect(await fixture.outbox.keepBody(late!, 'late')).toBe(false);
      expect(await fixture.outbox.end(late!, { kind: 'delivered', statusCode: 200 })).toBe(false);
      expect(await fixture.outbox.keepBody(current!, 'current')).toBe(true);
      expect(await fixture.outbox.end(current!, { kind: 'delivered', statusCode: 200 })).toBe(true);
      expect(
        await fixture.outbox.end(current!, { kind: 'failed', statusCode: 500, error: 'twice', pauseMs: 1 }),
      ).toBe(false);

      expect(await fixture.list()).toMatchObject([
        { status: 'DELIVERED', body: 'current', attempts: 2, lastStatusCode: 200, dueAt: null },
      ]);
    });

    test('has a failed attempt due again after its pause, and none after the last', async () => {
      await using fixture = await Fixture.open(kind);
      await fixture.enqueue();
      const [first] = await fixture.outbox.claimDue(1, MINUTE);
      await fixture.outbox.end(first!, { kind: 'failed', statusCode: 503, error: 'busy', pauseMs: 5_000 });

      expect(await fixture.outbox.claimDue(1, MINUTE)).toEqual([]);
      await fixture.clock.advance(6_000);
      const [second] = await fixture.outbox.claimDue(1, MINUTE);
      expect(second).toMatchObject({ attempts: 2, lastStatusCode: 503, lastError: 'busy' });
      await fixture.outbox.end(second!, { kind: 'failed', statusCode: null, error: 'gone', pauseMs: null });

      await fixture.clock.advance(24 * 60 * MINUTE);
      expect(await fixture.outbox.claimDue(1, MINUTE)).toEqual([]);
      expect(await fixture.outbox.dueInMs()).toBeNull();
      expect(await fixture.list()).toMatchObject([
        { status: 'FAILED', lastStatusCode: null, lastError: 'gone' },
      ]);
    });

    test('has what was broken off due at once', async () => {
      await using fixture = await Fixture.open(kind);
      await fixture.enqueue();
      const [claimed] = await fixture.outbox.claimDue(1, MINUTE);
      await fixture.outbox.end(claimed!, { kind: 'broken-off' });

      expect(await fixture.outbox.claimDue(1, MINUTE)).toHaveLength(1);
    });

    test('sends again what was delivered, for its owner only', async () => {
      await using fixture = await Fixture.open(kind);
      await fixture.enqueue();
      const [claimed] = await fixture.outbox.claimDue(1, MINUTE);
      await fixture.outbox.keepBody(claimed!, 'body');
      await fixture.outbox.end(claimed!, { kind: 'delivered', statusCode: 200 });

      expect(await fixture.outbox.resend('somebody else' as Owner, claimed!.id)).toBeNull();
      expect(await fixture.outbox.claimDue(1, MINUTE)).toEqual([]);
      expect(await fixture.outbox.resend(DEFAULT_OWNER, claimed!.id)).toMatchObject({
        status: 'PENDING',
        deliveredAt: null,
      });

      expect(await fixture.outbox.claimDue(1, MINUTE)).toMatchObject([
        { id: claimed!.id, body: 'body', attempts: 2 },
      ]);
    });

    test('lists and finds an owner’s deliveries, newest first, by run and status', async () => {
      await using fixture = await Fixture.open(kind);
      const runs = [
        await fixture.enqueue(),
        await fixture.enqueue(),
        await fixture.enqueue({ owner: 'another' as Owner }),
      ];
      const [claimed] = await fixture.outbox.claimDue(1, MINUTE);
      await fixture.outbox.end(claimed!, { kind: 'delivered', statusCode: 200 });

      const mine = await fixture.list();
      expect(mine.map(({ runId }) => runId)).toEqual([runs[1]!.id, runs[0]!.id]);
      const byRun = await fixture.outbox.list({ owner: DEFAULT_OWNER, runId: runs[0]!.id, window: ALL });
      expect(byRun).toMatchObject([{ status: 'DELIVERED' }]);
      expect(
        await fixture.outbox.list({ owner: DEFAULT_OWNER, status: ['PENDING'], window: ALL }),
      ).toMatchObject([{ runId: runs[1]!.id }]);
      expect(await fixture.outbox.list({ owner: DEFAULT_OWNER, status: [], window: ALL })).toEqual([]);
      const page = await fixture.outbox.list({
        owner: DEFAULT_OWNER,
        window: { after: mine[0]!.id, limit: 1, inverted: false },
      });
      expect(page).toEqual([mine[1]]);
      expect(await fixture.outbox.find('another' as Owner, mine[0]!.id)).toBeNull();
      expect(await fixture.outbox.find(DEFAULT_OWNER, mine[0]!.id)).toEqual(mine[0]);
    });

    test('loses what was told long ago, and nothing that is still to be told', async () => {
      await using fixture = await Fixture.open(kind);
      await fixture.enqueue();
      const pending = await fixture.enqueue();
      const [claimed] = await fixture.outbox.claimDue(1, MINUTE);
      await fixture.outbox.end(claimed!, { kind: 'delivered', statusCode: 200 });
      await fixture.clock.advance(10 * MINUTE);

      expect(await fixture.outbox.removeOld(20 * MINUTE, 10)).toBe(0);
      expect(await fixture.outbox.removeOld(5 * MINUTE, 10)).toBe(1);

      expect(await fixture.list()).toMatchObject([{ runId: pending.id }]);
    });
  },
);
