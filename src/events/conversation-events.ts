import type { FollowedEvent } from '../orchestrator/orchestrator.ts';
import { LogGapError } from './log-gap.ts';

type Events = AsyncIterableIterator<FollowedEvent>;

/**
 * The events of a conversation, whatever is removed of the log before they are read: at a gap the whole conversation comes as it is then, and what
 * follows behind it.
 */
export class ConversationEvents implements Events {
  #events: Events;
  readonly #restart: (afterSeq: number) => Promise<Events>;
  #isReleased = false;
  #delivering: Promise<unknown> = Promise.resolve();

  /** @param restart begins anew for a reader that has everything up to `afterSeq` */
  constructor(events: Events, restart: (afterSeq: number) => Promise<Events>) {
    this.#events = events;
    this.#restart = restart;
  }

  next(): Promise<IteratorResult<FollowedEvent, undefined>> {
    const result = this.#delivering.then(() => this.#next());
    this.#delivering = result.catch(() => undefined);
    return result;
  }

  async return(): Promise<IteratorResult<FollowedEvent, undefined>> {
    this.#isReleased = true;
    await this.#events.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #next(): Promise<IteratorResult<FollowedEvent, undefined>> {
    for (;;) {
      try {
        return await this.#events.next();
      } catch (error) {
        if (!(error instanceof LogGapError)) throw error;
        this.#events = await this.#restart(error.afterSeq);
        if (this.#isReleased) await this.#events.return?.();
      }
    }
  }
}
