import { describe, expect, test } from 'vitest';
import type { EventBody } from '../../src/domain/event.ts';
import { DEFAULT_OWNER, newRunId, newThreadId } from '../../src/domain/ids.ts';
import type { Run, StopRequest } from '../../src/domain/run.ts';
import type { Thread } from '../../src/domain/thread.ts';
import { type Context, DEFAULT_OPTIONS } from '../../src/orchestrator/context.ts';
import { type Settled, type SettleRequest, settle } from '../../src/orchestrator/execution/settle.ts';
import { DatabaseUnavailableError } from '../../src/orchestrator/ports/database-unavailable.ts';
import type { Reconcile } from '../../src/orchestrator/ports/graph-host.ts';
import { ClaimLostError, type RunPatch, type Tx } from '../../src/orchestrator/ports/store.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

const NOW = new Date(2_000_000);
const threadId = newThreadId();
const thread = {
  id: threadId,
  owner: DEFAULT_OWNER,
  graphId: 'bound',
  restingStatus: 'IDLE',
  ttl: null,
  metadata: {},
} as unknown as Thread;
const hook = 'https://example.com/hook';
const said = { messages: [{ type: 'human', content: 'hi' }] };

const runOf = (fields: Partial<Run> = {}): Run =>
  ({
    id: newRunId(),
    threadId,
    owner: DEFAULT_OWNER,
    graphId: 'echo',
    assistantId: 'assistant',
    status: 'RUNNING',
    attempt: 2,
    input: said,
    config: {},
    context: null,
    metadata: {},
    stop: null,
    webhook: null,
    carry: 'NONE',
    carriedBy: null,
    abandoned: [],
    baseCheckpointId: null,
    headBefore: 'before',
    threadStatusBefore: null,
    createdAt: new Date(1_000_000),
    startedAt: new Date(1_500_000),
    finishedAt: null,
    ...fields,
  }) as Run;

const stopOf = (fields: Partial<StopRequest> = {}): StopRequest => ({
  action: 'INTERRUPT',
  reason: 'CANCELLED',
  by: null,
  keepPartialOutput: true,
  ...fields,
});

/** What the stores hold and answer. */
type World = {
  readonly run: Run;
  readonly others?: readonly Run[];
  readonly head?: string | null;
  readonly brought?: { readonly input: boolean; readonly ahead: boolean };
  readonly hasCheckpoint?: boolean;
  readonly inputHeldBy?: string | null;
  /** What committing a repair comes to, time after time. */
  readonly commits?: readonly boolean[];
  readonly isBufferEmpty?: boolean;
  readonly reconcile?: (request: Reconcile) => Promise<readonly EventBody[]>;
  /** Before the run is read in each transaction. */
  readonly onTransaction?: (nth: number, run: Run) => Run;
  /** Fails when a run is written, time after time; null: it does not. */
  readonly failures?: readonly (Error | null)[];
};

