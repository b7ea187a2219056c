import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_OWNER } from '../../src/domain/ids.ts';
import { isUnfinished } from '../../src/domain/run.ts';
import { DatabaseUnavailableError } from '../../src/orchestrator/ports/database-unavailable.ts';
import type { CreateRun } from '../../src/orchestrator/requests.ts';
import type { Service } from '../../src/service.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { gate, resetGates } from '../support/gates.ts';
import { startTestService } from '../support/service.ts';
import { TestDatabase, testedDatabase } from '../support/test-database.ts';
import { until } from '../support/until.ts';
import { FailingDatabase, type PlannedTrouble, TROUBLES } from './failing-database.ts';
import { FoldingReader, type Line } from './folding-reader.ts';

/**
 * How many histories are played: as many as the variable says, for a long series by hand; otherwise some,
 * within a time that every CI run has.
 */
const ASKED = process.env['INTERJECT_TEST_FOLD_RUNS'];
const RUNS = ASKED === undefined ? 40 : Number(ASKED);
/**
 * No history begins later than this. One that has begun is seen through: a failure shows only after a wait,
 * which an interruption would cut short.
 */
const LIMIT_MS = ASKED === undefined ? 8_000 : Number.POSITIVE_INFINITY;
const YEAR_MS = 365 * 24 * 60 * 60 * 1_000;
const DEADLINE_MS = 20_000;
const owner = DEFAULT_OWNER;
const EXPIRE = "update run set lease_until = 0 where status = 'RUNNING' returning id";
/**
 * Real time after which a run that still has not ended may be one whose claim was stored and never answered:
 * only the end of its lease frees it.
 */
const ORPHANED_MS = 1_500;

/** Graphs, and the gates at which something may happen to a run of theirs. */
const PLACES = {
  echo: ['echo:0', 'echo:2', 'echo:end'],
  'two-tools': ['two-tools:call:1', 'two-tools:first', 'two-tools:answer:0', 'two-tools:answer:2'],
  blocks: [
    'blocks:call:3',
    'blocks:call:4',
    'blocks:call:5',
    'blocks:call:7',
    'blocks:look',
    'blocks:answer:1',
    'blocks:answer:3',
  ],
  'two-streams': ['two-streams:left:2', 'two-streams:right:1', 'two-streams:left:end'],
  subgraph: ['subgraph:speak:2', 'subgraph:speak:end', 'subgraph:finish'],
  nested: ['nested:speak:1', 'nested:speak:end'],
  'create-agent': ['create-agent:1'],
  failing: ['failing'],
  approval: ['approval', 'approval', 'approval', 'approval'], // it has no gate: it pauses for a human
} as const;

const step = fc.record({
  place: fc.constantFrom(
    ...Object.entries(PLACES).flatMap(([graph, gates]) => gates.map((name) => ({ graph, gate: name }))),
  ),
  /** What happens there. TAKE_OVER: another attempt has to go on with the run. */
  act: fc.constantFrom('GO_ON', 'GO_ON', 'INTERRUPT', 'ROLLBACK', 'SUPERSEDE', 'REPLACE', 'TAKE_OVER'),
  troubles: fc.array(fc.record({ after: fc.nat({ max: 8 }), trouble: fc.constantFrom(...TROUBLES) }), {
    maxLength: 5,
  }),
  /**
   * What is done to the thread when its runs have ended. RESUME: the human answers, where a run waits for
   * one. REPLAY: a run goes on from an earlier checkpoint.
   */
  afterwards: fc.constantFrom('NOTHING', 'UPDATE', 'RESUME', 'RESUME', 'REPLAY'),
  /** From which checkpoint, as a share of the history, the newest first. */
  replays: fc.double({ min: 0, max: 1, noNaN: true }),
  deletes: fc.constantFrom(false, false, true),
  /** Where readers were cut, as shares of what the one that stays has got. */
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 3 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/**
 * Histories that were wrong once: an attempt stores messages in a subgraph and is released; the next one goes
 * on behind them, and is stopped. Which transaction has to fail for it, only trying tells.
 */
const FOUND: [Step[]][] = Array.from({ length: 9 }, (_, after) => [
  [
    {
      place: { graph: 'nested', gate: 'nested:speak:1' },
      act: 'INTERRUPT',
      troubles: [{ after, trouble: 'FAIL' }],
      afterwards: 'NOTHING',
      replays: 0,
      deletes: false,
      cuts: [0],
    },
  ],
]);

/**
 * A call is open in the first run's pause; the second run's input is written behind the answer that the
 * server gives to it, and a replay starts from the checkpoint that only holds that input, of which the
 * readers' conversation is without.
 */
const REPLAYED: [Step[]][] = [0.2, 0.4, 0.5, 0.6, 0.8].map((replays) => {
  const paused = {
    place: { graph: 'approval', gate: 'approval' },
    act: 'GO_ON',
    troubles: [],
    replays,
    deletes: false,
    cuts: [0],
  } as const;
  return [
    [
      { ...paused, troubles: [], cuts: [0], afterwards: 'NOTHING' },
      { ...paused, troubles: [], cuts: [0], afterwards: 'REPLAY' },
    ],
  ];
});

/**
 * A model that streams blocks is stopped: in the middle of a character, and behind blocks that nothing
 * continues, one of them a space.
 */
const STOPPED: [Step[]][] = [
  [
    (['blocks:call:4', 'blocks:answer:3'] as const).map((gate) => ({
      place: { graph: 'blocks', gate },
      act: 'INTERRUPT',
      troubles: [],
      afterwards: 'NOTHING',
      replays: 0,
      deletes: false,
      cuts: [0.9],
    })),
  ],
];

const clock = new AdvancingClock();
let database: TestDatabase;
/** On PostgreSQL two processes' worth: commands go to the first, readers to the last. */
const services: Service[] = [];
let failing: FailingDatabase;
let resumed = 0;
let replayed = 0;

beforeAll(async () => {
  database = await TestDatabase.create();
  database.follow(clock);
  for (const workerId of testedDatabase === 'postgres' ? ['one', 'two'] : ['one'])
    services.push(
      await startTestService({
        database: database.url,
        clock,
        config: { workerId },
        options: { leaseMs: YEAR_MS },
      }),
    );
  failing = new FailingDatabase();
});
afterAll(async () => {
  failing[Symbol.dispose]();
  for (const service of services) await service.stop('The tests are over');
  await database[Symbol.asyncDispose]();
});

/** Calls again what the database's trouble has hit, as a client with an idempotency key does. */
async function persist<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) throw error;
    }
  }
}

