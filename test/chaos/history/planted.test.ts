import { describe, expect, test } from 'vitest';
import type { MessageJson } from '../../../src/domain/message.ts';
import { PRIVATE } from '../graphs/private.ts';
import { findViolations } from './check.ts';
import { ModelHistory } from './model-history.ts';
import type { Call, CreateRunCall, Invariant, Observed, Subscription } from './observed.ts';

/** All parts of an object, writable: what a planted violation is made with. */
type Writable<T> = T extends ReadonlySet<unknown> | MessageJson
  ? T
  : T extends object
    ? { -readonly [K in keyof T]: Writable<T[K]> }
    : T;
type Draft = Writable<Observed>;

/**
 * run-1 `a` completes; run-2 `b` is taken over and interrupted by run-3 `c`, which is rolled back by run-4
 * `d`; `e` (REJECT) is refused meanwhile; `f` is superseded by `g` while it waits; `h` throws from a timer,
 * `i` completes and is deleted, `j` completes; then everything ends, and the closing run.
 */
const DELETED = 'run-8';
function goodHistory(): Observed {
  const model = new ModelHistory();
  model.createRun('a', 'ENQUEUE', { key: 'key-a' });
  model.start();
  model.stream();
  model.settle();
  model.joinRun('run-1');
  model.createRun('b', 'ENQUEUE');
  model.start();
  model.takeOver();
  model.stream();
  model.createRun('c', 'INTERRUPT');
  model.settle();
  model.start();
  model.stream();
  model.createRun('e', 'REJECT', { key: 'key-e' });
  model.createRun('d', 'ROLLBACK');
  model.settle();
  model.start();
  model.stream();
  model.createRun('f', 'ENQUEUE');
  model.createRun('g', 'INTERRUPT');
  model.settle();
  model.start();
  model.settle();
  model.createRun('h', 'ENQUEUE', { wish: 'timer' });
  model.start();
  model.fail();
  model.createRun('i', 'ENQUEUE');
  model.start();
  model.stream();
  model.settle();
  model.joinRun(DELETED);
  model.deleteRun(DELETED);
  model.createRun('j', 'ENQUEUE');
  return model.observe();
}

const createOf = (draft: Draft, label: string): Writable<CreateRunCall> =>
  draft.calls.find(
    (call): call is Writable<CreateRunCall> => call.op === 'createRun' && call.label === label,
  )!;
const rowOf = (draft: Draft, runId: string) => draft.rows.runs.find(({ id }) => id === runId)!;
const eventOf = (draft: Draft, runId: string, kind: string) =>
  draft.rows.events.find((event) => event.runId === runId && event.kind === kind)!;
const subscriberOf = (draft: Draft, client: string): Writable<Subscription> =>
  draft.subscriptions.find((one) => one.client === client)!;
/** What a subscriber and the log say alike. */
const everywhere = (draft: Draft) => [draft.rows.events, ...draft.subscriptions.map(({ events }) => events)];