async function settleIn(world: World, request: Partial<SettleRequest> = {}) {
  const written: unknown[][] = [];
  const sent: string[] = [];
  const asked: Reconcile[] = [];
  const logger = new RecordingLogger();
  const commits = [...(world.commits ?? [])];
  const failures = [...(world.failures ?? [])];
  let { run } = world;
  let transactions = 0;
  const rows = [run, ...(world.others ?? [])];
  const find = async (id: string): Promise<Run | null> =>
    id === run.id ? run : (rows.find((one) => one.id === id) ?? null);
  const tx = {
    now: NOW,
    threads: {
      lockAny: async () => thread,
      update: async (_id: string, patch: object) => void written.push(['thread', patch]),
    },
    runs: {
      find,
      ahead: async () => [],
      withCarry: async (_thread: string, carry: readonly string[]) =>
        rows.filter((one) => carry.includes(one.carry)),
      newestStarted: async () => world.others?.find(({ status }) => status === 'SUCCESS') ?? null,
      update: async (id: string, patch: RunPatch) => {
        const failure = id === run.id ? (failures.shift() ?? null) : null;
        if (failure !== null) throw failure;
        written.push(['run', id, patch]);
      },
      delete: async (id: string) => void written.push(['delete', id]),
    },
    checkpoints: {
      head: async () => (world.head === undefined ? 'head' : world.head),
      broughtBy: async () => world.brought ?? { input: true, ahead: true },
      inputHeldBy: async (_thread: string, checkpoint: string) =>
        checkpoint === 'held' ? (world.inputHeldBy ?? null) : null,
      commit: async () => {
        const isCommitted = commits.shift() ?? true;
        written.push(['commit', isCommitted]);
        return isCommitted;
      },
      rollBackRun: async (_thread: string, id: string) => void written.push(['rollBack', id]),
    },
    events: {
      append: async (_thread: string, events: readonly object[]) => void written.push(['events', ...events]),
      removeRun: async (_thread: string, id: string) => void written.push(['removeEvents', id]),
    },
    webhooks: { enqueue: async ({ id }: Run) => void written.push(['webhook', id]) },
  } as unknown as Tx;
  const context = {
    options: DEFAULT_OPTIONS,
    logger,
    clock: { timer: () => ({ [Symbol.dispose]: () => {} }) },
    signals: { send: ({ kind }: { kind: string }) => sent.push(kind) },
    store: {
      reads: { activeRun: async () => run },
      transaction: async (work: (tx: Tx) => Promise<unknown>) => {
        transactions += 1;
        run = world.onTransaction?.(transactions, run) ?? run;
        return work(tx);
      },
    },
    checkpoints: {
      buffer: async () => ({ isEmpty: world.isBufferEmpty ?? false }),
      runHasCheckpoint: async () => world.hasCheckpoint ?? true,
    },
    graphs: {
      reconcile: async (reconcile: Reconcile) => {
        asked.push(reconcile);
        return (
          (await world.reconcile?.(reconcile)) ?? [{ kind: 'MESSAGE_COMPLETED', message: { id: 'mended' } }]
        );
      },
    },
  } as unknown as Context;
  const whole: SettleRequest = {
    claim: { runId: run.id, threadId, attempt: run.attempt },
    execution: { kind: 'finished', paused: false },
    timedOut: false,
    interrupts: [],
    partials: [],
    lastPublishedCheckpoint: 'head',
    mayBeUnpublished: false,
    newInput: undefined,
    wasStarted: true,
    abandoned: [],
    ...request,
  };
  const outcome: Settled | Error = await settle(context, whole).catch((error: Error) => error);
  const of = (what: string): unknown[][] =>
    written.filter(([kind]) => kind === what).map(([, ...rest]) => rest);
  return {
    outcome,
    written,
    of,
    sent,
    asked,
    logger,
    transactions: () => transactions,
    patch: () => of('run').find(([id]) => id === run.id)?.[1],
    bodies: () => of('events').flatMap((events) => (events as { body: EventBody }[]).map(({ body }) => body)),
  };
}

const completed = { status: 'SUCCESS', endReason: 'COMPLETED', error: null };

