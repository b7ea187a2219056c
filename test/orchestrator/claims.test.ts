import { describe, expect, test } from 'vitest';
import { DamagedRowError, markDamaged } from '../../src/domain/damage.ts';
import { DEFAULT_OWNER, newRunId, newThreadId } from '../../src/domain/ids.ts';
import type { Run } from '../../src/domain/run.ts';
import type { Thread } from '../../src/domain/thread.ts';
import { type Context, DEFAULT_OPTIONS } from '../../src/orchestrator/context.ts';
import {
  claimRuns,
  consumeInput,
  dropPendingInput,
  requeueInput,
  requireCurrent,
  takeOver,
} from '../../src/orchestrator/execution/claim-runs.ts';
import { ClaimLostError, type RunPatch, type Tx } from '../../src/orchestrator/ports/store.ts';

const NOW = new Date(1_000_000);
const threadId = newThreadId();
const options = { ...DEFAULT_OPTIONS, workerId: 'here', leaseMs: 30_000 };

const runOf = (fields: Partial<Run>): Run =>
  ({
    id: newRunId(),
    threadId,
    owner: DEFAULT_OWNER,
    status: 'RUNNING',
    attempt: 3,
    input: { n: 0 },
    carry: 'NONE',
    carriedBy: null,
    suspectOf: null,
    deadline: null,
    timeoutMs: null,
    ...fields,
  }) as Run;
const damaged = (fields: Partial<Run>): Run =>
  markDamaged(runOf(fields), ['input'], new DamagedRowError(['input'], null));

/** A transaction over these rows, and what was written in it. */
function transaction(rows: {
  readonly runs?: readonly Run[];
  readonly thread?: Thread | null;
  readonly claimable?: readonly Thread[];
}) {
  const updates: [string, RunPatch][] = [];
  const claimable = [...(rows.claimable ?? [])];
  const runs = rows.runs ?? [];
  const tx = {
    now: NOW,
    threads: {
      lockAny: async () => (rows.thread === undefined ? ({ id: threadId } as Thread) : rows.thread),
      lockClaimable: async () => claimable.shift() ?? null,
      update: async () => {},
    },
    runs: {
      find: async (id: string) => runs.find((run) => run.id === id) ?? null,
      firstDue: async (id: string) =>
        runs.find((run) => run.threadId === id && run.status === 'PENDING') ?? null,
      withCarry: async (_thread: string, carry: readonly Run['carry'][]) =>
        runs.filter((run) => carry.includes(run.carry)),
      update: async (id: string, patch: RunPatch) => void updates.push([id, patch]),
    },
    checkpoints: { head: async () => 'head' },
    events: { append: async () => {} },
  } as unknown as Tx;
  const context = {
    options,
    store: { transaction: (work: (tx: Tx) => Promise<unknown>) => work(tx) },
  } as unknown as Context;
  return { tx, updates, context };
}

describe('a claim is current', () => {
  const run = runOf({});
  const claim = { runId: run.id, threadId, attempt: run.attempt };

  test('while its run is RUNNING in its attempt', async () => {
    expect(await requireCurrent(transaction({ runs: [run] }).tx, claim)).toEqual({
      thread: { id: threadId },
      run,
    });
  });

  test.each([
    ['the thread is gone', { runs: [run], thread: null }],
    ['the run is gone', { runs: [] }],
    ['the run has ended in that attempt', { runs: [{ ...run, status: 'SUCCESS' as const }] }],
    ['another attempt is at work', { runs: [{ ...run, attempt: run.attempt + 1 }] }],
  ])('no more when %s', async (_what, rows) => {
    await expect(requireCurrent(transaction(rows).tx, claim)).rejects.toEqual(new ClaimLostError(claim));
  });
});

