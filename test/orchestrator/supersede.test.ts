import { describe, expect, test } from 'vitest';
import { DamagedRowError, markDamaged } from '../../src/domain/damage.ts';
import { newRunId, newThreadId } from '../../src/domain/ids.ts';
import type { Json } from '../../src/domain/json.ts';
import type { Run } from '../../src/domain/run.ts';
import type { Thread } from '../../src/domain/thread.ts';
import {
  endWaiting,
  enqueueWebhook,
  hasMessages,
  removeWaiting,
  requestStop,
  restingStatusAfterWaiting,
  supersede,
} from '../../src/orchestrator/commands/supersede.ts';
import type { Tx } from '../../src/orchestrator/ports/store.ts';

const NOW = new Date(1_000_000);
const by = newRunId();
const webhook = { url: 'https://example.com/hook' } as unknown as Run['webhook'];
const said: Json = { messages: [{ type: 'human', content: 'hi' }] };
const keepAll = { keepPartialOutput: true, keepPendingInput: true };

const thread = { id: newThreadId(), restingStatus: 'IDLE' } as Thread;
const runOf = (fields: Partial<Run> = {}): Run =>
  ({
    id: newRunId(),
    threadId: thread.id,
    status: 'PENDING',
    input: said,
    webhook: null,
    stop: null,
    ...fields,
  }) as Run;

/** A transaction that notes what is written, in order. */
function transaction() {
  const written: unknown[][] = [];
  const note =
    (what: string) =>
    async (...args: unknown[]): Promise<void> =>
      void written.push([what, ...args]);
  const tx = {
    now: NOW,
    runs: { update: note('update'), delete: note('delete') },
    events: { append: note('append'), removeRun: note('removeRun') },
    webhooks: { enqueue: note('enqueue') },
  } as unknown as Tx;
  return { tx, written };
}

const endedPatch = {
  status: 'INTERRUPTED',
  endReason: 'SUPERSEDED',
  supersededBy: by,
  carry: 'WAITING',
  finishedAt: NOW,
  updatedAt: NOW,
};
const endedBody = {
  kind: 'RUN_ENDED',
  status: 'INTERRUPTED',
  endReason: 'SUPERSEDED',
  error: null,
  interrupts: [],
};

describe('INTERRUPT', () => {
  test('ends what waits, in order, and asks what runs to stop', async () => {
    const [running, first, second] = [runOf({ status: 'RUNNING' }), runOf(), runOf()];
    const { tx, written } = transaction();

    const outcome = await supersede(
      tx,
      thread,
      [running, first, second],
      { kind: 'supersede', action: 'INTERRUPT', running: running.id, waiting: [first.id, second.id] },
      by,
      keepAll,
    );

    expect(outcome).toEqual({ running: running.id, restingStatus: 'IDLE', hasWebhooks: false });
    expect(written).toEqual([
      ['update', first.id, endedPatch],
      ['append', thread.id, [{ runId: first.id, body: endedBody }]],
      ['update', second.id, endedPatch],
      ['append', thread.id, [{ runId: second.id, body: endedBody }]],
      [
        'update',
        running.id,
        { stop: { action: 'INTERRUPT', reason: 'SUPERSEDED', by, keepPartialOutput: true } },
      ],
    ]);
  });

  test('changes nothing about what the thread rests in when nothing waited', async () => {
    const running = runOf({ status: 'RUNNING', webhook });
    const { tx, written } = transaction();

    const outcome = await supersede(
      tx,
      thread,
      [runOf({ webhook }), running],
      { kind: 'supersede', action: 'INTERRUPT', running: running.id, waiting: [] },
      by,
      { ...keepAll, keepPartialOutput: false },
    );

    expect(outcome).toEqual({ running: running.id, restingStatus: undefined, hasWebhooks: false });
    expect(written).toEqual([
      ['update', running.id, { stop: expect.objectContaining({ keepPartialOutput: false }) }],
    ]);
  });

  test.each([
    ['the first', [webhook, null], true],
    ['the last', [null, webhook], true],
    ['none', [null, null], false],
  ] as const)('tells webhooks of the waiting runs: %s has one', async (_which, hooks, hasWebhooks) => {
    const waiting = hooks.map((one) => runOf({ webhook: one }));
    const { tx, written } = transaction();

    const outcome = await supersede(
      tx,
      thread,
      waiting,
      { kind: 'supersede', action: 'INTERRUPT', running: null, waiting: waiting.map(({ id }) => id) },
      by,
      keepAll,
    );

    expect(outcome).toMatchObject({ running: null, hasWebhooks });
    const told = written.filter(([what]) => what === 'enqueue').map(([, run]) => run);
    expect(told).toEqual(
      waiting.filter((run) => run.webhook !== null).map((run) => ({ ...run, ...endedPatch })),
    );
  });

  test.each([
    ['is asked for', keepAll, said, 'WAITING'],
    ['is not asked for', { ...keepAll, keepPendingInput: false }, said, 'NONE'],
    ['has nothing to keep', keepAll, { messages: [] }, 'NONE'],
  ] as const)('leaves messages to the next run when that %s', async (_when, keep, input, carry) => {
    const waiting = runOf({ input });
    const { tx, written } = transaction();

    await supersede(
      tx,
      thread,
      [waiting],
      { kind: 'supersede', action: 'INTERRUPT', running: null, waiting: [waiting.id] },
      by,
      keep,
    );

    expect(written[0]).toEqual(['update', waiting.id, { ...endedPatch, carry }]);
  });
});

