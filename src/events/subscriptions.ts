import { type EventKind, isAside, type LoggedEvent } from '../domain/event.ts';
import { type Owner, parseRunId, parseThreadId, type RunId, type ThreadId } from '../domain/ids.ts';
import type { MessageJson } from '../domain/message.ts';
import { isUnfinished, type Run } from '../domain/run.ts';
import type { Thread } from '../domain/thread.ts';
import { bodiesOfRun } from '../orchestrator/execution/run-writer.ts';
import { describeRefusal, type NotFoundKind } from '../orchestrator/outcomes.ts';
import type { CheckpointStore } from '../orchestrator/ports/checkpoints.ts';
import type { GraphHost } from '../orchestrator/ports/graph-host.ts';
import type { Reads } from '../orchestrator/ports/store.ts';
import type {
  Followed,
  FollowedEvent,
  FollowMessages,
  FollowRefused,
  FollowRun,
  FollowThread,
  StreamMode,
} from '../orchestrator/ports/subscriptions.ts';
import { CursorExpiredError, type Subscriptions } from '../orchestrator/ports/subscriptions.ts';
import { readRequest, readRequestOfRun } from '../orchestrator/queries/thread-state.ts';
import { formatCursor, type Position, parseCursor } from './cursor.ts';
import { CONVERSATION_KINDS, DEFAULT_MODES, kindsOf } from './event-kinds.ts';
import { conversationAfter, conversationEvents, Expansion, releasing } from './expansion.ts';
import type { FollowOptions, Wholeness } from './follower.ts';
import type { Hub } from './hub.ts';

type Options = {
  readonly thread: Thread;
  readonly rows: AsyncIterableIterator<LoggedEvent>;
  readonly expansion: Expansion;
  /** Deliver the row's own event? DEBUG alone wants only the derived one. */
  readonly own: (event: LoggedEvent) => boolean;
  readonly debug: boolean;
  /** Events to deliver first. */
  readonly first?: readonly FollowedEvent[];
  /**
   * The part of this row that was delivered last; the rows begin with it when a part of it is still to come.
   */
  readonly resumeAt?: { readonly seq: number; readonly part: number };
};

/**
 * Rows of the log as a subscriber gets them; `return()` releases the rows' source, and so does an event that
 * can't be made.
 */
const followedEvents = (options: Options): AsyncIterableIterator<FollowedEvent> =>
  releasing(generated(options), () => options.rows.return?.());

async function* generated(options: Options): AsyncGenerator<FollowedEvent, undefined> {
  if (options.first !== undefined) yield* options.first;
  for await (const row of options.rows) yield* await eventsOf(options, row);
}

async function eventsOf(
  { thread, expansion, own, debug, resumeAt }: Options,
  row: LoggedEvent,
): Promise<FollowedEvent[]> {
  const events: FollowedEvent[] = [];
  const seen = resumeAt?.seq === row.seq ? resumeAt.part : -1;
  const add = (part: number, body: FollowedEvent['body'] | null) => {
    if (body === null || part <= seen) return;
    const cursor = formatCursor({ threadId: row.threadId, seq: row.seq, part });
    events.push({ cursor, seq: row.seq, createdAt: row.createdAt, runId: row.runId, body });
  };
  if (own(row)) add(0, await expansion.body(thread, row));
  if (debug) add(1, await expansion.debug(thread, row));
  return events;
}

type Deps = {
  readonly hub: Hub;
  readonly reads: Reads;
  readonly graphs: GraphHost;
  readonly checkpoints: CheckpointStore;
};

/** Rows of the log that are read at a time. */
const LOG_BATCH = 500;
const RUN_CHANGES: ReadonlySet<EventKind> = new Set(['RUN_QUEUED', 'RUN_STARTED', 'RUN_ENDED']);

const endsRun = (event: LoggedEvent): boolean =>
  event.body.kind === 'RUN_ENDED' || event.body.kind === 'RUN_ROLLED_BACK';

