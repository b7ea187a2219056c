import { expect } from 'vitest';
import { DEFAULT_OWNER } from '../../src/domain/ids.ts';
import { parseCursor } from '../../src/events/cursor.ts';
import type { Orchestrator } from '../../src/orchestrator/orchestrator.ts';
import type { FollowedEvent } from '../../src/orchestrator/ports/subscriptions.ts';
import { until } from '../support/until.ts';

type Seen = {
  readonly cursor: string;
  readonly seq: number;
  readonly runId: string | null;
  readonly kind: string;
  readonly delta: { readonly messageId: string; readonly text: string } | null;
};

function toSeen({ cursor, runId, body }: FollowedEvent): Seen {
  const delta = body.kind === 'MESSAGE_DELTA' ? { messageId: body.messageId, text: body.text } : null;
  return { cursor, seq: parseCursor(cursor)?.seq ?? 0, runId, kind: body.kind, delta };
}

/**
 * Who lags gets adjacent deltas of one message as one, with the last one's cursor: so of those only the text
 * counts.
 */
const textsOf = (seen: readonly Seen[]): Map<string, string> => {
  const texts = new Map<string, string>();
  for (const { delta } of seen)
    if (delta !== null) texts.set(delta.messageId, (texts.get(delta.messageId) ?? '') + delta.text);
  return texts;
};
const apartFromDeltas = (seen: readonly Seen[]): string[] =>
  seen.filter(({ delta }) => delta === null).map(({ cursor }) => cursor);

/**
 * Two subscribers of one thread: one that stays from the beginning, and one that leaves and comes back with
 * its cursor all the time (I7).
 */
export class ThreadFollower {
  readonly #orchestrator: Orchestrator;
  readonly #threadId: string;
  readonly #stop = new AbortController();
  readonly #live: Seen[] = [];
  readonly #resumed: Seen[] = [];
  #following: Promise<unknown> = Promise.resolve();

  private constructor(orchestrator: Orchestrator, threadId: string) {
    this.#orchestrator = orchestrator;
    this.#threadId = threadId;
  }

  /** @param reconnectAfter how many events the second one reads each time before it leaves, over and over */
  static async start(
    orchestrator: Orchestrator,
    threadId: string,
    reconnectAfter: readonly number[],
  ): Promise<ThreadFollower> {
    const follower = new ThreadFollower(orchestrator, threadId);
    const [live, first] = [await follower.#follow(undefined), await follower.#follow(undefined)];
    follower.#following = Promise.all([follower.#readAll(live), follower.#comeAndGo(first, reconnectAfter)]);
    return follower;
  }

  /** Has it got the end of this run? */
  sawEnd(runId: string): boolean {
    return this.#live.some((event) => event.kind === 'RUN_ENDED' && event.runId === runId);
  }

  /** Ids of the runs in the order in which they started. */
  get starts(): readonly string[] {
    return this.#live.filter(({ kind }) => kind === 'RUN_STARTED').map(({ runId }) => runId ?? '');
  }

  /** Holds what both have seen to the log, from which the runs named are gone. */
  async check(nextSeq: number, rolledBack: readonly string[]): Promise<void> {
    const caughtUp = (seen: readonly Seen[]) => seen.at(-1)?.seq === nextSeq - 1 || nextSeq === 1;
    await until(
      () => [this.#live, this.#resumed],
      (both) => both.every(caughtUp),
    );
    const log = await this.#replay(nextSeq);
    if (rolledBack.length === 0) this.#checkGapless(log, nextSeq);
    const kept = log
      .slice(1)
      .filter(({ runId, kind }) => rolledBack.includes(runId ?? '') && kind !== 'RUN_ROLLED_BACK');
    expect(kept, 'events of removed runs').toEqual([]);
    for (const seen of [this.#live, this.#resumed]) {
      const seqs = seen.map(({ seq }) => seq);
      expect(seqs, 'each event once, in order').toEqual([...new Set(seqs)].toSorted((a, b) => a - b));
      const cursors = new Set(apartFromDeltas(seen));
      expect(
        apartFromDeltas(log).filter((cursor) => !cursors.has(cursor)),
        'events of the log that a subscriber missed',
      ).toEqual([]);
      expect(Object.fromEntries(textsOf(seen))).toMatchObject(Object.fromEntries(textsOf(log)));
    }
    this.#checkLifecycles();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  /** Nothing is missing but deltas that were joined with the one after them. */
  #checkGapless(log: readonly Seen[], nextSeq: number): void {
    const missing: number[] = [];
    for (const [index, { seq, delta }] of log.entries()) {
      const previous = log[index - 1]?.seq ?? 0;
      if (delta === null) for (let gap = previous + 1; gap < seq; gap += 1) missing.push(gap);
    }
    expect(missing, 'seqs that the log lacks').toEqual([]);
    expect(log.at(-1)?.seq).toBe(nextSeq - 1);
  }

  /** I1 and I3: one run at a time, and each comes to one end. */
  #checkLifecycles(): void {
    let running: string | null = null;
    const ended = new Set<string>();
    for (const { kind, runId } of this.#live) {
      if (runId === null) continue;
      if (kind === 'RUN_STARTED') {
        expect(running, `${runId} started while another ran`).toBeNull();
        running = runId;
      }
      if (kind !== 'RUN_ENDED' && kind !== 'RUN_ROLLED_BACK') continue;
      expect(ended.has(runId), `${runId} ended twice`).toBe(false);
      ended.add(runId);
      if (running === runId) running = null;
    }
    const accepted = this.#live.filter(({ kind }) => kind === 'RUN_QUEUED').map(({ runId }) => runId ?? '');
    expect(
      accepted.filter((runId) => !ended.has(runId)),
      'runs that have no end',
    ).toEqual([]);
  }

  /** What the log holds now, from its first event. */
  async #replay(nextSeq: number): Promise<Seen[]> {
    const [first] = this.#live;
    if (first === undefined) return [];
    const seen = [first];
    const events = await this.#follow(first.cursor);
    while (seen.at(-1)?.seq !== nextSeq - 1) {
      const next = await events.next();
      if (next.done === true) break;
      seen.push(toSeen(next.value));
    }
    await events.return?.();
    return seen;
  }

  async #readAll(events: AsyncIterableIterator<FollowedEvent>): Promise<void> {
    for await (const event of events) this.#live.push(toSeen(event));
  }

  async #comeAndGo(
    first: AsyncIterableIterator<FollowedEvent>,
    reconnectAfter: readonly number[],
  ): Promise<void> {
    let events = first;
    for (let visit = 0; !this.#stop.signal.aborted; visit += 1) {
      const limit = reconnectAfter[visit % reconnectAfter.length] ?? 1;
      for (let count = 0; count < limit; count += 1) {
        const next = await events.next();
        if (next.done === true) return;
        this.#resumed.push(toSeen(next.value));
      }
      await events.return?.();
      events = await this.#follow(this.#resumed.at(-1)?.cursor);
    }
  }

  async #follow(after: string | undefined): Promise<AsyncIterableIterator<FollowedEvent>> {
    const followed = await this.#orchestrator.followThread({
      owner: DEFAULT_OWNER,
      threadId: this.#threadId,
      after,
      signal: this.#stop.signal,
    });
    if (followed.kind === 'refused') throw new Error(`${followed.code}: ${followed.message}`);
    return followed.events;
  }
}
