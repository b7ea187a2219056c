import { NotJsonError } from '../../../domain/json-copy.ts';
import type { Logger } from '../../../orchestrator/ports/environment.ts';
import type { StoredCheckpoint } from '../records/stored-checkpoint.ts';
import { Slot, type SlotRegistry } from '../values/list-changes.ts';
import { StoredList } from '../values/stored-value.ts';
import type { TextSerde } from '../values/text-serde.ts';
import type { CheckpointMemory } from './checkpoint-memory.ts';

/**
 * Items checked per list after each put: the newest, which nodes work with, and some of the older ones in
 * turn.
 */
const NEWEST = 2;
const OLDER = 1;
/**
 * Of the items that are read from the database, which ones are taken the hash of: the newest, and one in so
 * many of the others.
 */
const NEWEST_READ = 16;
const ONE_IN = 16;

export type WatchParts = {
  readonly serde: TextSerde;
  readonly slots: SlotRegistry;
  readonly memory: CheckpointMemory;
  readonly logger: Logger;
};

/**
 * Notices when graph code changes a stored message in place, which LangGraph doesn't allow: memory would then
 * hold another conversation than the database. It compares a few items after each put, in a turn of the event
 * loop of its own; when one differs, the thread's heads are read anew from the database, the changed object
 * counts as a new message from then on, and a warning is logged.
 */
export class MutationWatch {
  readonly #parts: WatchParts;
  readonly #due = new Map<string, StoredCheckpoint>();
  #turn = 0;
  #scheduled: Promise<void> | null = null;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** Checks some of the checkpoint's items soon. */
  afterPut(threadId: string, checkpoint: StoredCheckpoint): void {
    this.#due.set(threadId, checkpoint);
    this.#scheduled ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#scheduled = null;
        try {
          this.#checkAll();
        } catch (error) {
          this.#parts.logger.error({ error }, 'Checking stored messages failed');
        }
        resolve();
      });
    });
  }

  /** Takes the hashes of some items that were just read, before anybody else sees them. */
  baseline({ values }: StoredCheckpoint): void {
    for (const value of values.values()) {
      if (!(value instanceof StoredList)) continue;
      const { items } = value;
      for (const [index, item] of items.entries()) {
        if (!(item instanceof Slot) || item.hash !== null || item.text !== null || item.value === undefined)
          continue;
        if (index < items.length - NEWEST_READ && index % ONE_IN !== 0) continue;
        const text = this.#textOf(item.value.item);
        if (text !== null) item.hash = hashOf(text);
      }
    }
  }

  /** Resolves when what is due has been checked. */
  async idle(): Promise<void> {
    while (this.#scheduled !== null) await this.#scheduled;
  }

  #checkAll(): void {
    const due = [...this.#due];
    this.#due.clear();
    this.#turn++;
    for (const [threadId, checkpoint] of due) {
      for (const [channel, value] of checkpoint.values) {
        if (!(value instanceof StoredList)) continue;
        for (const slot of this.#sample(value))
          if (this.#hasChanged(slot)) this.#report(threadId, channel, value, slot);
      }
    }
  }

  #sample({ items }: StoredList): Slot[] {
    const indexes = new Set<number>();
    for (let back = 1; back <= NEWEST; back++) indexes.add(items.length - back);
    for (let other = 0; other < OLDER; other++) indexes.add((this.#turn * OLDER + other) % items.length);
    return [...indexes].map((index) => items[index]).filter((item): item is Slot => item instanceof Slot);
  }

  #report(threadId: string, channel: string, list: StoredList, slot: Slot): void {
    slot.isSpoilt = true;
    list.isSpoilt = true;
    const { slots, memory, logger } = this.#parts;
    if (slot.own !== null) slots.forget(slot.own);
    const item = slot.value?.item;
    if (typeof item === 'object' && item !== null) slots.forget(item);
    memory.drop(threadId);
    logger.warn(
      { threadId, channel },
      'Graph code changed a stored message in place; return a changed copy instead',
    );
  }

  /** Null: it could not be stored as it is now. */
  #textOf(item: unknown): string | null {
    try {
      return this.#parts.serde.dumpsItem(item);
    } catch (error) {
      if (error instanceof NotJsonError) return null;
      throw error;
    }
  }

  #hasChanged(slot: Slot): boolean {
    const { serde } = this.#parts;
    if (slot.isSpoilt) return false; // reported already
    if (slot.value === undefined)
      return slot.own !== null && slot.text !== null && this.#textOf(slot.own) !== slot.text;
    if (slot.hash === null && slot.text === null) return false;
    const now = this.#textOf(slot.value.item);
    if (now === null) return true;
    if (slot.hash !== null) return hashOf(now) !== slot.hash;
    if (slot.text === null) return false;
    // not all text is what its revived value gives again
    if (now !== slot.text && now !== serde.dumpsItem(serde.loadsItems([slot.text])[0])) return true;
    slot.hash = hashOf(now);
    slot.text = null;
    return false;
  }
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}