/** Follows runs, threads and conversations for subscribers, from their cursors. */
export class LogSubscriptions implements Subscriptions {
  readonly #deps: Deps;
  readonly #expansion: Expansion;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#expansion = new Expansion(deps);
  }

  async followRun(request: FollowRun): Promise<Followed> {
    const { owner, runId, after, signal } = request;
    const { reads, hub } = this.#deps;
    const id = parseRunId(runId);
    if (id === null) return notFound('Run', runId);
    const run = await reads.run(owner, id);
    // A removed run's RunRolledBack is still there for those who come back with a cursor.
    const position = after === undefined ? null : parseCursor(after);
    const threadId = run?.threadId ?? position?.threadId;
    // Also of a run without a thread that has ended: queries no longer find its thread, which is kept for
    // late subscribers.
    const [thread] = threadId === undefined ? [] : await reads.threadsById(owner, [threadId]);
    if (thread === undefined) return notFound('Run', runId);
    const modes = request.modes ?? DEFAULT_MODES;
    const start = this.#startOf(thread, after, request.afterSeq ?? 0, modes);
    if ('code' in start) return start;
    const isOver = run === null || !isUnfinished(run);
    const isEmpty = isOver && (await reads.events(thread.id, start.afterSeq, 1, id)).length === 0;
    if (run === null && isEmpty) return notFound('Run', runId);
    const rows = isEmpty
      ? noRows()
      : hub.follow({
          ...wanted(request, start, modes),
          wholeness: this.#wholeness(thread, start),
          threadId: thread.id,
          runId: id,
          isLast: endsRun,
          signal,
        });
    return this.#following(thread, rows, modes, start.resumeAt);
  }

  async followThread(request: FollowThread): Promise<Followed> {
    const thread = await this.#thread(request.owner, request.threadId);
    if (thread === null) return notFound('Thread', request.threadId);
    const modes = request.modes ?? DEFAULT_MODES;
    const start = this.#startOf(thread, request.after, request.afterSeq ?? thread.nextSeq - 1, modes);
    if ('code' in start) return start;
    const rows = this.#deps.hub.follow({
      ...wanted(request, start, modes),
      wholeness: this.#wholeness(thread, start),
      threadId: thread.id,
      signal: request.signal,
    });
    return this.#following(thread, rows, modes, start.resumeAt);
  }

  async followMessages(request: FollowMessages): Promise<Followed> {
    const { owner, threadId, after, fromStart, signal } = request;
    if (fromStart && after !== undefined)
      return refused('BAD_USER_INPUT', 'after and fromStart: true cannot be combined.');
    const thread = await this.#thread(owner, threadId);
    if (thread === null) return notFound('Thread', threadId);
    const start = this.#startOf(thread, after, thread.nextSeq - 1, []);
    if ('code' in start) return start;
    const follow = (from: Start, first: readonly FollowedEvent[]): AsyncIterableIterator<FollowedEvent> => {
      const rows = this.#deps.hub.follow({
        threadId: thread.id,
        afterSeq: from.afterSeq,
        endsAtGap: true,
        newestSeq: thread.nextSeq - 1,
        wholeness: this.#wholeness(thread, from),
        accept: (event) =>
          CONVERSATION_KINDS.has(event.body.kind) && !isAside(event.body) && !isSeenDelta(event, from),
        signal,
      });
      const resumeAt = from.resumeAt === null ? {} : { resumeAt: from.resumeAt };
      return followedEvents({
        thread,
        rows,
        expansion: this.#expansion,
        own: () => true,
        debug: false,
        first,
        ...resumeAt,
      });
    };
    const followWhole = async (afterSeq: number | null): Promise<AsyncIterableIterator<FollowedEvent>> => {
      const { seq, event } = await this.#wholeConversation(thread);
      const missed = afterSeq === null ? [] : await this.#lifecycle(thread, afterSeq, seq);
      const behind = missed.filter((one) => one.seq === seq);
      const ahead = missed.filter((one) => one.seq < seq);
      return follow({ afterSeq: seq, resumeAt: null, wholeFrom: Math.max(start.wholeFrom, seq + 1) }, [
        ...ahead,
        event,
        ...behind,
      ]);
    };
    const events = fromStart ? await followWhole(null) : follow(start, []);
    return { kind: 'following', events: conversationEvents(events, followWhole) };
  }

  /** What happened to runs behind `afterSeq`, up to `upTo`. */
  async #lifecycle(thread: Thread, afterSeq: number, upTo: number): Promise<FollowedEvent[]> {
    const events: FollowedEvent[] = [];
    for (let after = afterSeq; ; ) {
      const rows = await this.#deps.reads.events(thread.id, after, LOG_BATCH);
      for (const row of rows) {
        if (row.seq > upTo || !RUN_CHANGES.has(row.body.kind)) continue;
        const body = await this.#expansion.body(thread, row);
        const { seq, createdAt, runId } = row;
        if (body !== null)
          events.push({
            cursor: formatCursor({ threadId: thread.id, seq, part: 0 }),
            seq,
            createdAt,
            runId,
            body,
          });
      }
      const last = rows.at(-1);
      if (rows.length < LOG_BATCH || last === undefined || last.seq >= upTo) return events;
      after = last.seq;
    }
  }

  async untilRunEnds(threadId: ThreadId, runId: RunId, afterSeq: number, signal: AbortSignal): Promise<void> {
    const rows = this.#deps.hub.follow({
      threadId,
      afterSeq,
      runId,
      accept: endsRun,
      isLast: endsRun,
      signal,
    });
    await rows.next();
    signal.throwIfAborted();
  }

  threadDeleted(threadId: ThreadId): void {
    this.#deps.hub.threadDeleted(threadId);
  }

  runDeleted(threadId: ThreadId, runId: RunId): void {
    this.#deps.hub.runDeleted(threadId, runId);
  }

  #following(
    thread: Thread,
    rows: AsyncIterableIterator<LoggedEvent>,
    modes: FollowRun['modes'] & object,
    resumeAt: Position | null,
  ): Followed {
    // DEBUG's rows are delivered as themselves only to those who asked for their own modes too.
    const own = kindsOf(modes.filter((mode) => mode !== 'DEBUG'));
    const events = followedEvents({
      thread,
      rows,
      expansion: this.#expansion,
      own: (event) => own.has(event.body.kind),
      debug: modes.includes('DEBUG'),
      ...(resumeAt === null ? {} : { resumeAt }),
    });
    return { kind: 'following', events };
  }

  /**
   * Where a subscription begins: after its cursor, or after `otherwise`. A row of which a part is still to
   * come is read again.
   */
  #startOf(
    thread: Thread,
    after: string | undefined,
    otherwise: number,
    modes: readonly StreamMode[],
  ): Start | FollowRefused {
    // Who has no cursor gets what there is, also of a log that was cut.
    if (after === undefined) return { afterSeq: otherwise, resumeAt: null, wholeFrom: thread.eventsFrom };
    const position = parseCursor(after);
    if (position === null) return refused('BAD_CURSOR', 'The cursor is not valid.');
    if (position.threadId !== thread.id)
      return refused('BAD_CURSOR', `The cursor belongs to a different thread than ${thread.id}.`);
    if (position.seq >= thread.nextSeq)
      return refused('BAD_CURSOR', 'The cursor points beyond the end of the event log.');
    // The row of the cursor itself is only needed where a part of it is still to come.
    const wholeFrom = position.part === 0 && modes.includes('DEBUG') ? position.seq : position.seq + 1;
    if (wholeFrom < thread.eventsFrom) return refused('CURSOR_EXPIRED', new CursorExpiredError().message);
    return position.part === 0
      ? { afterSeq: Math.max(position.seq - 1, 0), resumeAt: position, wholeFrom }
      : { afterSeq: position.seq, resumeAt: null, wholeFrom };
  }

  #wholeness(thread: Thread, { wholeFrom }: Pick<Start, 'wholeFrom'>): Wholeness {
    const now = async () =>
      (await this.#deps.reads.threadsById(thread.owner, [thread.id]))[0]?.eventsFrom ?? 0;
    return { from: wholeFrom, now };
  }

  async #thread(owner: Owner, id: string): Promise<Thread | null> {
    const threadId = parseThreadId(id);
    return threadId === null ? null : this.#deps.reads.thread(owner, threadId);
  }

  /**
   * The conversation as of one seq: the messages at the active run's headBefore, and what the log says it has
   * done to them since. Only the log shows that, for a message may be in the state before its last deltas are
   * in the log, and the other way round.
   */
  async #wholeConversation(
    followed: Thread,
  ): Promise<{ readonly seq: number; readonly event: FollowedEvent }> {
    const { reads } = this.#deps;
    for (;;) {
      const seq = (await reads.lastSeq(followed.id)) ?? 0;
      const active = await reads.activeRun(followed.id);
      // After the seq: its first run, from which its graph is known, may have started and even ended since it
      // was read.
      const thread = (await reads.thread(followed.owner, followed.id)) ?? followed;
      const checkpointId = active === null ? await this.#deps.checkpoints.head(thread.id) : active.headBefore;
      // A thread at rest is as its state is read: with what finished tasks wrote before a pause or a failure.
      const at = active === null ? null : checkpointId;
      const start = checkpointId === null ? [] : await this.#messagesAt(thread, active, at);
      const since =
        active === null ? [] : await bodiesOfRun(reads, { threadId: thread.id, runId: active.id }, seq);
      const messages = await conversationAfter(start, since, async ({ checkpointId: published }) =>
        published === null ? [] : this.#messagesAt(thread, active, published),
      );
      // With no run active the head alone counts, so nothing may have happened in between.
      const still = await reads.activeRun(thread.id);
      const quiet =
        active !== null
          ? still?.id === active.id
          : still === null && ((await reads.lastSeq(thread.id)) ?? 0) === seq;
      if (!quiet) continue;
      const cursor = formatCursor({ threadId: thread.id, seq, part: 0 });
      return {
        seq,
        event: {
          cursor,
          seq,
          createdAt: thread.updatedAt,
          runId: null,
          body: { kind: 'MESSAGES_RESET', messages },
        },
      };
    }
  }

  /** @param checkpointId null: the head, with what its finished tasks wrote */
  async #messagesAt(
    thread: Thread,
    run: Run | null,
    checkpointId: string | null,
  ): Promise<readonly MessageJson[]> {
    const at = { checkpointId };
    const request =
      run === null ? await readRequest(this.#deps, thread, at) : readRequestOfRun(this.#deps, run, at);
    return request === null ? [] : this.#deps.graphs.readMessages(request);
  }
}