describe('a run that ended by itself', () => {
  test('is written with all that follows from it, and the next is woken', async () => {
    const run = runOf();
    const settled = await settleIn({ run });

    const patch = {
      ...completed,
      supersededBy: null,
      abandoned: [],
      headAfter: 'head',
      leaseOwner: null,
      leaseUntil: null,
      finishedAt: NOW,
      updatedAt: NOW,
    };
    expect(settled.outcome).toEqual({ ...run, ...patch });
    expect(settled.of('run')).toEqual([[run.id, patch]]);
    expect(settled.bodies()).toEqual([{ kind: 'RUN_ENDED', ...completed, interrupts: [] }]);
    expect(settled.of('thread')).toMatchObject([[{ status: 'IDLE' }]]);
    expect(settled.of('webhook')).toEqual([]);
    expect(settled.sent).toEqual(['wake']);
    expect(settled.asked).toEqual([]);
    expect(settled.logger.lines).toEqual([
      {
        level: 'info',
        message: 'Run ended',
        fields: {
          threadId,
          runId: run.id,
          attempt: 2,
          status: 'SUCCESS',
          endReason: 'COMPLETED',
          runMs: 500_000,
          totalMs: 1_000_000,
        },
      },
    ]);
  });

  test('that wrote nothing has no head', async () => {
    expect((await settleIn({ run: runOf(), head: 'before' })).patch()).toMatchObject({ headAfter: null });
  });

  test('tells its webhook', async () => {
    const run = runOf({ webhook: hook });
    const settled = await settleIn({ run });
    expect(settled.of('webhook')).toEqual([[run.id]]);
    expect(settled.sent).toEqual(['wake', 'webhook']);
  });

  test('keeps what it asks a human, only when it waits for one', async () => {
    const interrupts = [{ id: 'i1', value: 'Send it?' }] as unknown as SettleRequest['interrupts'];
    const paused = await settleIn(
      { run: runOf() },
      { execution: { kind: 'finished', paused: true }, interrupts },
    );
    const ended = await settleIn({ run: runOf() }, { interrupts });
    expect(paused.bodies()).toEqual([
      { kind: 'RUN_ENDED', status: 'SUCCESS', endReason: 'AWAITING_HUMAN', error: null, interrupts },
    ]);
    expect(paused.of('thread')).toMatchObject([[{ status: 'INTERRUPTED' }]]);
    expect(ended.bodies()).toMatchObject([{ kind: 'RUN_ENDED', interrupts: [] }]);
  });

  test('in a run that never started has no time to log', async () => {
    const { logger } = await settleIn({ run: runOf({ startedAt: null }) });
    expect(logger.lines).toMatchObject([{ fields: { runMs: null, totalMs: 1_000_000 } }]);
  });

  test('names where its code is at work yet, with that of earlier attempts, once each', async () => {
    const [early, late] = [{ node: 'early' }, { node: 'late' }] as unknown as [
      Run['abandoned'][number],
      Run['abandoned'][number],
    ];
    const settled = await settleIn({ run: runOf({ abandoned: [early] }) }, { abandoned: [early, late] });
    expect(settled.patch()).toMatchObject({ abandoned: [early, late] });
    expect(settled.bodies()).toMatchObject([{ kind: 'RUN_ENDED', abandoned: [early, late] }]);
    expect(settled.logger.lines).toMatchObject([
      { level: 'warn', fields: { error: null, abandoned: [early, late] } },
    ]);
  });
});

describe('a claim that is no longer current', () => {
  test('writes nothing', async () => {
    const run = runOf();
    const settled = await settleIn({ run }, { claim: { runId: run.id, threadId, attempt: 1 } });
    expect(settled.outcome).toBeInstanceOf(ClaimLostError);
    expect(settled.written).toEqual([]);
    expect(settled.sent).toEqual([]);
    expect(settled.logger.lines).toEqual([]);
  });

  test('a run that nobody asked to stop and that did not end is not over', async () => {
    const settled = await settleIn({ run: runOf() }, { execution: { kind: 'aborted' } });
    expect(settled.outcome).toBe('unfinished');
    expect(settled.written).toEqual([]);
    expect(settled.sent).toEqual([]);
  });
});

describe('a rollback', () => {
  test('removes the run and takes back what readers were told', async () => {
    const run = runOf({
      stop: stopOf({ action: 'ROLLBACK' }),
      webhook: hook,
      threadStatusBefore: 'ERROR',
      abandoned: [],
    });
    const settled = await settleIn({ run, head: 'restored' }, { execution: { kind: 'aborted' } });

    expect(settled.outcome).toBeNull();
    expect(settled.written).toEqual([
      ['rollBack', run.id],
      ['removeEvents', run.id],
      ['delete', run.id],
      [
        'events',
        { runId: run.id, body: { kind: 'RUN_ROLLED_BACK' } },
        { runId: null, body: { kind: 'MESSAGES_RESET', checkpointId: 'restored' } },
      ],
      ['thread', expect.objectContaining({ status: 'ERROR', graphId: 'bound' })],
    ]);
    expect(settled.sent).toEqual(['wake']);
    expect(settled.logger.lines).toEqual([]);
  });

  test('leaves the thread to the graph of the run before it', async () => {
    const run = runOf({ stop: stopOf({ action: 'ROLLBACK' }) });
    const earlier = runOf({ status: 'SUCCESS', graphId: 'earlier' });
    const settled = await settleIn({ run, others: [earlier] }, { execution: { kind: 'aborted' } });
    expect(settled.of('thread')).toMatchObject([[{ graphId: 'earlier', status: 'IDLE' }]]);
  });

  test('names code that is at work yet', async () => {
    const place = { node: 'n' } as unknown as Run['abandoned'][number];
    const settled = await settleIn(
      { run: runOf({ stop: stopOf({ action: 'ROLLBACK' }) }) },
      { abandoned: [place] },
    );
    expect(settled.bodies()[0]).toEqual({ kind: 'RUN_ROLLED_BACK', abandoned: [place] });
  });
});

