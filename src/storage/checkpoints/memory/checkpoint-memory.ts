import { LRUCache } from 'lru-cache';
import { markWritten } from '../records/checkpoint-writes.ts';
import type { StoredCheckpoint } from '../records/stored-checkpoint.ts';
import { StoredList } from '../values/stored-value.ts';

/**
 * Namespaces of threads that one saver keeps; a run that enters more subgraphs stores some lists whole that
 * it could store as changes.
 */
const MAX_KNOWN_NAMESPACES = 32;
/** LangGraph also reads the head before it continues from an older checkpoint. */
const PER_NAMESPACE = 2;

type Known = { readonly threadId: string; readonly checkpoints: readonly StoredCheckpoint[] };

/**
 * The checkpoints that a saver last handed out or took in, of each namespace. The values of the next put are
 * changes of what they hold, by identity, also when the memory that all savers share has forgotten them.
 */
export class KnownCheckpoints {
  readonly #known = new LRUCache<string, Known>({ max: MAX_KNOWN_NAMESPACES });

  get(threadId: string, ns: string, id: string): StoredCheckpoint | undefined {
    return this.#known.peek(keyOf(threadId, ns))?.checkpoints.find((checkpoint) => checkpoint.id === id);
  }

  add(threadId: string, checkpoint: StoredCheckpoint): void {
    const key = keyOf(threadId, checkpoint.ns);
    const others = this.#known.peek(key)?.checkpoints.filter(({ id }) => id !== checkpoint.id) ?? [];
    this.#known.set(key, { threadId, checkpoints: [checkpoint, ...others].slice(0, PER_NAMESPACE) });
  }

