import type { EventBody, LoggedEvent } from '../domain/event.ts';
import type { RunId, ThreadId } from '../domain/ids.ts';
import { mergeExtras } from '../domain/message-fold.ts';
import type { Reads } from '../orchestrator/ports/store.ts';
import { CursorExpiredError } from '../orchestrator/ports/subscriptions.ts';
import { LogGapError } from './cursor.ts';

/** A follower with at least this many events waiting lags: its adjacent deltas are joined. */
const LAGGING = 32;

/**
 * Takes the next event from the front of `waiting` (which it shortens); null when it is empty. Where many
 * wait, adjacent deltas of one message become one that carries the last one's seq, so that a fast model
 * doesn't cost a slow subscriber an execution per token.
 */
export function joinDeltas(waiting: LoggedEvent[]): LoggedEvent | null {
  const lagging = waiting.length >= LAGGING;
  const first = waiting.shift();
  if (first === undefined || !lagging || !isTextDelta(first)) return first ?? null;
  let last = first;
  let { extras } = first.body;
  const texts = [first.body.text];
  for (
    let next = waiting[0];
    next !== undefined && isTextDelta(next) && isOfSameMessage(next, first);
    next = waiting[0]
  ) {
    texts.push(next.body.text);
    if (next.body.extras !== undefined) extras = mergeExtras(extras ?? {}, next.body.extras);
    last = next;
    waiting.shift();
  }
  const text = texts.join('');
  return {
    ...last,
    body: { ...first.body, text, content: text, ...(extras === undefined ? {} : { extras }) },
  };
}

type TextDelta = LoggedEvent & { readonly body: Extract<EventBody, { kind: 'MESSAGE_DELTA' }> };

/**
 * Its content is a text, so the message's is a text too (EventBody): texts that follow each other are one.
 */
const isTextDelta = (event: LoggedEvent): event is TextDelta =>
  event.body.kind === 'MESSAGE_DELTA' && typeof event.body.content === 'string';

const isOfSameMessage = (event: TextDelta, first: TextDelta): boolean =>
  event.runId === first.runId &&
  event.body.messageId === first.body.messageId &&
  event.body.ns === first.body.ns;

type FollowerDeps = Omit<FollowOptions, 'newestSeq'> & {
  readonly reads: Reads;
  /** The newest seq of the thread that this process knows to be committed. */
  readonly newestSeq: () => number;
  readonly onRelease: () => void;
};

/** Events that a live follower may have waiting before it is sent back to the log. */
const MAX_WAITING = 512;
const LOG_BATCH = 500;

/**
 * One subscriber's way through a thread's log.
 *
 * REPLAYING: `#next` events come from the log; offers are ignored. LIVE: every row up to `#accounted` was
 * delivered, refused by `accept` or waits in `#waiting`, and the next offer must be the row after it. It
 * begins REPLAYING, becomes LIVE when the log has nothing newer than what this process knows to be committed,
 * and falls back when an offer leaves a gap or the buffer is full. ENDED: released; `next` is done. A run's
 * rows can be removed with their last one before a follower that lags has read it: `#isOver` ends it when it
 * is LIVE and has nothing left.
 */
export class Follower implements AsyncIterableIterator<LoggedEvent> {
  readonly #deps: FollowerDeps;
  #waiting: LoggedEvent[] = [];
  #accounted: number;
  #state: 'REPLAYING' | 'LIVE' | 'ENDED' = 'REPLAYING';
  #isOver = false;
  #wake: (() => void) | null = null;
  #delivering: Promise<unknown> = Promise.resolve();
  readonly #onAbort = () => this.end();

