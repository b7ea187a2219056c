import { describe, expect, test } from 'vitest';
import type { Cron } from '../../src/domain/cron.ts';
import {
  type AssistantId,
  DEFAULT_OWNER,
  newCronId,
  newRunId,
  newThreadId,
  type Owner,
} from '../../src/domain/ids.ts';
import { runOptions } from '../../src/domain/run-options.ts';
import type { CronTx } from '../../src/orchestrator/ports/crons.ts';
import { SqlCronTx } from '../../src/storage/crons/cron-tx.ts';
import { SqlCronStore } from '../../src/storage/crons/sql-cron-store.ts';
import { Database } from '../../src/storage/database.ts';
import { SqlThreadTx } from '../../src/storage/threads/thread-tx.ts';
import { aThread } from '../contract/store-data.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { hasPostgres } from '../support/postgres.ts';
import { TestDatabase } from '../support/test-database.ts';

const MINUTE = 60_000;
const OTHER = 'other' as Owner;
const ASSISTANT = '0198a000-0000-4000-8000-00000000000a' as AssistantId;

class Fixture implements AsyncDisposable {
  readonly clock: AdvancingClock;
  readonly database: Database;
  readonly crons: SqlCronStore;
  readonly #own: TestDatabase;

  private constructor(clock: AdvancingClock, database: Database, own: TestDatabase) {
    this.clock = clock;
    this.database = database;
    this.crons = new SqlCronStore(database);
    this.#own = own;
  }

  static async open(kind: 'sqlite' | 'postgres'): Promise<Fixture> {
    const own = await TestDatabase.create(kind);
    const clock = new AdvancingClock();
    const database = await Database.open({ url: own.url, clock });
    own.follow(clock);
    return new Fixture(clock, database, own);
  }

  tx<T>(work: (tx: CronTx) => Promise<T>): Promise<T> {
    return this.database.transaction((sql) => work(new SqlCronTx(sql)));
  }

  /** Stores a cron that is due this many ms from now. */
  async insert(dueInMs: number | null, over: Partial<Cron> = {}): Promise<Cron> {
    const now = this.database.read.now;
    const nextAt = dueInMs === null ? null : new Date(now.getTime() + dueInMs);
    const cron: Cron = {
      id: newCronId(),
      owner: DEFAULT_OWNER,
      assistantId: ASSISTANT,
      threadId: null,
      onRunCompleted: 'DELETE',
      strategy: null,
      schedule: '0 * * * *',
      timezone: 'Europe/Berlin',
      endTime: null,
      enabled: true,
      payload: {
        input: { text: 'hi' },
        config: { tags: ['t'] },
        context: null,
        webhook: '/hooks',
        ...runOptions({ interruptBefore: ['*'] }),
        durability: 'exit',
        request: { stream_mode: ['values'] },
      },
      metadata: { team: 'a' },
      nextAt,
      dueAt: nextAt,
      claims: 0,
      lastAt: null,
      lastRunId: null,
      lastError: null,
      createdAt: now,
      updatedAt: now,
      ...over,
    };
    await this.tx((tx) => tx.insert(cron));
    return cron;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database.close();
    await this.#own[Symbol.asyncDispose]();
  }
}

const ids = (crons: readonly Cron[]) => crons.map(({ id }) => id);

