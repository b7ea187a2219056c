import { describe, expect, test } from 'vitest';
import type { Cron } from '../../src/domain/cron.ts';
import { DEFAULT_OWNER } from '../../src/domain/ids.ts';
import { MemorySignals } from '../../src/messaging/memory-signals.ts';
import { DefaultAssistants } from '../../src/orchestrator/commands/default-assistants.ts';
import type { RunDeps } from '../../src/orchestrator/context.ts';
import { DEFAULT_OPTIONS } from '../../src/orchestrator/context.ts';
import { CLAIM_MS } from '../../src/orchestrator/maintenance/due-queue.ts';
import { startOccurrence } from '../../src/orchestrator/maintenance/start-due-crons.ts';
import { assembleOrchestrator, type Orchestrator } from '../../src/orchestrator/orchestrator.ts';
import type { GraphHost } from '../../src/orchestrator/ports/graph-host.ts';
import type { Store } from '../../src/orchestrator/ports/store.ts';
import { SqlCheckpointStore } from '../../src/storage/checkpoints/sql-checkpoint-store.ts';
import { SqlCronStore } from '../../src/storage/crons/sql-cron-store.ts';
import { Database } from '../../src/storage/database.ts';
import { GroupCommit } from '../../src/storage/log/group-commit.ts';
import { SqlStore } from '../../src/storage/sql-store.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { silentLogger } from '../support/silent-logger.ts';
import { TestDatabase } from '../support/test-database.ts';
import { UNUSED_PORTS } from '../support/unused-ports.ts';

const owner = DEFAULT_OWNER;
const MINUTE = 60_000;
const graphs = {
  graphIds: ['g'],
  has: () => true,
  checkInput: async () => [],
  nodes: async () => ['node'],
} as unknown as GraphHost;

/** Crons of one database, without a process that starts their runs: the test does, and dies at any moment. */
class Crons implements AsyncDisposable {
  readonly clock = new AdvancingClock();
  readonly crons: SqlCronStore;
  readonly deps: RunDeps;
  readonly orchestrator: Orchestrator;
  readonly #database: Database;
  readonly #own: TestDatabase;

  private constructor(clock: AdvancingClock, database: Database, own: TestDatabase) {
    this.clock = clock;
    this.#database = database;
    this.#own = own;
    this.crons = new SqlCronStore(database);
    const commits = new GroupCommit(database);
    const checkpoints = new SqlCheckpointStore({ database, commits, logger: silentLogger });
    const store = new SqlStore({
      database,
      commits,
      checkpointTx: (sql) => checkpoints.tx(sql),
      checkpointReads: async () => [],
    });
    this.deps = {
      ...UNUSED_PORTS,
      store,
      checkpoints,
      crons: this.crons,
      graphs,
      signals: new MemorySignals(),
      subscriptions: { threadDeleted: () => {} } as never,
      clock,
      logger: silentLogger,
      options: { ...DEFAULT_OPTIONS, workerId: 'test' },
      defaults: new DefaultAssistants(store, [
        { graphId: 'g', description: null, seed: { config: {}, context: {} } },
      ]),
    };
    this.orchestrator = assembleOrchestrator(this.deps);
  }

  static async open(): Promise<Crons> {
    const own = await TestDatabase.create();
    const clock = new AdvancingClock();
    const database = await Database.open({ url: own.url, clock });
    own.follow(clock);
    return new Crons(clock, database, own);
  }

  /** A cron that is due. */
  async due(over: Partial<Parameters<Orchestrator['crons']['create']>[0]> = {}): Promise<Cron> {
    const outcome = await this.orchestrator.crons.create({
      owner,
      assistantId: 'g',
      schedule: '* * * * *',
      input: { a: 1 },
      ...over,
    });
    if (outcome.kind !== 'ok') throw new Error(JSON.stringify(outcome));
    await this.clock.advance(MINUTE);
    return outcome.value;
  }

  async claim(): Promise<Cron> {
    const [cron] = await this.crons.claimDue(1, CLAIM_MS);
    if (cron === undefined) throw new Error('No cron is due');
    return cron;
  }

  /** The claims that there are end. */
  claimsEnd(): Promise<void> {
    return this.clock.advance(CLAIM_MS + 1_000);
  }

  async stored() {
    const [runs, threads] = [
      await this.#own.query('select id from run'),
      await this.#own.query('select id from thread'),
    ];
    return { runs: runs.length, threads: threads.length };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database.close();
    await this.#own[Symbol.asyncDispose]();
  }
}

/** The same store for a process that dies at a moment of its next transaction, as its caller sees it. */
function dying(store: Store, moment: 'before it' | 'before its commit' | 'after its commit'): Store {
  const died = () => Promise.reject(new Error('The process died'));
  const transaction: Store['transaction'] = async (work) => {
    if (moment === 'before it') return died();
    await store.transaction(async (tx) => {
      const result = await work(tx);
      if (moment === 'before its commit') await died();
      return result;
    });
    return died();
  };
  return Object.create(store, { transaction: { value: transaction } }) as Store;
}

