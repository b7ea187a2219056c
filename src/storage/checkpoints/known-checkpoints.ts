import type { StoredCheckpoint } from './stored-checkpoint.ts';
import { StoredList } from './stored-value.ts';

/** Namespaces of threads that one saver keeps; a run that enters more subgraphs stores some lists whole that it could store as changes. */
const MAX_NAMESPACES = 32;
/** LangGraph looks at the head, too, before it goes on from an older checkpoint. */
const PER_NAMESPACE = 2;

type Known = { readonly threadId: string; readonly checkpoints: readonly StoredCheckpoint[] };

/**
 * The checkpoints that a saver last handed out or took in, of each namespace. The values of the next put are changes of what they hold,
 * by identity, also when the memory that all savers share has forgotten them.
 */
export class KnownCheckpoints {
  readonly #known = new Map<string, Known>();

  get(threadId: string, ns: string, id: string): StoredCheckpoint | undefined {
    return this.#known.get(keyOf(threadId, ns))?.checkpoints.find((checkpoint) => checkpoint.id === id);
  }

  add(threadId: string, checkpoint: StoredCheckpoint): void {
    const key = keyOf(threadId, checkpoint.ns);
    const others = this.#known.get(key)?.checkpoints.filter(({ id }) => id !== checkpoint.id) ?? [];
    this.#known.delete(key);
    this.#known.set(key, { threadId, checkpoints: [checkpoint, ...others].slice(0, PER_NAMESPACE) });
    if (this.#known.size > MAX_NAMESPACES) this.#known.delete(this.#known.keys().next().value ?? key);
  }

  /** The lists of the newest of each namespace: those of `ns` first, then the latest used. */
  lists(threadId: string, ns: string): StoredList[] {
    const own = this.#known.get(keyOf(threadId, ns));
    const others = [...this.#known.values()].filter((known) => known !== own && known.threadId === threadId).reverse();
    const newest = [...(own === undefined ? [] : [own]), ...others].flatMap(({ checkpoints }) => checkpoints.slice(0, 1));
    return newest.flatMap((checkpoint) => [...checkpoint.values.values()].filter((value) => value instanceof StoredList));
  }

  forget(threadId: string): void {
    for (const [key, known] of this.#known) if (known.threadId === threadId) this.#known.delete(key);
  }
}

const keyOf = (threadId: string, ns: string): string => JSON.stringify([threadId, ns]);