type Start = {
  readonly afterSeq: number;
  readonly resumeAt: Position | null;
  /** What came before this seq isn't missed. */
  readonly wholeFrom: number;
};

/**
 * The row of the cursor itself, read again: a delta has no other part, and joined with those behind it its
 * text would come twice.
 */
const isSeenDelta = (event: LoggedEvent, { resumeAt }: Start): boolean =>
  event.seq === resumeAt?.seq && event.body.kind === 'MESSAGE_DELTA';

/** Which rows a follower of these modes is to get, from where on. */
function wanted(request: FollowRun | FollowThread, start: Start, modes: readonly StreamMode[]): Wanted {
  const { recall, everyDelta, untilSeq } = request;
  const kinds = kindsOf(modes);
  const recalled: ReadonlySet<EventKind> = recall === undefined ? NO_KINDS : kindsOf(recall.modes);
  const accept = (event: LoggedEvent): boolean =>
    event.seq <= start.afterSeq
      ? recalled.has(event.body.kind)
      : kinds.has(event.body.kind) && !isSeenDelta(event, start);
  return {
    afterSeq: Math.min(start.afterSeq, recall?.fromSeq ?? start.afterSeq),
    accept,
    everyDelta,
    untilSeq,
  };
}
type Wanted = Pick<FollowOptions, 'afterSeq' | 'accept' | 'everyDelta' | 'untilSeq'>;
const NO_KINDS: ReadonlySet<EventKind> = new Set();

const refused = (code: FollowRefused['code'], message: string): FollowRefused => ({
  kind: 'refused',
  code,
  message,
});
const notFound = (what: NotFoundKind, id: string): FollowRefused =>
  refused('NOT_FOUND', describeRefusal({ kind: 'notFound', what, id }).message);

async function* noRows(): AsyncGenerator<LoggedEvent, undefined> {}