describe.each(['before it', 'before its commit', 'after its commit'] as const)(
  'whoever starts an occurrence and dies in the transaction, %s,',
  (moment) => {
    test('neither loses it nor has it started twice', async () => {
      await using fixture = await Crons.open();
      const cron = await fixture.due();
      const claimed = await fixture.claim();

      await expect(
        startOccurrence({ ...fixture.deps, store: dying(fixture.deps.store, moment) }, claimed),
      ).rejects.toThrow('The process died');
      const isStored = moment === 'after its commit' ? 1 : 0;
      expect(await fixture.stored()).toEqual({ runs: isStored, threads: isStored });
      await fixture.claimsEnd();
      const next = await fixture.claim();
      await startOccurrence(fixture.deps, next);

      // Once it is the occurrence that was claimed, else the next one, which has come meanwhile.
      expect(next.nextAt?.getTime() === cron.nextAt?.getTime()).toBe(moment !== 'after its commit');
      expect(await fixture.stored()).toEqual({ runs: isStored + 1, threads: isStored + 1 });
      const after = await fixture.orchestrator.crons.find(owner, cron.id);
      expect(after).toMatchObject({ lastAt: next.nextAt, lastError: null });
      expect(after?.nextAt?.getTime()).toBeGreaterThan(fixture.clock.now().getTime() - 1_000);
    });
  },
);

describe('a claimed occurrence', () => {
  test('that was claimed by another meanwhile is started by one of the two, whichever is first, and leaves nothing of the other', async () => {
    await using fixture = await Crons.open();
    await fixture.due();
    const slow = await fixture.claim();
    await fixture.claimsEnd();
    const quick = await fixture.claim();

    const kinds = [
      await startOccurrence(fixture.deps, slow),
      await startOccurrence(fixture.deps, quick),
      await startOccurrence(fixture.deps, quick),
    ];

    expect(kinds.map(({ kind }) => kind)).toEqual(['lost', 'started', 'lost']);
    expect(await fixture.stored()).toEqual({ runs: 1, threads: 1 });
  });

  test.each([
    ['deleted', (fixture: Crons, id: string) => fixture.orchestrator.crons.delete({ owner, id })],
    [
      'paused',
      (fixture: Crons, id: string) => fixture.orchestrator.crons.update({ owner, id, enabled: false }),
    ],
    [
      'moved',
      (fixture: Crons, id: string) => fixture.orchestrator.crons.update({ owner, id, schedule: '0 0 1 1 *' }),
    ],
  ])('whose cron is %s meanwhile is not started', async (_what, change) => {
    await using fixture = await Crons.open();
    const cron = await fixture.due();
    const claimed = await fixture.claim();
    await change(fixture, cron.id);

    expect(await startOccurrence(fixture.deps, claimed)).toEqual({ kind: 'lost' });
    expect(await fixture.stored()).toEqual({ runs: 0, threads: 0 });
  });

  test('is started all the same when its cron is changed in what is not its times', async () => {
    await using fixture = await Crons.open();
    const cron = await fixture.due();
    const claimed = await fixture.claim();
    await fixture.orchestrator.crons.update({ owner, id: cron.id, metadata: { a: 1 } });

    expect(await startOccurrence(fixture.deps, claimed)).toEqual({ kind: 'started' });
    expect(await fixture.orchestrator.crons.find(owner, cron.id)).toMatchObject({
      metadata: { a: 1 },
      lastAt: cron.nextAt,
    });
  });

  test('whose run is refused leaves no thread, and the reason at the cron', async () => {
    await using fixture = await Crons.open();
    const cron = await fixture.due();
    const refusing = {
      ...graphs,
      checkInput: async () => [{ path: ['a'], message: 'must be a string' }],
    } as unknown as GraphHost;

    expect(await startOccurrence({ ...fixture.deps, graphs: refusing }, await fixture.claim())).toEqual({
      kind: 'refused',
    });
    expect(await fixture.stored()).toEqual({ runs: 0, threads: 0 });
    expect(await fixture.orchestrator.crons.find(owner, cron.id)).toMatchObject({
      lastAt: cron.nextAt,
      lastError: 'input.a: must be a string',
    });
  });

  test('of a thread that is deleted meanwhile is gone with it', async () => {
    await using fixture = await Crons.open();
    const thread = await fixture.orchestrator.createThread({ owner, ifExists: 'RAISE' });
    if (thread.kind !== 'ok') throw new Error(thread.kind);
    await fixture.due({ threadId: thread.value.id });
    const claimed = await fixture.claim();
    await fixture.orchestrator.deleteThread({ owner, threadId: thread.value.id });

    expect(await startOccurrence(fixture.deps, claimed)).toEqual({ kind: 'lost' });
    expect(await fixture.stored()).toEqual({ runs: 0, threads: 0 });
  });

  test('that comes up long after the end time is not made up for', async () => {
    await using fixture = await Crons.open();
    const endTime = new Date(fixture.clock.now().getTime() + MINUTE);
    const cron = await fixture.due({ endTime });
    await fixture.clock.advance(2 * MINUTE);

    expect(await startOccurrence(fixture.deps, await fixture.claim())).toEqual({ kind: 'refused' });
    expect(await fixture.stored()).toEqual({ runs: 0, threads: 0 });
    expect(await fixture.orchestrator.crons.find(owner, cron.id)).toMatchObject({
      nextAt: null,
      lastError: expect.stringContaining('end time'),
    });
  });
});
