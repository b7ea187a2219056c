import { randomUUID } from 'node:crypto';
import type { Conversation, NewRun } from '../../src/client/public.ts';
import type { Follower } from './follower.ts';
import type { Call, CreateRunCall } from './history/observed.ts';

/** A thread that clients use, and what they know of it. */
export type ChaosThread = {
  readonly index: number;
  readonly id: string;
  /** The client that was the first to use it. */
  readonly openedBy: string;
  /** Runs that were accepted, the newest last. */
  readonly runs: string[];
  /** Cursors that somebody has got, the newest last. */
  readonly cursors: string[];
  /** They follow it from its beginning to the very end. */
  readonly followers: Follower[];
  /** What a subscriber of `messages` has put together. */
  conversation: Conversation;
  /** As of this event. */
  conversationSeq: number;
};

/** A createRun that can be sent again. */
export type Request = { readonly thread: ChaosThread; readonly run: NewRun; readonly call: RequestFacts };
export type RequestFacts = Pick<
  CreateRunCall,
  'label' | 'wish' | 'key' | 'strategy' | 'isDelayed' | 'hasMessage' | 'keepPendingInput'
>;

/**
 * What the clients of a chaos run share: threads, requests with a key, and the record of all that they did
 * and saw.
 */
export class World {
  readonly calls: Call[] = [];
  readonly followers: Follower[] = [];
  readonly keyed: Request[] = [];
  /** What no client should ever meet, whatever is done to the servers. */
  readonly problems: string[] = [];
  reconnects = 0;
  readonly #threads = new Map<number, Promise<ChaosThread>>();

  /** The thread with this number, which `open` makes when it is used for the first time. */
  thread(index: number, open: (threadId: string) => Promise<ChaosThread>): Promise<ChaosThread> {
    const known = this.#threads.get(index);
    if (known !== undefined) return known;
    const opened = open(randomUUID());
    this.#threads.set(index, opened);
    return opened;
  }

  threads(): Promise<ChaosThread[]> {
    return Promise.all(this.#threads.values());
  }
}

/** One of them, the newest more often: `pick` is at random up to 1,000. Undefined: there is none yet. */
export function pickRecent<T>(items: readonly T[], pick: number): T | undefined {
  return items.at(-1 - Math.floor((pick / 1_001) ** 3 * items.length));
}
