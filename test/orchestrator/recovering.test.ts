import { describe, expect, test } from 'vitest';
import { DEFAULT_OWNER, newRunId } from '../../src/domain/ids.ts';
import { type Run, waitsForTrial } from '../../src/domain/run.ts';
import type { Thread } from '../../src/domain/thread.ts';
import { type Context, DEFAULT_OPTIONS } from '../../src/orchestrator/context.ts';
import { trialMs } from '../../src/orchestrator/execution/quarantine.ts';
import { type Here, recoverRuns } from '../../src/orchestrator/execution/recover-runs.ts';
import type { RunPatch, Tx } from '../../src/orchestrator/ports/store.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

const NOW = new Date(5_000_000);
const [OVER, LATER] = [new Date(4_000_000), new Date(6_000_000)];
const options = { ...DEFAULT_OPTIONS, workerId: 'here', leaseMs: 30_000, maxAttempts: 3 };
const here = (fields: Partial<Here> = {}): Here => ({ isHere: () => false, room: 'ALONE', ...fields });

let threads = 0;
/** Of a thread of its own: a later one has a higher id. */
const runOf = (fields: Partial<Run> = {}): Run => {
  threads += 1;
  return {
    id: newRunId(),
    threadId: `thread-${String(threads).padStart(4, '0')}`,
    owner: DEFAULT_OWNER,
    status: 'RUNNING',
    attempt: 1,
    failures: 0,
    suspicion: 0,
    suspectOf: null,
    leaseOwner: 'lost',
    leaseUntil: OVER,
    stop: null,
    input: null,
    carry: 'NONE',
    carriedBy: null,
    abandoned: [],
    timeoutMs: null,
    deadline: null,
    headBefore: null,
    threadStatusBefore: null,
    webhook: null,
    createdAt: OVER,
    startedAt: OVER,
    ...fields,
  } as unknown as Run;
};
/** Became a suspect before, and no process has it. */
const suspectOf = (fields: Partial<Run> = {}): Run =>
  runOf({ leaseOwner: null, suspicion: 1, suspectOf: 'lost', attempt: 2, ...fields });

type World = {
  readonly runs: readonly Run[];
  /** Threads that are gone. */
  readonly gone?: readonly string[];
  /** Runs as they are once their thread is locked. */
  readonly locked?: ReadonlyMap<string, Partial<Run>>;
  readonly failsToSettle?: boolean;
};

async function recoverIn(
  { runs, gone = [], locked = new Map(), failsToSettle = false }: World,
  limit = 10,
  ...at: [Here?]
) {
  const rows = new Map(runs.map((run) => [run.id as string, run]));
  const order: string[] = [];
  const events: [string, string, unknown][] = [];
  const updates: [string, RunPatch][] = [];
  const sent: string[] = [];
  const logger = new RecordingLogger();
  let transactions = 0;
  const isRunning = (run: Run): boolean => run.status === 'RUNNING';
  const all = (): Run[] => [...rows.values()].filter(isRunning);
  const isOver = ({ leaseUntil }: Run): boolean => leaseUntil !== null && leaseUntil <= NOW;
  const tx = {
    now: NOW,
    threads: {
      lockAny: async (id: string) => {
        order.push(id);
        for (const run of all()) if (run.threadId === id) rows.set(run.id, { ...run, ...locked.get(run.id) });
        return gone.includes(id) ? null : ({ id, restingStatus: 'IDLE', ttl: null } as Thread);
      },
      update: async () => {},
    },
    runs: {
      nextSuspect: async () => all().find((run) => waitsForTrial(run) && isOver(run)) ?? null,
      leaseExpired: async (most: number) =>
        all()
          .filter((run) => isOver(run) && !waitsForTrial(run))
          .slice(0, most),
      heldBy: async (workers: readonly string[]) =>
        all().filter(({ leaseOwner }) => leaseOwner !== null && workers.includes(leaseOwner)),
      find: async (id: string) => rows.get(id) ?? null,
      ahead: async () => [],
      withCarry: async () => [],
      update: async (id: string, patch: RunPatch) => {
        updates.push([id, patch]);
        rows.set(id, { ...rows.get(id)!, ...patch } as Run);
      },
    },
    checkpoints: {
      head: async (id: string) => `head of ${id}`,
      broughtBy: async () => ({ input: true, ahead: true }),
    },
    events: {
      append: async (id: string, drafts: readonly { body: { kind: string } }[]) => {
        for (const { body } of drafts) events.push([id, body.kind, body]);
      },
    },
  } as unknown as Tx;
  const context = {
    options,
    logger,
    signals: { send: ({ kind }: { kind: string }) => sent.push(kind) },
    store: {
      transaction: async (work: (tx: Tx) => Promise<unknown>) => {
        transactions += 1;
        if (failsToSettle && transactions > 1) throw new Error('no');
        return work(tx);
      },
    },
  } as unknown as Context;
  const found = await recoverRuns(context, limit, ...at);
  return {
    found,
    ids: found.claimed.map(({ run }) => run.id),
    now: (run: Run) => rows.get(run.id)!,
    order,
    events: (run: Run) => events.filter(([id]) => id === run.threadId).map(([, , body]) => body),
    updates,
    sent,
    logger,
    context,
  };
}