describe.each(hasPostgres ? (['sqlite', 'postgres'] as const) : (['sqlite'] as const))(
  'crons on %s',
  (kind) => {
    test('are given back as they were stored, to their owner', async () => {
      await using fixture = await Fixture.open(kind);
      const cron = await fixture.insert(MINUTE, { endTime: new Date(4_000_000_000_000) });

      expect(await fixture.crons.find(DEFAULT_OWNER, cron.id)).toEqual(cron);
      expect(await fixture.crons.find(OTHER, cron.id)).toBeNull();
      expect(await fixture.tx((tx) => tx.lock(OTHER, cron.id))).toBeNull();
      expect(await fixture.tx((tx) => tx.delete(OTHER, cron.id))).toBe(false);
      expect(await fixture.tx((tx) => tx.delete(DEFAULT_OWNER, cron.id))).toBe(true);
      expect(await fixture.crons.find(DEFAULT_OWNER, cron.id)).toBeNull();
    });

    test('that are due are handed out, each to one, the longest due first', async () => {
      await using fixture = await Fixture.open(kind);
      const [late, later] = [await fixture.insert(-MINUTE), await fixture.insert(-2 * MINUTE)];
      await fixture.insert(MINUTE);
      await fixture.insert(null);

      const claimed = (await Promise.all([1, 2, 3].map(() => fixture.crons.claimDue(1, MINUTE)))).flat();

      expect(ids(claimed).sort()).toEqual([late.id, later.id].sort());
      expect(claimed.map(({ claims }) => claims)).toEqual([1, 1]);
      expect(await fixture.crons.claimDue(10, MINUTE)).toEqual([]);
      expect(await fixture.crons.dueInMs()).toBeGreaterThan(MINUTE / 2);
    });

    test('that nobody has finished are due again after the claim, and then only the later claim counts', async () => {
      await using fixture = await Fixture.open(kind);
      await fixture.insert(-1_000);
      const [first] = await fixture.crons.claimDue(1, MINUTE);
      await fixture.clock.advance(MINUTE + 1_000);
      const [second] = await fixture.crons.claimDue(1, MINUTE);
      const next = new Date(first!.nextAt!.getTime() + 60 * MINUTE);
      const end = { nextAt: next, runId: newRunId(), error: null };

      expect(second).toMatchObject({ id: first!.id, nextAt: first!.nextAt, claims: 2 });
      expect(await fixture.tx((tx) => tx.finish(first!, end))).toBe(false);
      expect(await fixture.tx((tx) => tx.finish(second!, end))).toBe(true);
      expect(await fixture.tx((tx) => tx.finish(second!, end))).toBe(false);
      expect(await fixture.crons.find(DEFAULT_OWNER, first!.id)).toMatchObject({
        nextAt: next,
        dueAt: next,
        lastAt: first!.nextAt,
        lastRunId: end.runId,
        lastError: null,
      });
    });

    test('whose times somebody has changed are no longer who claimed them', async () => {
      await using fixture = await Fixture.open(kind);
      await fixture.insert(-1_000);
      const [claimed] = await fixture.crons.claimDue(1, MINUTE);

      await fixture.tx((tx) =>
        tx.update({ ...claimed!, enabled: false, nextAt: null, dueAt: null, claims: claimed!.claims + 1 }),
      );

      expect(
        await fixture.tx((tx) => tx.finish(claimed!, { nextAt: new Date(), runId: newRunId(), error: null })),
      ).toBe(false);
      expect(await fixture.crons.dueInMs()).toBeNull();
    });

    test('go with their thread, and with their assistant', async () => {
      await using fixture = await Fixture.open(kind);
      const thread = { ...aThread(), id: newThreadId() };
      await fixture.database.transaction((sql) => new SqlThreadTx(sql).insert(thread));
      const onThread = await fixture.insert(MINUTE, {
        threadId: thread.id,
        onRunCompleted: null,
        strategy: 'ENQUEUE',
      });
      const other = await fixture.insert(MINUTE, {
        assistantId: '0198a000-0000-4000-8000-00000000000b' as AssistantId,
      });
      const ofAssistant = await fixture.insert(MINUTE);
      const all = { owner: DEFAULT_OWNER, window: { limit: 10, inverted: false } };
      expect(ids(await fixture.crons.page(all))).toEqual([ofAssistant.id, other.id, onThread.id]);

      await fixture.database.transaction((sql) => new SqlThreadTx(sql).delete(thread.id));
      expect(ids(await fixture.crons.page(all))).toEqual([ofAssistant.id, other.id]);
      await fixture.tx((tx) => tx.deleteOfAssistant(DEFAULT_OWNER, ASSISTANT));
      expect(ids(await fixture.crons.page(all))).toEqual([other.id]);
    });

    test('are searched by what is asked, in the order that is asked; what has no such value comes last', async () => {
      await using fixture = await Fixture.open(kind);
      const first = await fixture.insert(2 * MINUTE, { metadata: { team: 'a', kind: 'x' } });
      const second = await fixture.insert(MINUTE, { metadata: { team: 'b' } });
      const third = await fixture.insert(null, { enabled: false });
      await fixture.insert(MINUTE, { owner: OTHER });
      const search = {
        owner: DEFAULT_OWNER,
        limit: 10,
        offset: 0,
        sortBy: 'NEXT_RUN_DATE',
        direction: 'ASC',
      } as const;

      expect(ids(await fixture.crons.search(search))).toEqual([second.id, first.id, third.id]);
      expect(ids(await fixture.crons.search({ ...search, direction: 'DESC' }))).toEqual([
        first.id,
        second.id,
        third.id,
      ]);
      expect(ids(await fixture.crons.search({ ...search, limit: 1, offset: 1 }))).toEqual([first.id]);
      expect(ids(await fixture.crons.search({ ...search, sortBy: 'CRON_ID' }))).toEqual([
        first.id,
        second.id,
        third.id,
      ]);
      expect(ids(await fixture.crons.search({ ...search, metadata: { team: 'a' } }))).toEqual([
        first.id,
        third.id,
      ]);
      expect(ids(await fixture.crons.search({ ...search, enabled: false }))).toEqual([third.id]);
      expect(await fixture.crons.count({ owner: DEFAULT_OWNER })).toBe(3);
      expect(
        await fixture.crons.count({ owner: DEFAULT_OWNER, enabled: true, metadata: { team: 'b' } }),
      ).toBe(1);
      expect(await fixture.crons.count({ owner: DEFAULT_OWNER, threadId: newThreadId() })).toBe(0);
    });
  },
);