  constructor(deps: FollowerDeps) {
    this.#deps = deps;
    this.#accounted = deps.afterSeq;
    if (deps.signal?.aborted) queueMicrotask(this.#onAbort);
    else deps.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get runId(): RunId | undefined {
    return this.#deps.runId;
  }

  /** Takes a committed row of the thread. */
  offer(event: LoggedEvent): void {
    if (this.#state === 'LIVE') {
      if (event.seq <= this.#accounted) return;
      if (event.seq !== this.#accounted + 1 || this.#waiting.length >= MAX_WAITING) this.#state = 'REPLAYING';
      else {
        this.#accounted = event.seq;
        if (!this.#wants(event)) return;
        this.#waiting.push(event);
      }
    }
    this.#wake?.();
  }

  /** There are rows that were not offered: read on from the log. */
  fallBehind(): void {
    if (this.#state === 'LIVE') this.#state = 'REPLAYING';
    this.#wake?.();
  }

  /** Nothing that it wants will be added: it ends once it has delivered what there is. */
  finish(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  /** Ends it; what still waits is not delivered. */
  end(): void {
    if (this.#state === 'ENDED') return;
    this.#state = 'ENDED';
    this.#waiting = [];
    this.#deps.signal?.removeEventListener('abort', this.#onAbort);
    this.#deps.onRelease();
    this.#wake?.();
  }

  next(): Promise<IteratorResult<LoggedEvent, undefined>> {
    // Calls are answered one after the other, so that two of them at once get two events in order.
    const result = this.#delivering.then(() => this.#next());
    this.#delivering = result.catch(() => undefined);
    return result;
  }

  async return(): Promise<IteratorResult<LoggedEvent, undefined>> {
    this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #next(): Promise<IteratorResult<LoggedEvent, undefined>> {
    for (;;) {
      const event = this.#deps.everyDelta ? (this.#waiting.shift() ?? null) : joinDeltas(this.#waiting);
      if (event !== null) {
        if (this.#deps.isLast?.(event)) this.end();
        return { done: false, value: event };
      }
      if (this.#state === 'ENDED') return { done: true, value: undefined };
      if (this.#state === 'REPLAYING') await this.#replay();
      else if (this.#isOver) this.end();
      else await this.#offered();
    }
  }

  #offered(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null;
        resolve();
      };
    });
  }

  async #replay(): Promise<void> {
    const known = this.#deps.newestSeq();
    const { reads, threadId, runId } = this.#deps;
    const rows = await reads.events(threadId, this.#accounted, LOG_BATCH, runId);
    if (hasGap(rows, this.#accounted, known)) {
      await this.#expectWhole();
      if (this.#deps.endsAtGap && this.#state === 'REPLAYING' && !isHealed(rows, this.#accounted, known)) {
        this.end();
        throw new LogGapError(this.#accounted);
      }
    }
    if (this.#state !== 'REPLAYING') return;
    for (const row of rows) if (this.#wants(row)) this.#waiting.push(row);
    const whole = rows.length < LOG_BATCH;
    // The log is authoritative: what it doesn't have below `known` was removed by a rollback, or is another
    // run's.
    this.#accounted = Math.max(this.#accounted, rows.at(-1)?.seq ?? 0, whole ? known : 0);
    if (whole && this.#deps.newestSeq() <= this.#accounted) this.#state = 'LIVE';
    const { untilSeq } = this.#deps;
    if (untilSeq === undefined || (!whole && this.#accounted < untilSeq)) return;
    this.#state = 'LIVE';
    this.#isOver = true;
  }

  /**
   * Rows behind the last one that is accounted for are missing: of runs that were removed, of other runs, or
   * too old.
   */
  async #expectWhole(): Promise<void> {
    const { wholeness } = this.#deps;
    if (wholeness === undefined || (await wholeness.now()) <= Math.max(wholeness.from, this.#accounted + 1))
      return;
    if (this.#state === 'ENDED') return;
    this.end();
    throw new CursorExpiredError();
  }

  #wants(event: LoggedEvent): boolean {
    const { runId, accept, untilSeq } = this.#deps;
    return (
      (runId === undefined || event.runId === runId) &&
      (untilSeq === undefined || event.seq <= untilSeq) &&
      accept(event)
    );
  }
}

function hasGap(rows: readonly LoggedEvent[], accounted: number, known: number): boolean {
  const lastRow = rows.at(-1)?.seq ?? accounted;
  // Where the log ends here, everything up to what is known to be committed should have been among the rows.
  const last = rows.length < LOG_BATCH ? Math.max(lastRow, known) : lastRow;
  return last - accounted > rows.length;
}

/**
 * Whether the whole conversation follows behind the last gap: a rollback removes rows and says what is left.
 */
function isHealed(rows: readonly LoggedEvent[], accounted: number, known: number): boolean {
  let before = accounted;
  let isWhole = true;
  for (const { seq, body } of rows) {
    if (seq !== before + 1) isWhole = false;
    if (body.kind === 'MESSAGES_RESET') isWhole = true;
    before = seq;
  }
  return isWhole && (rows.length >= LOG_BATCH || before >= known);
}

/** What one follower wants of a thread's log. */
export type FollowOptions = {
  readonly threadId: ThreadId;
  /** The last seq that it doesn't need any more; 0 for the whole log. */
  readonly afterSeq: number;
  /** Only events of this run. */
  readonly runId?: RunId | undefined;
  readonly accept: (event: LoggedEvent) => boolean;
  /** True for the last event that it wants; it ends after that one. */
  readonly isLast?: (event: LoggedEvent) => boolean;
  /** Don't join the deltas of who lags. */
  readonly everyDelta?: boolean | undefined;
  /**
   * End with a LogGapError where rows that it hasn't read were removed and no MESSAGES_RESET stands in their
   * place.
   */
  readonly endsAtGap?: boolean;
  /** The newest seq that its caller knows to be committed. */
  readonly newestSeq?: number;
  /** Ends once the committed log has been read up to this seq. Default: goes live. */
  readonly untilSeq?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Absent: it doesn't matter what of the log was removed before it was read. */
  readonly wholeness?: Wholeness | undefined;
};

/** How a follower knows that no event that it wants was removed after the retention. */
export type Wholeness = {
  /** What came before this seq it doesn't miss. */
  readonly from: number;
  /** From which seq on the log is whole now. */
  readonly now: () => Promise<number>;
};