describe('a stopped run', () => {
  const stopped = { execution: { kind: 'aborted' } } as const;
  const interrupted = { status: 'INTERRUPTED', endReason: 'CANCELLED', error: null };
  const reconciled = { kind: 'MESSAGE_COMPLETED', message: { id: 'mended' } };

  test('is repaired first; what that says is told', async () => {
    const partials = [{ id: 'p' }] as unknown as SettleRequest['partials'];
    const run = runOf({ stop: stopOf() });
    const settled = await settleIn({ run }, { ...stopped, partials });

    expect(settled.outcome).toMatchObject(interrupted);
    expect(settled.asked).toMatchObject([
      {
        graphId: 'echo',
        uncommittedInput: undefined,
        baseCheckpointId: null,
        startedFrom: 'before',
        partials,
        keepPartialOutput: true,
      },
    ]);
    expect(settled.of('commit')).toEqual([[true]]);
    expect(settled.bodies()).toEqual([reconciled, { kind: 'RUN_ENDED', ...interrupted, interrupts: [] }]);
    expect(settled.transactions()).toBe(1);
  });

  test('whose repair has nothing to write commits nothing', async () => {
    const settled = await settleIn(
      { run: runOf({ stop: stopOf() }), isBufferEmpty: true, brought: { input: false, ahead: false } },
      stopped,
    );
    expect(settled.of('commit')).toEqual([]);
    expect(settled.bodies()).toMatchObject([reconciled, { kind: 'RUN_ENDED' }]);
    expect(settled.patch()).toMatchObject({ carry: 'WAITING' });
  });

  test('starts its repair where it started itself', async () => {
    const from = await settleIn({ run: runOf({ stop: stopOf(), baseCheckpointId: 'base' }) }, stopped);
    const withInput = await settleIn(
      { run: runOf({ stop: stopOf() }), hasCheckpoint: false },
      { ...stopped, newInput: { input: said, baseCheckpointId: 'c1' } },
    );
    const inState = await settleIn(
      { run: runOf({ stop: stopOf() }) },
      { ...stopped, newInput: { input: said, baseCheckpointId: null } },
    );
    expect(from.asked).toMatchObject([{ startedFrom: 'base', baseCheckpointId: null }]);
    expect(withInput.asked).toMatchObject([
      { startedFrom: 'before', baseCheckpointId: 'c1', uncommittedInput: said },
    ]);
    expect(inState.asked).toMatchObject([{ uncommittedInput: undefined }]);
  });

  test.each<[string, Partial<World>, Partial<SettleRequest>, number]>([
    ['its graph was never called and it has no input', {}, { wasStarted: false }, 0],
    [
      'its graph was never called but its input is known',
      {},
      { wasStarted: false, newInput: { input: said, baseCheckpointId: null } },
      1,
    ],
    ['its input is not in the state and not known any more', { hasCheckpoint: false }, {}, 0],
    [
      'it has none that could be missing',
      { hasCheckpoint: false, run: runOf({ input: null, stop: stopOf() }) },
      {},
      1,
    ],
  ])('is repaired unless there is nothing to repair: %s', async (_what, world, request, reconciliations) => {
    const settled = await settleIn({ run: runOf({ stop: stopOf() }), ...world }, { ...stopped, ...request });
    expect(settled.asked).toHaveLength(reconciliations);
    expect(settled.outcome).toMatchObject(interrupted);
  });

  test('is repaired anew when the state moved under the repair, and at last ends without one', async () => {
    const twice = await settleIn({ run: runOf({ stop: stopOf() }), commits: [false, true] }, stopped);
    const never = await settleIn(
      { run: runOf({ stop: stopOf() }), commits: [false, false, false, true] },
      stopped,
    );

    expect(twice.of('commit')).toEqual([[false], [true]]);
    expect(twice.asked).toHaveLength(2);
    expect(twice.bodies()).toMatchObject([reconciled, { kind: 'RUN_ENDED' }]);
    expect(never.of('commit')).toEqual([[false], [false], [false]]);
    expect(never.outcome).toMatchObject(interrupted);
    expect(never.bodies()).toMatchObject([{ kind: 'RUN_ENDED' }]);
  });

  test('is repaired anew when its stop says something else of its partial output since', async () => {
    const settled = await settleIn(
      {
        run: runOf({ stop: stopOf() }),
        onTransaction: (nth, run) =>
          nth === 1 ? { ...run, stop: stopOf({ keepPartialOutput: false }) } : run,
      },
      stopped,
    );
    expect(settled.asked.map(({ keepPartialOutput }) => keepPartialOutput)).toEqual([true, false]);
    expect(settled.of('commit')).toEqual([[true]]);
  });

  test('whose stop comes after that is repaired for the transaction that reads it', async () => {
    const settled = await settleIn(
      {
        run: runOf(),
        onTransaction: (nth, run) =>
          nth === 1 ? { ...run, stop: stopOf({ keepPartialOutput: false }) } : run,
      },
      stopped,
    );
    expect(settled.outcome).toMatchObject(interrupted);
    expect(settled.asked).toMatchObject([{ keepPartialOutput: false }]);
    expect(settled.transactions()).toBe(2);
  });

  test('of which this is no longer the claim is not repaired', async () => {
    const run = runOf({ stop: stopOf() });
    const settled = await settleIn({ run }, { ...stopped, claim: { runId: run.id, threadId, attempt: 1 } });
    expect(settled.outcome).toBeInstanceOf(ClaimLostError);
    expect(settled.asked).toEqual([]);
  });

  test('ends without the repair that its graph can not make', async () => {
    const settled = await settleIn(
      { run: runOf({ stop: stopOf() }), reconcile: async () => Promise.reject(new Error('no graph')) },
      stopped,
    );
    expect(settled.outcome).toMatchObject(interrupted);
    expect(settled.of('commit')).toEqual([]);
    expect(settled.logger.at('warn')).toEqual([
      'Reconciling an interrupted run failed; the next run of its thread retries',
    ]);
  });

  test('waits for the database when the repair finds it away', async () => {
    const trouble = new DatabaseUnavailableError('UNREACHABLE', null);
    const settled = await settleIn(
      { run: runOf({ stop: stopOf() }), reconcile: async () => Promise.reject(trouble) },
      stopped,
    );
    expect(settled.outcome).toBe(trouble);
    expect(settled.of('run')).toEqual([]);
  });

  test('keeps its partial output when its time was over, for nobody said otherwise', async () => {
    const settled = await settleIn({ run: runOf() }, { ...stopped, timedOut: true });
    expect(settled.asked).toMatchObject([{ keepPartialOutput: true }]);
    expect(settled.outcome).toMatchObject({ status: 'TIMEOUT', endReason: 'TIMED_OUT' });
    expect(settled.of('thread')).toMatchObject([[{ status: 'ERROR' }]]);
  });

  test.each([
    ['stands', true],
    ['is gone', false],
  ])('says which run took its place while that one %s', async (_what, stands) => {
    const other = runOf({ status: 'PENDING' });
    const run = runOf({ stop: stopOf({ reason: 'SUPERSEDED', by: other.id }) });
    const settled = await settleIn({ run, others: stands ? [other] : [] }, stopped);
    expect(settled.patch()).toMatchObject({
      endReason: 'SUPERSEDED',
      supersededBy: stands ? other.id : null,
    });
  });

  test('that ended by itself before its stop was superseded by nothing', async () => {
    const other = runOf({ status: 'PENDING' });
    const settled = await settleIn({
      run: runOf({ stop: stopOf({ reason: 'SUPERSEDED', by: other.id }) }),
      others: [other],
    });
    expect(settled.patch()).toMatchObject({ status: 'SUCCESS', supersededBy: null });
  });
});