  /** The lists of the newest of each namespace: those of `ns` first, then the latest added. */
  lists(threadId: string, ns: string): StoredList[] {
    const own = this.#known.peek(keyOf(threadId, ns));
    const others = [...this.#known.values()].filter((known) => known !== own && known.threadId === threadId);
    const newest = [...(own === undefined ? [] : [own]), ...others].flatMap(({ checkpoints }) =>
      checkpoints.slice(0, 1),
    );
    return newest.flatMap((checkpoint) =>
      [...checkpoint.values.values()].filter((value) => value instanceof StoredList),
    );
  }

  forget(threadId: string): void {
    for (const [key, known] of [...this.#known]) if (known.threadId === threadId) this.#known.delete(key);
  }
}

const keyOf = (threadId: string, ns: string): string => JSON.stringify([threadId, ns]);

export type MemoryBounds = {
  /**
   * Characters of JSON that the remembered checkpoints hold, roughly; the objects made of them take several
   * times that.
   */
  readonly maxSize: number;
  readonly maxThreads: number;
};

/** Namespaces remembered per thread: subgraphs that ran once leave one each. */
const MAX_NAMESPACES = 16;
/** What an item or a value takes beyond its text. */
const OBJECT_SIZE = 64;

/** Checkpoints that a transaction wrote of which it isn't known here whether it has committed. */
type Proposal = {
  readonly heads: ReadonlyMap<string, StoredCheckpoint | null>;
  readonly proof: { readonly ns: string; readonly id: string };
};

/**
 * What is remembered of a thread: the heads (null: there is none) of some namespaces, exactly as they are
 * stored at `version`. Without any, it still shows that nothing read at an older version may be remembered.
 */
export type Remembered = {
  readonly version: number;
  readonly heads: ReadonlyMap<string, StoredCheckpoint | null>;
  /**
   * It counts, as the heads at `version`, once the head that it proves itself by is read from the database.
   */
  readonly proposal: Proposal | null;
  readonly size: number;
};

/**
 * The heads of busy threads, so that a run of a long thread needn't read and revive it all again. Whoever
 * writes reports the stateVersion that the write gave the thread: writes in sequence are followed, anything
 * else forgets the thread's heads. The thread longest unused goes first.
 */
export class CheckpointMemory {
  readonly #maxSize: number;
  readonly #threads: LRUCache<string, Remembered>;
  /** Counts the threads deleted, so that a read that began before one was deleted isn't remembered after. */
  #deletions = 0;

  constructor({ maxSize, maxThreads }: MemoryBounds) {
    this.#maxSize = maxSize;
    // Room for one thread of which only the version is remembered, at least.
    this.#threads = new LRUCache({
      max: maxThreads,
      maxSize: Math.max(maxSize, OBJECT_SIZE),
      sizeCalculation: ({ size }) => size,
    });
  }

  get deletions(): number {
    return this.#deletions;
  }

  of(threadId: string): Remembered | undefined {
    return this.#threads.get(threadId);
  }

  /**
   * A committed write raised the thread to `version`; `change` makes its heads of those before, if these are
   * known.
   */
  follow(
    threadId: string,
    version: number,
    change: (heads: Map<string, StoredCheckpoint | null>) => void,
  ): void {
    const before = this.#threads.peek(threadId);
    if (before !== undefined && before.version >= version) return;
    const heads =
      before?.version === version - 1 ? new Map(before.heads) : new Map<string, StoredCheckpoint | null>();
    change(heads);
    this.#set(threadId, version, heads, null);
  }

  /** A read found these heads at `version`. `deletions` as it was before the read. */
  learn(
    threadId: string,
    version: number,
    ns: string,
    head: StoredCheckpoint | null,
    deletions: number,
  ): void {
    const before = this.#threads.peek(threadId);
    if (deletions !== this.#deletions || (before !== undefined && before.version > version)) return;
    this.#set(
      threadId,
      version,
      new Map(before?.version === version ? before.heads : []).set(ns, head),
      null,
    );
  }

  /**
   * A write raises the thread to `version`, in a transaction that has yet to commit, and changes more than
   * can be followed.
   */
  supersede(threadId: string, version: number, proposal: Proposal | null = null): void {
    const before = this.#threads.peek(threadId);
    if (before === undefined || before.version <= version) this.#set(threadId, version, new Map(), proposal);
  }

  /** Whether the proposal was found in the database. */
  decide(threadId: string, remembered: Remembered, committed: boolean): void {
    if (this.#threads.peek(threadId) !== remembered) return;
    const heads = committed ? (remembered.proposal?.heads ?? new Map()) : new Map();
    for (const head of heads.values()) if (head !== null) markWritten(head);
    this.#set(threadId, remembered.version, heads, null);
  }

  /** Its heads may be wrong. */
  drop(threadId: string): void {
    const before = this.#threads.peek(threadId);
    if (before !== undefined) this.#set(threadId, before.version, new Map(), null);
  }

  /** The thread was deleted; one that is made anew under its id starts over. */
  forget(threadId: string): void {
    this.#deletions++;
    this.#threads.delete(threadId);
  }

  #set(
    threadId: string,
    version: number,
    heads: ReadonlyMap<string, StoredCheckpoint | null>,
    proposal: Proposal | null,
  ): void {
    this.#threads.set(threadId, this.#bounded(version, heads, proposal));
  }

  #bounded(
    version: number,
    heads: ReadonlyMap<string, StoredCheckpoint | null>,
    proposal: Proposal | null,
  ): Remembered {
    const kept = new Map([...heads].slice(-MAX_NAMESPACES));
    const root = heads.get('');
    if (root !== undefined) kept.set('', root);
    const all = [...kept.values(), ...(proposal?.heads.values() ?? [])];
    const size = all.reduce((sum, head) => sum + sizeOf(head), OBJECT_SIZE);
    return size > this.#maxSize
      ? { version, heads: new Map(), proposal: null, size: OBJECT_SIZE }
      : { version, heads: kept, proposal, size };
  }
}

function sizeOf(head: StoredCheckpoint | null): number {
  if (head === null) return OBJECT_SIZE;
  let size = head.body.length + head.metadata.length;
  for (const value of head.values.values()) {
    size +=
      OBJECT_SIZE +
      (value instanceof StoredList ? value.size + value.items.length * OBJECT_SIZE : value.data.length);
  }
  for (const write of head.writes) size += OBJECT_SIZE + write.value.data.length;
  return size;
}