describe('nothing', () => {
  test('is found where every lease stands', async () => {
    const { found, updates, order } = await recoverIn({
      runs: [runOf({ leaseUntil: LATER }), runOf({ status: 'SUCCESS' })],
    });
    expect(found).toMatchObject({ claimed: [], mayBeMore: false, needsRestMs: null, hasSuspects: false });
    expect(updates).toEqual([]);
    expect(order).toEqual([]);
  });

  test('is done to a run that this process has to do with, whatever its lease says', async () => {
    const [mine, released] = [runOf(), runOf({ leaseOwner: null })];
    const { found, updates } = await recoverIn({ runs: [mine, released] }, 10, here({ isHere: () => true }));
    expect(found).toMatchObject({ claimed: [], mayBeMore: false });
    expect(updates).toEqual([]);
  });

  test.each<[string, (run: Run) => Partial<World>]>([
    ['its thread is gone', ({ threadId }) => ({ gone: [threadId] })],
    ['it has ended', ({ id }) => ({ locked: new Map([[id, { status: 'SUCCESS' as const }]]) })],
    ['its lease was renewed', ({ id }) => ({ locked: new Map([[id, { leaseUntil: LATER }]]) })],
    ['it is without a lease', ({ id }) => ({ locked: new Map([[id, { leaseUntil: null }]]) })],
  ])('is done to a run of which is found under its lock: %s', async (_what, world) => {
    const run = runOf();
    const { found, updates } = await recoverIn({ runs: [run], ...world(run) });
    expect(found).toMatchObject({ claimed: [], mayBeMore: false, hasSuspects: false });
    expect(updates).toEqual([]);
  });
});