describe('what readers were told', () => {
  const failed = { kind: 'failed', error: { name: 'Error', message: 'no' } } as const;
  const reset = { kind: 'MESSAGES_RESET', checkpointId: 'head' };
  const ended = { kind: 'RUN_ENDED' };

  test.each<[string, Partial<SettleRequest>, readonly object[]]>([
    ['up to the head', { lastPublishedCheckpoint: 'head' }, [ended]],
    ['up to an earlier checkpoint', { lastPublishedCheckpoint: 'earlier' }, [reset, ended]],
    ['nothing, though something was written', { lastPublishedCheckpoint: undefined }, [reset, ended]],
    ['perhaps not all of a subgraph', { mayBeUnpublished: true }, [reset, ended]],
    [
      'text that is in no state',
      { partials: [{ id: 'p' }] as unknown as SettleRequest['partials'] },
      [reset, ended],
    ],
  ])('of a run that failed: %s', async (_what, request, bodies) => {
    expect((await settleIn({ run: runOf() }, { execution: failed, ...request })).bodies()).toMatchObject(
      bodies,
    );
  });

  test('nothing, and nothing was written', async () => {
    const settled = await settleIn(
      { run: runOf(), head: 'before' },
      { execution: failed, lastPublishedCheckpoint: undefined },
    );
    expect(settled.bodies()).toMatchObject([ended]);
  });

  test.each<[string, SettleRequest['execution']]>([
    ['ended by itself', { kind: 'finished', paused: false }],
    ['was lost', { kind: 'lost', failures: 3 }],
  ])('all of a run that %s', async (_what, execution) => {
    const settled = await settleIn(
      { run: runOf() },
      { execution, lastPublishedCheckpoint: 'earlier', mayBeUnpublished: true },
    );
    expect(settled.bodies()).toMatchObject([ended]);
  });

  test('the whole conversation instead of a repair, where not all of it was told before', async () => {
    const settled = await settleIn(
      { run: runOf({ stop: stopOf() }) },
      { execution: { kind: 'aborted' }, lastPublishedCheckpoint: 'earlier' },
    );
    expect(settled.bodies()).toMatchObject([reset, ended]);
  });

  test('nothing is taken back of text that the repair keeps', async () => {
    const partials = [{ id: 'p' }] as unknown as SettleRequest['partials'];
    const stopped = await settleIn(
      { run: runOf({ stop: stopOf() }), reconcile: async () => [] },
      { execution: { kind: 'aborted' }, partials },
    );
    expect(stopped.bodies()).toMatchObject([reset, ended]);
  });

  test('a failure is logged as a warning', async () => {
    const { logger } = await settleIn({ run: runOf() }, { execution: failed });
    expect(logger.lines).toMatchObject([
      { level: 'warn', message: 'Run ended', fields: { error: failed.error } },
    ]);
    expect(logger.lines[0]?.fields).not.toHaveProperty('abandoned');
  });
});