const RUN_C = 'run-3';
const PLANTED: readonly (readonly [Invariant, string, (draft: Draft) => void])[] = [
  [
    'I1',
    'a run starts before the one before it has ended',
    (draft) => {
      const [start, end] = [
        eventOf(draft, 'run-2', 'RUN_STARTED').seq,
        eventOf(draft, 'run-1', 'RUN_ENDED').seq,
      ];
      for (const events of everywhere(draft))
        for (const event of events) {
          if (event.runId === 'run-2' && event.kind === 'RUN_STARTED') event.seq = end;
          else if (event.runId === 'run-1' && event.kind === 'RUN_ENDED') event.seq = start;
        }
    },
  ],
  [
    'I1',
    'two rows were RUNNING at one time',
    (draft) => {
      rowOf(draft, 'run-1').finishedAtMs = rowOf(draft, 'run-2').startedAtMs! + 1;
    },
  ],
  [
    'I2',
    'a later run starts first',
    (draft) => {
      const late = createOf(draft, 'a');
      [late.invokedAtMs, late.returnedAtMs] = [10_000, 10_001];
    },
  ],
  [
    'I2',
    'a later run starts while the earlier one waits to be removed',
    (draft) => {
      // `d` was sent when `c` was stored; now the rollback of `c` comes after the start of `d`, and nobody
      // saw `c` start.
      const start = eventOf(draft, 'run-4', 'RUN_STARTED').seq;
      for (const events of everywhere(draft)) {
        for (const event of events) {
          if (event.runId === RUN_C && event.kind === 'RUN_ROLLED_BACK') event.seq = start + 0.5;
          else if (event.runId === RUN_C) event.runId = 'unknown';
        }
      }
    },
  ],
  ['I3', 'an accepted run is nowhere', (draft) => draft.rows.runs.splice(0, 1)],
  [
    'I3',
    'a run never ends',
    (draft) => {
      Object.assign(rowOf(draft, 'run-2'), { status: 'RUNNING', endReason: null, finishedAtMs: null });
    },
  ],
  [
    'I3',
    'a run ends twice',
    (draft) => {
      const end = eventOf(draft, 'run-1', 'RUN_ENDED');
      draft.rows.events.push({ ...end, seq: end.seq + 0.5 });
    },
  ],
  [
    'I3',
    'a run has no RUN_ENDED',
    (draft) => {
      for (const events of everywhere(draft)) remove(events, 'run-2', 'RUN_ENDED');
    },
  ],
  [
    'I3',
    'a run is removed and nobody asked for it',
    (draft) => {
      createOf(draft, 'd').strategy = 'ENQUEUE';
    },
  ],
  [
    'I3',
    'a joiner is told another end',
    (draft) => {
      const join = draft.calls.find((call) => call.op === 'joinRun')!;
      join.outcome = { kind: 'joined', status: 'ERROR', endReason: 'FAILED', state: null };
    },
  ],
  [
    'I3',
    'a joiner is told that a run is gone which is there',
    (draft) => {
      draft.calls.find((call) => call.op === 'joinRun')!.outcome = { kind: 'notFound' };
    },
  ],
  [
    'I3',
    'a thread is stuck',
    (draft) => {
      draft.rows.threads[0]!.claimableAtMs = 5;
    },
  ],
  ['I4', 'an accepted message is lost', (draft) => draft.finals[0]!.state!.messages.splice(0, 1)],
  [
    'I4',
    'an accepted message is there twice',
    (draft) => draft.finals[0]!.state!.messages.push({ type: 'human', content: 'a again' }),
  ],
  [
    'I4',
    'text of an interrupted run is lost',
    (draft) => {
      const messages = draft.finals[0]!.state!.messages;
      const id = draft.rows.events.find(
        ({ runId, kind }) => runId === 'run-2' && kind === 'MESSAGE_DELTA',
      )!.messageId;
      messages.splice(
        messages.findIndex((message) => message.id === id),
        1,
      );
    },
  ],
  [
    'I4',
    'a tool call dangles',
    (draft) => {
      draft.finals[0]!.state!.messages.push({
        type: 'ai',
        content: '',
        tool_calls: [{ id: 'call', name: 'tool', args: {} }],
      });
    },
  ],
  [
    'I3',
    'a run ends SUCCESS whose graph threw from a timer',
    (draft) => {
      rowOf(draft, 'run-7').status = 'SUCCESS';
    },
  ],
  [
    'I3',
    'a run is gone that nobody could delete',
    (draft) => {
      draft.calls.find((call) => call.op === 'deleteRun')!.outcome = { kind: 'active' };
    },
  ],
  [
    'I3',
    'a run is there that was told to be deleted',
    (draft) => {
      draft.calls.find((call) => call.op === 'deleteRun')!.runId = 'run-1';
    },
  ],
  [
    'I4',
    'a deletion takes a message from the state',
    (draft) => {
      const { messages } = draft.finals[0]!.state!;
      messages.splice(
        messages.findIndex(({ content }) => content === 'i hello'),
        1,
      );
      draft.finals[0]!.conversation = draft.finals[0]!.conversation.filter(({ text }) => text !== 'i hello');
    },
  ],
  [
    'I4',
    'the state holds what a subagent said',
    (draft) => {
      const join = draft.calls.find((call) => call.op === 'joinRun')!;
      const state = {
        checkpointId: 'another',
        next: [],
        messages: [{ type: 'ai' as const, content: PRIVATE }],
      };
      draft.calls.push({ ...join, op: 'getState', outcome: { kind: 'state', state } });
    },
  ],
  [
    'I4',
    'a subscriber is shown what a subagent said',
    (draft) => {
      draft.finals[0]!.state!.messages.push({ type: 'ai', content: PRIVATE });
      draft.finals[0]!.conversation.push({ id: 'private', type: 'ai', text: PRIVATE, partial: false });
    },
  ],
  [
    'I5',
    'a deleted run leaves an event',
    (draft) => {
      draft.rows.events.push({ threadId: 'thread-1', seq: 10_000, kind: 'CUSTOM', runId: DELETED });
    },
  ],
  [
    'I6',
    'a request is refused for a run that is known to be deleted',
    (draft) => {
      const refused = createOf(draft, 'e');
      draft.calls.push({
        ...refused,
        label: 'x',
        key: 'key-x',
        invokedAtMs: 10_000,
        returnedAtMs: 10_001,
        outcome: { kind: 'refused', why: 'ThreadBusyError', blockingRunId: DELETED },
      });
      draft.calls = draft.calls.filter((call) => call.op !== 'joinRun');
    },
  ],
  ['I4', 'a conversation differs from the state', (draft) => draft.finals[0]!.conversation.pop()],
  [
    'I5',
    'a rolled-back run leaves a checkpoint',
    (draft) => draft.rows.writers.push({ threadId: 'thread-1', runId: RUN_C }),
  ],
  [
    'I5',
    'a rollback restores another checkpoint',
    (draft) => {
      draft.rows.events.find(({ kind, runId }) => kind === 'MESSAGES_RESET' && runId === null)!.checkpointId =
        'another';
    },
  ],
  [
    'I5',
    'a run begins at a state that no run left',
    (draft) => {
      rowOf(draft, 'run-4').headBefore = 'another';
    },
  ],
  [
    'I5',
    "a rolled-back run's message stays",
    (draft) => draft.finals[0]!.state!.messages.push({ type: 'human', content: 'c hello' }),
  ],
  [
    'I5',
    'a thread rests in another status than its runs left',
    (draft) => {
      draft.finals[0]!.rested!.status = 'ERROR';
    },
  ],
  [
    'I5',
    'a checkpoint reads otherwise than before',
    (draft) => {
      const state = { ...draft.finals[0]!.state!, messages: [] };
      const join = draft.calls.find((call) => call.op === 'joinRun')!;
      draft.calls.push({
        ...join,
        outcome: { kind: 'joined', status: 'SUCCESS', endReason: 'COMPLETED', state },
      });
    },
  ],
  [
    'I6',
    'a refused request makes a run',
    (draft) => {
      rowOf(draft, 'run-1').label = 'e';
    },
  ],
  [
    'I6',
    "a refused request's message is in the state",
    (draft) => draft.finals[0]!.state!.messages.push({ type: 'human', content: 'e hello' }),
  ],
  [
    'I6',
    'REJECT is accepted while a run is unfinished',
    (draft) => {
      createOf(draft, 'c').strategy = 'REJECT';
    },
  ],
  [
    'I6',
    'a request is refused for a run that is known to have ended',
    (draft) => {
      createOf(draft, 'e').outcome = { kind: 'refused', why: 'ThreadBusyError', blockingRunId: 'run-1' };
    },
  ],
  [
    'I7',
    'a subscriber misses an event',
    (draft) => remove(subscriberOf(draft, 'live').events, 'run-1', 'RUN_STARTED'),
  ],
  ['I7', 'a subscriber misses the last events', (draft) => subscriberOf(draft, 'late').events.pop()],
  [
    'I7',
    'a subscriber gets an event twice',
    (draft) => {
      const { events } = subscriberOf(draft, 'live');
      events.splice(3, 0, events[2]!);
    },
  ],
  [
    'I7',
    'a subscriber gets events out of order',
    (draft) => {
      const { events } = subscriberOf(draft, 'brief');
      events.splice(2, 2, events[3]!, events[2]!);
    },
  ],
  [
    'I7',
    'a subscriber gets what was never committed',
    (draft) => remove(draft.rows.events, 'run-1', 'CUSTOM'),
  ],
  [
    'I7',
    'a subscriber gets another text',
    (draft) => {
      subscriberOf(draft, 'late').events.find(({ kind }) => kind === 'MESSAGE_DELTA')!.text = 'other';
    },
  ],
  [
    'I7',
    'two subscribers get different events of a removed run under one seq',
    (draft) => {
      const { events } = subscriberOf(draft, 'live');
      const other = structuredClone(subscriberOf(draft, 'live'));
      other.events.find(({ runId, kind }) => runId === RUN_C && kind === 'RUN_STARTED')!.kind = 'RUN_RESUMED';
      expect(events.some(({ runId }) => runId === RUN_C)).toBe(true);
      draft.subscriptions.push(other);
    },
  ],
  [
    'I7',
    'a subscription fails',
    (draft) => {
      subscriberOf(draft, 'live').end = { failed: 'INTERNAL_SERVER_ERROR' };
    },
  ],
  [
    'I8',
    'a worker writes after its run was taken over',
    (draft) => {
      const stale = draft.rows.events.find(
        ({ runId, execution }) => runId === 'run-2' && execution !== undefined,
      )!;
      draft.rows.events.push({ ...stale, seq: eventOf(draft, 'run-2', 'RUN_RESUMED').seq - 0.5 });
    },
  ],
  [
    'I8',
    'a worker writes after its run has ended',
    (draft) => {
      eventOf(draft, 'run-1', 'CUSTOM').seq = eventOf(draft, 'run-1', 'RUN_ENDED').seq + 0.5;
    },
  ],
  [
    'I8',
    'two attempts fork the checkpoints',
    (draft) => {
      const [first] = draft.rows.checkpoints;
      draft.rows.checkpoints.push({ ...first!, id: 'fork', seq: 10_000 });
    },
  ],
  ['I10', 'a repeated request makes another run', (draft) => draft.calls.push(repeatOf(draft, 'run-4'))],
  [
    'I10',
    'a retry that the client made by itself makes another run',
    (draft) => {
      rowOf(draft, 'run-4').label = 'b';
    },
  ],
  ['I10', 'nobody asked for a run', (draft) => draft.calls.splice(0, 1)],
];