describe('the runs of a worker that was lost', () => {
  const accusation = {
    attempt: 2,
    suspicion: 1,
    suspectOf: 'lost',
    leaseOwner: null,
    leaseUntil: NOW,
    updatedAt: NOW,
  };

  test('become suspects; of several none counts a failure', async () => {
    const [one, other] = [runOf(), runOf()];
    const { found, now, updates, sent, logger } = await recoverIn({ runs: [other, one] });

    expect(updates).toEqual([
      [one.id, { ...accusation, failures: 0 }],
      [other.id, { ...accusation, failures: 0 }],
    ]);
    expect(now(one)).toMatchObject({ status: 'RUNNING', failures: 0 });
    expect(found).toMatchObject({ claimed: [], mayBeMore: true, needsRestMs: null, hasSuspects: false });
    expect(sent).toEqual(['released']);
    expect(logger.lines).toEqual(
      [one, other].map(({ id: runId, threadId }) => ({
        level: 'warn',
        message: 'Worker of a run lost',
        fields: { runId, threadId, worker: 'lost', failures: 0, suspicion: 1 },
      })),
    );
  });

  test('count a failure when they were alone, and call nobody', async () => {
    const run = runOf();
    const { updates, sent } = await recoverIn({
      runs: [run, runOf({ leaseOwner: 'another', leaseUntil: LATER })],
    });
    expect(updates).toEqual([[run.id, { ...accusation, failures: 1 }]]);
    expect(sent).toEqual([]);
  });

  test('mark what the worker holds by a lease that is not over, once', async () => {
    const [over, later, marked] = [
      runOf(),
      runOf({ leaseUntil: LATER }),
      runOf({ leaseUntil: LATER, suspectOf: 'lost' }),
    ];
    const { updates, found } = await recoverIn({ runs: [over, later, marked] });
    expect(updates).toEqual([
      [over.id, { ...accusation, failures: 0 }],
      [later.id, { suspectOf: 'lost' }],
    ]);
    expect(found.mayBeMore).toBe(true);
  });

  test('that were marked had company', async () => {
    const run = runOf({ suspectOf: 'lost' });
    const { updates } = await recoverIn({ runs: [run] });
    expect(updates).toEqual([[run.id, { ...accusation, failures: 0 }]]);
  });

  test('that are suspects of another worker were alone', async () => {
    const { updates } = await recoverIn({ runs: [runOf({ suspectOf: 'earlier' })] });
    expect(updates).toMatchObject([[expect.anything(), { failures: 1 }]]);
  });

  test('are locked by thread in the order of ids, each once', async () => {
    const [first, second, third] = [runOf(), runOf(), runOf()];
    const { order } = await recoverIn({ runs: [third, first, second] });
    expect(order).toEqual([first.threadId, second.threadId, third.threadId]);
  });

  test('are all judged, however few are asked for', async () => {
    const runs = [runOf(), runOf(), runOf()];
    const { updates } = await recoverIn({ runs }, 1);
    expect(updates).toHaveLength(3);
  });

  test('end WORKER_LOST when they were alone with it too often', async () => {
    const run = runOf({ failures: 2, attempt: 5 });
    const { now, events, found, logger, sent } = await recoverIn({ runs: [run] });

    expect(now(run)).toMatchObject({
      status: 'ERROR',
      endReason: 'WORKER_LOST',
      error: { message: expect.stringContaining('3 times') },
    });
    expect(events(run)).toMatchObject([
      { kind: 'MESSAGES_RESET', checkpointId: `head of ${run.threadId}` },
      { kind: 'RUN_ENDED' },
    ]);
    expect(found).toMatchObject({ claimed: [], mayBeMore: true });
    expect(logger.at('warn')).toEqual(['Run ended']);
    expect(sent).toEqual(['wake']);
  });

  test('end as their stop says, however often they were lost', async () => {
    const stop = { action: 'INTERRUPT', reason: 'CANCELLED', by: null, keepPartialOutput: true } as const;
    const run = runOf({ failures: 7, stop });
    const { now, events, logger } = await recoverIn({ runs: [run] });
    expect(now(run)).toMatchObject({ status: 'RUNNING', failures: 8 });
    expect(events(run)).toEqual([]);
    expect(logger.at('warn')).toEqual(['Worker of a run lost']);
  });

  test('that can not be settled are tried again when their lease ends', async () => {
    const run = runOf({ failures: 2 });
    const { now, found, logger } = await recoverIn({ runs: [run], failsToSettle: true });
    expect(now(run)).toMatchObject({
      status: 'RUNNING',
      leaseOwner: 'here',
      leaseUntil: new Date(NOW.getTime() + options.leaseMs),
    });
    expect(found.claimed).toEqual([]);
    expect(logger.lines).toContainEqual({
      level: 'error',
      message: 'Finalizing a lost run failed',
      fields: { err: new Error('no'), runId: run.id, threadId: run.threadId, attempt: 2 },
    });
  });
});