describe('an input', () => {
  const failed = { execution: { kind: 'failed', error: { name: 'Error', message: 'no' } } } as const;

  test.each<[string, Partial<World>, Partial<SettleRequest>, boolean]>([
    ['that never reached the state', { brought: { input: false, ahead: false } }, failed, true],
    ['that is in the state', { brought: { input: true, ahead: true } }, failed, false],
    ['of a run that succeeded', { brought: { input: false, ahead: false } }, {}, false],
    [
      'without messages',
      { brought: { input: false, ahead: false }, run: runOf({ input: { n: 1 } }) },
      failed,
      false,
    ],
  ])('is left to the next run: %s', async (_what, world, request, isLeft) => {
    const settled = await settleIn({ run: runOf(), ...world }, request);
    if (isLeft) expect(settled.patch()).toMatchObject({ carry: 'WAITING' });
    else expect(settled.patch()).not.toHaveProperty('carry');
  });

  test.each([
    [true, { carry: 'CARRIED' }],
    [false, { carry: 'WAITING', carriedBy: null }],
  ])('that was carried is in the state now: %s', async (ahead, patch) => {
    const run = runOf();
    const carried = runOf({ status: 'INTERRUPTED', carry: 'TAKEN', carriedBy: run.id });
    const settled = await settleIn({ run, others: [carried], brought: { input: ahead, ahead } });
    expect(settled.of('run')).toContainEqual([carried.id, patch]);
  });

  const base = { input: null, headBefore: 'held' } as const;
  const waiting = (fields: Partial<Run> = {}): Run =>
    runOf({ status: 'INTERRUPTED', carry: 'WAITING', ...fields });

  test.each<[string, Partial<Run>, Partial<World>, Partial<Run>, boolean]>([
    ['the run went on from it', base, {}, {}, true],
    [
      'the run was told to start there',
      { ...base, headBefore: 'another', baseCheckpointId: 'held' },
      {},
      {},
      true,
    ],
    ['the run did nothing with it', base, { brought: { input: false, ahead: false } }, {}, false],
    ['it is carried already', base, {}, { carry: 'CARRIED' }, false],
    ['the run started from nothing', { ...base, headBefore: null }, {}, {}, false],
    ['the run has an input of its own', { headBefore: 'held' }, {}, {}, false],
  ])('that only a checkpoint holds is applied: %s', async (_what, fields, world, otherFields, isApplied) => {
    const [run, other] = [runOf(fields), waiting(otherFields)];
    const settled = await settleIn({ run, others: [other], inputHeldBy: other.id, ...world });
    const applied = settled.of('run').filter(([id]) => id === other.id);
    expect(applied).toEqual(isApplied ? [[other.id, { carry: 'CARRIED', carriedBy: run.id }]] : []);
  });

  test('that only a checkpoint holds is applied by what a repair writes', async () => {
    const [run, other] = [runOf({ ...base, stop: stopOf() }), waiting()];
    const settled = await settleIn(
      { run, others: [other], inputHeldBy: other.id, brought: { input: false, ahead: false } },
      { execution: { kind: 'aborted' } },
    );
    expect(settled.of('run')).toContainEqual([other.id, { carry: 'CARRIED', carriedBy: run.id }]);
  });

  test('of a run that is gone is nobody’s to apply', async () => {
    const settled = await settleIn({ run: runOf(base), inputHeldBy: newRunId() });
    expect(settled.outcome).toMatchObject(completed);
  });
});

