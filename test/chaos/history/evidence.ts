import type { EventKind } from '../../../src/domain/event.ts';
import type {
  Call,
  CheckpointRow,
  CreateRunCall,
  EventFacts,
  EventRow,
  FinalThread,
  Observed,
  RunRow,
  Subscription,
  ThreadRow,
} from './observed.ts';

/** Where a run's life is in its thread's log, as far as anybody knows. */
export type Life = {
  readonly runId: string;
  label: string | null;
  queued: number | null;
  started: number | null;
  readonly resumed: number[];
  /** RUN_ENDED and RUN_ROLLED_BACK; more than one is a violation. */
  readonly ends: { readonly seq: number; readonly kind: 'RUN_ENDED' | 'RUN_ROLLED_BACK' }[];
};

/** All that is known of one thread. */
export type Evidence = {
  readonly threadId: string;
  readonly thread: ThreadRow | null;
  readonly calls: readonly Call[];
  readonly creates: readonly CreateRunCall[];
  readonly subscriptions: readonly Subscription[];
  /** By position. */
  readonly runs: readonly RunRow[];
  /** The rows of the log, by seq. */
  readonly log: readonly EventRow[];
  /** The log with what subscribers saw of events that were removed since, by seq. */
  readonly known: readonly EventFacts[];
  /** In the order in which they are first known of. */
  readonly lives: ReadonlyMap<string, Life>;
  /** Runs that were removed by a rollback. */
  readonly removed: ReadonlySet<string>;
  /** Ended runs that somebody deleted: of their events only that is known which subscribers saw. */
  readonly deleted: ReadonlySet<string>;
  readonly checkpoints: readonly CheckpointRow[];
  readonly writers: ReadonlySet<string>;
  readonly head: string | null;
  readonly final: FinalThread | null;
};

/** Sorts what was observed by thread. A thread is one that has a row or that a call names. */
export function evidenceOf(observed: Observed): Evidence[] {
  const { calls, subscriptions, rows, finals } = observed;
  const ids = new Set([...rows.threads.map(({ id }) => id), ...calls.map(({ threadId }) => threadId)]);
  const of = <T extends { readonly threadId: string }>(
    items: readonly T[],
  ): ((threadId: string) => readonly T[]) => {
    const groups = Map.groupBy(items, ({ threadId }) => threadId);
    return (threadId) => groups.get(threadId) ?? [];
  };
  const [callsOf, subscriptionsOf, runsOf, eventsOf] = [
    of(calls),
    of(subscriptions),
    of(rows.runs),
    of(rows.events),
  ];
  const [checkpointsOf, writersOf, headsOf, finalsOf] = [
    of(rows.checkpoints),
    of(rows.writers),
    of(rows.heads),
    of(finals),
  ];
  return [...ids].map((threadId) => {
    const log = eventsOf(threadId).toSorted((a, b) => a.seq - b.seq);
    const known = knownEvents(log, subscriptionsOf(threadId));
    const runs = runsOf(threadId).toSorted((a, b) => a.position - b.position);
    const lives = livesOf(known, runs);
    const removed = new Set(
      [...lives.values()].filter(({ ends }) => ends.some(isRollback)).map(({ runId }) => runId),
    );
    const left = new Set([...removed, ...runs.map(({ id }) => id)]);
    return {
      threadId,
      thread: rows.threads.find(({ id }) => id === threadId) ?? null,
      calls: callsOf(threadId),
      creates: callsOf(threadId).filter((call) => call.op === 'createRun'),
      subscriptions: subscriptionsOf(threadId),
      runs,
      log,
      known,
      lives,
      removed,
      deleted: new Set(deletedBy(callsOf(threadId)).filter((id) => !left.has(id))),
      checkpoints: checkpointsOf(threadId).toSorted((a, b) => a.seq - b.seq),
      writers: new Set(writersOf(threadId).map(({ runId }) => runId)),
      head: headsOf(threadId)[0]?.checkpointId ?? null,
      final: finalsOf(threadId)[0] ?? null,
    };
  });
}

/** The seq at which the run was over; null: not yet, as far as is known. */
export const endOf = (life: Life | undefined): number | null => life?.ends[0]?.seq ?? null;

/** Whose deletion somebody was told of, or may have been carried out without an answer. */
const deletedBy = (calls: readonly Call[]): string[] =>
  calls.flatMap((call) =>
    call.op === 'deleteRun' && (call.outcome.kind === 'deleted' || call.outcome.kind === 'lost')
      ? [call.runId]
      : [],
  );

/** Where a run's life is not known to its end, because it was deleted and no subscriber had seen that far. */
export const isHalfKnown = ({ deleted }: Evidence, life: Life): boolean =>
  deleted.has(life.runId) && life.ends.length === 0;

const isRollback = ({ kind }: { readonly kind: EventKind }): boolean => kind === 'RUN_ROLLED_BACK';

/**
 * The log has the last word about a seq; of what it lacks, the first subscriber's view counts (they are
 * compared elsewhere).
 */
function knownEvents(log: readonly EventFacts[], subscriptions: readonly Subscription[]): EventFacts[] {
  const known = new Map<number, EventFacts>();
  // A subscriber's RUN_QUEUED says which request it was, which the row in the log does not.
  for (const { events } of subscriptions)
    for (const event of events) if (!known.has(event.seq)) known.set(event.seq, event);
  for (const row of log) known.set(row.seq, { ...row, label: known.get(row.seq)?.label });
  return [...known.values()].toSorted((a, b) => a.seq - b.seq);
}

function livesOf(known: readonly EventFacts[], runs: readonly RunRow[]): Map<string, Life> {
  const lives = new Map<string, Life>();
  const lifeOf = (runId: string): Life => {
    const life = lives.get(runId) ?? {
      runId,
      label: null,
      queued: null,
      started: null,
      resumed: [],
      ends: [],
    };
    lives.set(runId, life);
    return life;
  };
  for (const { seq, kind, runId, label } of known) {
    if (runId === null) continue;
    const life = lifeOf(runId);
    life.label ??= label ?? null;
    if (kind === 'RUN_QUEUED') life.queued ??= seq;
    if (kind === 'RUN_STARTED') life.started ??= seq;
    if (kind === 'RUN_RESUMED') life.resumed.push(seq);
    if (kind === 'RUN_ENDED' || kind === 'RUN_ROLLED_BACK') life.ends.push({ seq, kind });
  }
  for (const run of runs) lifeOf(run.id).label ??= run.label;
  return lives;
}