describe('what a run carries', () => {
  const carrier = runOf({});
  const [first, second] = [1, 2].map((n) =>
    runOf({ input: { n }, carry: 'TAKEN', carriedBy: carrier.id }),
  ) as [Run, Run];
  const others = runOf({ input: { n: 3 }, carry: 'TAKEN', carriedBy: newRunId() });
  const lost = damaged({ carry: 'TAKEN', carriedBy: carrier.id });
  const runs = [first, others, lost, second];

  test('is marked when it is in the state: its own, and what can be read', async () => {
    const { tx, updates } = transaction({ runs });
    await consumeInput(tx, carrier);
    expect(updates).toEqual([first, second].map(({ id }) => [id, { carry: 'CARRIED' }]));
  });

  test('is left to the next run when it is not', async () => {
    const { tx, updates } = transaction({ runs });
    await requeueInput(tx, carrier);
    expect(updates).toEqual([first, second].map(({ id }) => [id, { carry: 'WAITING', carriedBy: null }]));
  });

  test('is dropped by its place', async () => {
    const { tx, updates } = transaction({ runs });
    expect(await dropPendingInput(tx, carrier, [1])).toEqual([second.id]);
    expect(updates).toEqual([[second.id, { carry: 'NONE', carriedBy: null }]]);
  });

  test('goes on with its takeover, under a lease from now on', async () => {
    const { tx, updates, context } = transaction({ runs });
    const claimed = await takeOver(context, tx, carrier, null);
    const leaseUntil = new Date(NOW.getTime() + options.leaseMs);
    expect(updates).toEqual([
      [carrier.id, { attempt: 4, suspectOf: null, leaseOwner: 'here', leaseUntil, updatedAt: NOW }],
    ]);
    expect(claimed).toMatchObject({
      claim: { attempt: 4 },
      carried: [{ n: 1 }, { n: 2 }],
      trial: null,
      timeLeftMs: null,
    });
  });

  test('a suspect has its next attempt already', async () => {
    const suspect = runOf({ suspectOf: 'elsewhere', deadline: new Date(NOW.getTime() + 500) });
    const { tx, context } = transaction({ runs });
    expect(await takeOver(context, tx, suspect, null)).toMatchObject({
      claim: { attempt: 3 },
      run: { suspectOf: null },
      timeLeftMs: 500,
    });
  });
});

describe('a look for runs', () => {
  const threads = [1, 2].map(
    () => ({ id: newThreadId(), owner: DEFAULT_OWNER, restingStatus: 'IDLE' }) as Thread,
  ) as [Thread, Thread];
  const due = (thread: Thread, fields: Partial<Run> = {}) =>
    runOf({ threadId: thread.id, status: 'PENDING', ...fields });
  const waiting = [runOf({ input: { n: 1 }, carry: 'WAITING' }), damaged({ carry: 'WAITING' })] as const;

  test('claims no more than it may', async () => {
    const { context } = transaction({ runs: threads.map((thread) => due(thread)), claimable: threads });
    expect(await claimRuns(context, 1)).toHaveLength(1);
  });

  test('ends when nothing is claimable', async () => {
    const { context } = transaction({ runs: threads.map((thread) => due(thread)), claimable: threads });
    expect(await claimRuns(context, 5)).toHaveLength(2);
  });

  test('has a run with input carry what waits and can be read', async () => {
    const run = due(threads[0], { timeoutMs: 700 });
    const { context, updates } = transaction({ runs: [run, ...waiting], claimable: [threads[0]] });
    const [claimed] = await claimRuns(context, 1);
    expect(claimed).toMatchObject({
      claim: { runId: run.id, attempt: 4 },
      carried: [{ n: 1 }],
      timeLeftMs: 700,
      trial: null,
    });
    expect(updates).toContainEqual([waiting[0].id, { carry: 'TAKEN', carriedBy: run.id }]);
    expect(updates.map(([id]) => id)).not.toContain(waiting[1].id);
  });

  test.each([
    ['without input', (thread: Thread) => due(thread, { input: null })],
    ['that is damaged', (thread: Thread) => damaged({ threadId: thread.id, status: 'PENDING' })],
  ])('has a run %s carry nothing', async (_what, make) => {
    const run = make(threads[0]);
    const { context, updates } = transaction({ runs: [run, ...waiting], claimable: [threads[0]] });
    const [claimed] = await claimRuns(context, 1);
    expect(claimed?.carried).toEqual([]);
    expect(updates.map(([id]) => id)).toEqual([run.id]);
  });

  test('says when the claimable thread has no run that is due', async () => {
    const { context } = transaction({ runs: [], claimable: [threads[0]] });
    await expect(claimRuns(context, 1)).rejects.toThrow(
      `Thread ${threads[0].id} is claimable but none of its runs is due`,
    );
  });
});