describe('an end that can not be stored', () => {
  const broken = new Error('no JSON');

  test('is stored without what the run brought', async () => {
    const run = runOf({ webhook: hook });
    const settled = await settleIn(
      { run, failures: [broken] },
      {
        interrupts: [{}] as unknown as SettleRequest['interrupts'],
        execution: { kind: 'finished', paused: true },
      },
    );
    const error = { name: 'InternalError', message: 'The server failed to store the result of this run.' };
    expect(settled.outcome).toMatchObject({ status: 'ERROR', endReason: 'FAILED', error });
    expect(settled.bodies()).toEqual([
      { kind: 'MESSAGES_RESET', checkpointId: 'head' },
      { kind: 'RUN_ENDED', status: 'ERROR', endReason: 'FAILED', error, interrupts: [] },
    ]);
    expect(settled.logger.at('error')).toEqual([
      'Storing the end of a run failed; ending it without its results',
    ]);
    expect(settled.logger.lines[0]?.fields).toEqual({ err: broken, runId: run.id, threadId, attempt: 2 });
  });

  test('of a stopped run is INTERRUPTED all the same, without a repair', async () => {
    const settled = await settleIn(
      { run: runOf({ stop: stopOf() }), failures: [broken] },
      { execution: { kind: 'aborted' } },
    );
    expect(settled.outcome).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED' });
    expect(settled.asked).toHaveLength(1);
    expect(settled.of('commit')).toEqual([[true]]);
  });

  test('of a lost run says so', async () => {
    const settled = await settleIn(
      { run: runOf(), failures: [broken] },
      { execution: { kind: 'lost', failures: 3 } },
    );
    expect(settled.outcome).toMatchObject({ status: 'ERROR', endReason: 'WORKER_LOST' });
  });

  test('is not tried without it while the database is away', async () => {
    const trouble = new DatabaseUnavailableError('UNREACHABLE', null);
    const settled = await settleIn({ run: runOf(), failures: [trouble] });
    expect(settled.outcome).toBe(trouble);
    expect(settled.logger.lines).toEqual([]);
    expect(settled.transactions()).toBe(1);
  });
});