test('ROLLBACK removes what waits and tells no webhook', async () => {
  const [running, waiting] = [runOf({ status: 'RUNNING' }), runOf({ webhook })];
  const { tx, written } = transaction();

  const outcome = await supersede(
    tx,
    thread,
    [waiting, running],
    { kind: 'supersede', action: 'ROLLBACK', running: running.id, waiting: [waiting.id] },
    by,
    keepAll,
  );

  expect(outcome).toEqual({ running: running.id, restingStatus: undefined, hasWebhooks: false });
  expect(written).toEqual([
    ['removeRun', thread.id, waiting.id],
    ['delete', waiting.id],
    ['append', thread.id, [{ runId: waiting.id, body: { kind: 'RUN_ROLLED_BACK' } }]],
    [
      'update',
      running.id,
      { stop: { action: 'ROLLBACK', reason: 'SUPERSEDED', by, keepPartialOutput: true } },
    ],
  ]);
});

test.each<[Json, boolean]>([
  [said, true],
  [{ messages: 'hello' }, true],
  [{ messages: { type: 'human' } }, true],
  [{ messages: [] }, false],
  [{ messages: null }, false],
  [{}, false],
  [{ text: 'hi' }, false],
  [null, false],
  ['hi', false],
])('the input %j brings messages: %s', (input, is) => {
  expect(hasMessages(runOf({ input }))).toBe(is);
});

test('an input that can not be read counts as none', () => {
  expect(hasMessages(markDamaged(runOf(), ['input'], new DamagedRowError(['input'], null)))).toBe(false);
});

test.each([
  ['IDLE', 'IDLE'],
  ['INTERRUPTED', 'INTERRUPTED'],
  ['ERROR', 'IDLE'],
] as const)(
  'after a run that never started, a thread that rested as %s rests as %s',
  (restingStatus, after) => {
    expect(restingStatusAfterWaiting({ ...thread, restingStatus }, 'CANCELLED')).toBe(after);
  },
);

test('a cancelled run that waited is returned as it is then, and leaves nothing to carry', async () => {
  const run = runOf({ webhook });
  const { tx, written } = transaction();

  const ended = await endWaiting(tx, thread, run, { endReason: 'CANCELLED', by: null, carry: false });

  expect(ended).toEqual({ ...run, ...endedPatch, endReason: 'CANCELLED', supersededBy: null, carry: 'NONE' });
  expect(written).toEqual([
    ['update', run.id, expect.objectContaining({ endReason: 'CANCELLED' })],
    ['append', thread.id, [{ runId: run.id, body: { ...endedBody, endReason: 'CANCELLED' } }]],
    ['enqueue', ended],
  ]);
});

test('a run without a webhook has none told', async () => {
  const { tx, written } = transaction();
  await enqueueWebhook(tx, runOf());
  expect(written).toEqual([]);
});

test('the events of a removed run are removed before its record, and one stands in their place', async () => {
  const run = runOf();
  const { tx, written } = transaction();
  await removeWaiting(tx, thread, run);
  expect(written.map(([what]) => what)).toEqual(['removeRun', 'delete', 'append']);
});

describe('a stop', () => {
  const interrupt = { action: 'INTERRUPT', reason: 'CANCELLED', by: null, keepPartialOutput: true } as const;

  test('that stands is not written again', async () => {
    const run = runOf({ status: 'RUNNING', stop: { ...interrupt, action: 'ROLLBACK' } });
    const { tx, written } = transaction();

    expect(await requestStop(tx, run, interrupt)).toBe(run);
    expect(written).toEqual([]);
  });

  test('is raised', async () => {
    const run = runOf({ status: 'RUNNING', stop: interrupt });
    const { tx, written } = transaction();

    const raised = await requestStop(tx, run, { ...interrupt, action: 'ROLLBACK' });

    expect(raised.stop).toMatchObject({ action: 'ROLLBACK' });
    expect(written).toEqual([['update', run.id, { stop: raised.stop }]]);
  });
});