function remove(events: { runId: string | null; kind: string }[], runId: string, kind: string): void {
  events.splice(
    events.findIndex((event) => event.runId === runId && event.kind === kind),
    1,
  );
}

const repeatOf = (draft: Draft, runId: string): Writable<Call> => ({
  ...createOf(draft, 'a'),
  outcome: { kind: 'accepted', runId },
});

describe('the history checker', () => {
  test('accepts the history in which the violations are planted', () => {
    expect(findViolations(goodHistory())).toEqual([]);
  });

  test.each(PLANTED)('finds (%s) that %s', (invariant, _what, plant) => {
    const draft = structuredClone(goodHistory()) as Draft;

    plant(draft);

    expect(findViolations(draft as Observed).map((violation) => violation.invariant)).toContain(invariant);
  });

  test('assumes nothing of a call whose answer was lost: neither that it was carried out nor that it was not, nor when', () => {
    const draft = structuredClone(goodHistory()) as Draft;
    const lost = { kind: 'lost', why: 'CONNECTION_LOST' } as const;
    // `b` was sent last and its answer lost, though its run started second; `x` was never carried out.
    Object.assign(createOf(draft, 'b'), { outcome: lost, returnedAtMs: 20_000 });
    draft.calls.push({ ...createOf(draft, 'a'), label: 'x', key: 'key-x', outcome: lost });
    draft.calls.push({ ...createOf(draft, 'a'), outcome: lost, returnedAtMs: 20_000 });

    expect(findViolations(draft as Observed)).toEqual([]);
  });

  test('takes no deletion for granted whose answer was lost, and asks for nothing that only the deleted run’s events would tell', () => {
    const model = new ModelHistory();
    for (const label of ['a', 'b', 'c']) {
      model.createRun(label, 'ENQUEUE');
      model.start();
      if (label === 'b') model.fail();
      else model.settle();
    }
    model.deleteRun('run-2', { lost: true });
    model.deleteRun('run-3', { lost: true });
    const draft = structuredClone(model.observe()) as Draft;
    draft.calls.push({ ...draft.calls.find((call) => call.op === 'deleteRun')!, runId: 'run-1' });
    for (const { events } of draft.subscriptions)
      events.splice(
        0,
        events.length,
        ...events.filter(({ runId }) => runId !== 'run-2' && runId !== 'run-3'),
      );

    expect(findViolations(draft as Observed)).toEqual([]);
  });

  test('says nothing of messages of a thread whose state nobody could read at the end', () => {
    const draft = structuredClone(goodHistory()) as Draft;
    draft.finals = [];

    expect(findViolations(draft as Observed)).toEqual([]);
  });

  test('takes it that a run which was given up, and stopped before it was settled, keeps nothing of what it had said', () => {
    const model = new ModelHistory();
    model.createRun('a', 'ENQUEUE');
    model.start();
    model.stream();
    model.giveUp();
    model.cancelRun('run-1', 'INTERRUPT');
    const given = model.observe();

    expect(findViolations(given)).toEqual([]);
    // One attempt, whose text was taken back at its end: that is a loss.
    const draft = structuredClone(given) as Draft;
    rowOf(draft, 'run-1').attempt = 1;
    expect(findViolations(draft as Observed).map(({ invariant }) => invariant)).toEqual(['I4']);
  });
});