describe('what no process holds', () => {
  const released = (fields: Partial<Run> = {}): Run => runOf({ leaseOwner: null, attempt: 4, ...fields });

  test('is executed again, up to the limit', async () => {
    const runs = [released(), released(), released()];
    const { found, ids, events, logger, now } = await recoverIn({ runs }, 2);

    expect(ids).toEqual([runs[0]!.id, runs[1]!.id]);
    expect(found).toMatchObject({ mayBeMore: true, needsRestMs: null, hasSuspects: false });
    expect(found.claimed[0]).toMatchObject({ claim: { attempt: 5 }, trial: null });
    expect(now(runs[0]!)).toMatchObject({ leaseOwner: 'here', attempt: 5 });
    expect(events(runs[0]!)).toEqual([
      { kind: 'RUN_RESUMED', attempt: 5 },
      { kind: 'MESSAGES_RESET', checkpointId: `head of ${runs[0]!.threadId}` },
    ]);
    expect(events(runs[2]!)).toEqual([]);
    const { id: runId, threadId } = runs[0]!;
    expect(logger.lines[0]).toEqual({
      level: 'warn',
      message: 'Run taken over',
      fields: { runId, threadId, attempt: 5, failures: 0 },
    });
  });

  test('keeps its streamed text when it is only to stop', async () => {
    const stop = { action: 'INTERRUPT', reason: 'CANCELLED', by: null, keepPartialOutput: true } as const;
    const run = released({ stop });
    expect((await recoverIn({ runs: [run] })).events(run)).toEqual([{ kind: 'RUN_RESUMED', attempt: 5 }]);
  });
});

describe('a suspect', () => {
  const context = { options } as Context;

  test('is tried, and says so', async () => {
    const run = suspectOf();
    const { found, events, logger } = await recoverIn({ runs: [run] }, 1, here({ room: 'BESIDE' }));
    expect(found).toMatchObject({
      claimed: [{ claim: { attempt: 2 }, trial: { isAlone: false, limitMs: trialMs(context, run) } }],
      mayBeMore: true,
      needsRestMs: null,
      hasSuspects: true,
    });
    expect(events(run)).toMatchObject([{ kind: 'RUN_RESUMED', attempt: 2 }, { kind: 'MESSAGES_RESET' }]);
    expect(logger.lines).toMatchObject([
      { message: 'Run taken over', fields: { onTrial: 'alongside others' } },
    ]);
  });

  test('is tried beside what was released', async () => {
    const [suspect, free] = [suspectOf(), runOf({ leaseOwner: null })];
    const { ids, found } = await recoverIn({ runs: [suspect, free] }, 2);
    expect(ids).toEqual([suspect.id, free.id]);
    expect(found.claimed.map(({ trial }) => trial !== null)).toEqual([true, false]);
    expect((await recoverIn({ runs: [suspect, free] }, 1)).ids).toEqual([suspect.id]);
  });

  test.each<[string, Here['room'], number]>([
    ['there is no room', 'NONE', 10],
    ['nothing may be claimed', 'ALONE', 0],
  ])('is not tried where %s', async (_what, room, limit) => {
    const { found, updates } = await recoverIn({ runs: [suspectOf()] }, limit, here({ room }));
    expect(found).toMatchObject({ claimed: [], mayBeMore: false, needsRestMs: null, hasSuspects: true });
    expect(updates).toEqual([]);
  });

  test('that others took meanwhile leaves room for the next one', async () => {
    const run = suspectOf();
    const taken = { leaseOwner: 'another', leaseUntil: LATER };
    const { found } = await recoverIn({ runs: [run], locked: new Map([[run.id, taken]]) });
    expect(found).toMatchObject({ claimed: [], mayBeMore: true, hasSuspects: true });
  });

  test('of two deaths has the process to itself', async () => {
    const [run, free] = [suspectOf({ suspicion: 2, attempt: 3 }), runOf({ leaseOwner: null })];
    const alone = await recoverIn({ runs: [run, free] });
    const beside = await recoverIn({ runs: [run, free] }, 10, here({ room: 'BESIDE' }));

    expect(alone.found).toMatchObject({
      claimed: [{ run: { id: run.id }, trial: { isAlone: true } }],
      needsRestMs: null,
    });
    expect(alone.found.claimed).toHaveLength(1);
    expect(alone.logger.lines).toMatchObject([{ fields: { onTrial: 'alone' } }]);
    expect(beside.found).toMatchObject({
      claimed: [],
      mayBeMore: false,
      needsRestMs: trialMs(context, run),
      hasSuspects: true,
    });
    expect(beside.updates).toEqual([]);
  });
});
