import type { LoggedEvent } from '../domain/event.ts';
import type { Thread } from '../domain/thread.ts';
import type { FollowedEvent } from '../orchestrator/orchestrator.ts';
import { formatCursor } from './cursor.ts';
import type { Expansion } from './expansion.ts';

type Options = {
  readonly thread: Thread;
  readonly rows: AsyncIterableIterator<LoggedEvent>;
  readonly expansion: Expansion;
  /** Deliver the row's own event? DEBUG alone wants only the derived one. */
  readonly own: (event: LoggedEvent) => boolean;
  readonly debug: boolean;
  /** Events to deliver first. */
  readonly first?: readonly FollowedEvent[];
  /** The part of this row that was delivered last; the rows begin with it when a part of it is still to come. */
  readonly resumeAt?: { readonly seq: number; readonly part: number };
};

/** Rows of the log as a subscriber gets them; `return()` releases the rows' source. */
export class FollowedEvents implements AsyncIterableIterator<FollowedEvent> {
  readonly #options: Options;
  readonly #ready: FollowedEvent[];
  #delivering: Promise<unknown> = Promise.resolve();

  constructor(options: Options) {
    this.#options = options;
    this.#ready = [...(options.first ?? [])];
  }

  next(): Promise<IteratorResult<FollowedEvent, undefined>> {
    const result = this.#delivering.then(() => this.#next());
    this.#delivering = result.catch(() => undefined);
    return result;
  }

  async return(): Promise<IteratorResult<FollowedEvent, undefined>> {
    await this.#options.rows.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #next(): Promise<IteratorResult<FollowedEvent, undefined>> {
    for (;;) {
      const event = this.#ready.shift();
      if (event !== undefined) return { done: false, value: event };
      const row = await this.#options.rows.next();
      if (row.done === true) return { done: true, value: undefined };
      this.#ready.push(...(await this.#eventsOf(row.value)));
    }
  }

  async #eventsOf(row: LoggedEvent): Promise<FollowedEvent[]> {
    const { thread, expansion, own, debug, resumeAt } = this.#options;
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
}