/** One thread and its readers. */
class History {
  readonly #threadId: string;
  readonly #live: FoldingReader;
  #runs = 0;

  private constructor(threadId: string) {
    this.#threadId = threadId;
    this.#live = FoldingReader.fromStart(services.at(-1)!.url, threadId);
  }

  static async begin(): Promise<History> {
    const created = await services[0]!.orchestrator.createThread({ owner, ifExists: 'RAISE' });
    if (created.kind !== 'ok') throw new Error(`No thread: ${created.kind}`);
    const history = new History(created.value.id);
    await until(() => history.#live.events.length, Boolean);
    return history;
  }

  async play({ place, act, troubles, afterwards, replays, deletes, cuts }: Step): Promise<void> {
    const { orchestrator } = services[0]!;
    const held = gate(place.gate);
    failing.plan(troubles);
    const run = await this.#create(place.graph, 'ENQUEUE');
    await this.#until(async () => held.held > 0 || (await this.#isQuiet()));
    const ref = { owner, threadId: this.#threadId, runId: run };
    if (act === 'INTERRUPT' || act === 'ROLLBACK')
      await persist(() => orchestrator.cancelRun({ ...ref, action: act }));
    if (act === 'SUPERSEDE') await this.#create('trivial', 'INTERRUPT');
    if (act === 'REPLACE') await this.#create('trivial', 'ROLLBACK');
    if (act === 'TAKE_OVER') await this.#loseWorker();
    held.open();
    await this.#until(() => this.#isQuiet());
    if (afterwards === 'UPDATE') await this.#update();
    if (afterwards === 'RESUME') await this.#resume();
    if (afterwards === 'REPLAY') await this.#replay(place.graph, replays);
    await this.#until(() => this.#isQuiet());
    failing.plan([]);
    resetGates();
    await this.check(cuts);
    if (!deletes) return;
    await orchestrator.deleteRun(ref);
    await this.check(cuts);
  }

  /** Every reader has what is stored. */
  async check(cuts: readonly number[]): Promise<void> {
    const stored = await this.#stored();
    // JSON.stringify escapes half a character.
    expect(
      stored.filter(({ content }) => /\\ud[89a-f]/.test(JSON.stringify(content))),
      'messages with half a character',
    ).toEqual([]);
    const { url } = services.at(-1)!;
    const all = this.#live.events;
    const readers: [string, FoldingReader][] = [
      ['that stays', this.#live],
      ['that comes late', FoldingReader.fromStart(url, this.#threadId)],
    ];
    for (const share of cuts) {
      const count = 1 + Math.floor(share * (all.length - 1));
      readers.push([
        `cut behind event ${count} of ${all.length}`,
        FoldingReader.behind(url, this.#threadId, all.slice(0, count)),
      ]);
    }
    for (const [which, reader] of readers) {
      await until(
        () => reader.lines,
        (lines) => isDeepStrictEqual(lines, stored),
      ).catch(() => expect(reader.lines, `the reader ${which}`).toEqual(stored));
      expect(reader.misheard, `what the reader ${which} got of messages before they were complete`).toEqual(
        [],
      );
      if (reader !== this.#live) await reader.leave();
    }
  }

  async end(): Promise<void> {
    failing.plan([]);
    resetGates();
    await this.#live.leave();
    await services[0]!.orchestrator.deleteThread({ owner, threadId: this.#threadId });
  }

  async #create(
    assistantId: string,
    strategy: CreateRun['strategy'],
    from: Partial<CreateRun> = {},
  ): Promise<string> {
    this.#runs += 1;
    const request: CreateRun = {
      owner,
      threadId: this.#threadId,
      assistantId,
      ...(Object.keys(from).length > 0
        ? from
        : { input: { messages: [{ type: 'human', content: `say number ${this.#runs} again` }] } }),
      strategy,
      keepPartialOutput: true,
      keepPendingInput: true,
      recordEvents: false,
      idempotencyKey: `${this.#threadId} ${this.#runs}`,
    };
    const outcome = await persist(() => services[0]!.orchestrator.createRun(request));
    if (outcome.kind !== 'ok') throw new Error(`No run: ${JSON.stringify(outcome)}`);
    return outcome.value.id;
  }

  /** Refused where no node is known to have written: the thread's first run failed before that. */
  async #update(): Promise<void> {
    const values = { messages: [{ type: 'human', content: 'by hand' }] };
    const { kind } = await persist(() =>
      services[0]!.orchestrator.updateThreadState({ owner, threadId: this.#threadId, values }),
    );
    expect(['ok', 'invalid']).toContain(kind);
  }

  async #resume(): Promise<void> {
    const { queries } = services[0]!.orchestrator;
    const thread = await queries.thread(owner, this.#threadId);
    if (thread?.restingStatus !== 'INTERRUPTED') return;
    // A pause that was updated by hand is INTERRUPTED without a question: nothing waits for a resume.
    const state = await queries.state(thread, null, true);
    if ((state?.interrupts ?? []).length === 0) return;
    resumed += 1;
    // A rollback may have left the pause of another graph than the step's.
    await this.#create(thread.graphId ?? '', 'ENQUEUE', { command: { resume: 'yes' } });
  }

  async #replay(graph: string, share: number): Promise<void> {
    const { queries } = services[0]!.orchestrator;
    const thread = (await queries.thread(owner, this.#threadId))!;
    const history = await queries.history(thread, undefined, { limit: 100, inverted: false });
    const from = history[Math.floor(share * (history.length - 1))];
    if (from === undefined) return;
    replayed += 1;
    await this.#create(graph, 'ENQUEUE', { checkpointId: from.checkpointId });
  }

  /**
   * On PostgreSQL the lease is over for another process to see; on SQLite, which no other has, what the run
   * writes is refused until it is released.
   */
  async #loseWorker(): Promise<void> {
    if (testedDatabase === 'postgres') await database.query(EXPIRE);
    else failing.plan(Array.from({ length: 3 }, (): PlannedTrouble => ({ after: 0, trouble: 'FAIL' })));
  }

  /** Waits, and lets back-offs and sweeps become due meanwhile. */
  async #until(isSo: () => Promise<boolean>): Promise<void> {
    let expiresAt = performance.now() + ORPHANED_MS;
    await until(
      async () => {
        if (await isSo()) return null;
        if (performance.now() > expiresAt) {
          await database.query(EXPIRE); // a process does not take over what it is running itself
          expiresAt = performance.now() + ORPHANED_MS;
        }
        await clock.advance(500);
        return this.#rows();
      },
      (rows) => rows === null,
      { pauseMs: 5, deadlineMs: DEADLINE_MS },
    );
  }

  async #isQuiet(): Promise<boolean> {
    return !(await this.#rows()).some(isUnfinished);
  }

  async #rows() {
    const { queries } = services[0]!.orchestrator;
    return queries.runs((await queries.thread(owner, this.#threadId))!, undefined, {
      limit: 1_000,
      inverted: false,
    });
  }

  async #stored(): Promise<Line[]> {
    const { queries } = services[0]!.orchestrator;
    const messages = await queries.messages((await queries.thread(owner, this.#threadId))!);
    return messages.map(({ type, id, content, response_metadata }) => ({
      type,
      id: id ?? null,
      content,
      partial: response_metadata?.['partial'] === true,
      streaming: false,
    }));
  }
}

test('after every run each reader of the conversation has folded what is stored, whatever the database went through', {
  timeout: ASKED === undefined ? 120_000 : 0,
}, async () => {
  const endsAt = performance.now() + LIMIT_MS;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      if (performance.now() > endsAt) return;
      const history = await History.begin();
      try {
        for (const one of steps) await history.play(one);
      } finally {
        await history.end();
      }
    }),
    { numRuns: RUNS, examples: [...STOPPED, ...FOUND, ...REPLAYED] },
  );
  expect(failing.struck, 'transactions that met with trouble').toBeGreaterThan(0);
  expect(replayed, 'runs from an earlier checkpoint').toBeGreaterThan(0);
  if (RUNS >= 50) expect(resumed, 'pauses that were resumed').toBeGreaterThan(0);
});
