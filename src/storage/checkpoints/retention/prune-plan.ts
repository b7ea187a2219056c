import type { Selectable } from 'kysely';
import { parseNamespace } from '../../../domain/event.ts';
import type { Tables } from '../../entities.ts';
import { isOldFormat } from '../records/stored-checkpoint.ts';

/** A row of checkpoint, as far as it matters here. */
export type PruneRecord = Omit<Selectable<Tables['checkpoint']>, 'thread_id' | 'run_id'>;
export type CheckpointKey = { readonly ns: string; readonly id: string };

export type PruneSituation = {
  /** Those that are old enough, and those younger ones whose parent is. */
  readonly records: readonly PruneRecord[];
  /** The seq up to which they are old enough. */
  readonly upTo: number;
  /** Of every namespace. */
  readonly heads: readonly CheckpointKey[];
  /** What runs and events refer to. */
  readonly needed: readonly CheckpointKey[];
  /** Is there such a checkpoint, younger than `upTo`? */
  readonly isYounger: (key: CheckpointKey) => boolean;
};

/** The checkpoints that may go, oldest first. Pure. */
export function prunable(situation: PruneSituation): readonly PruneRecord[] {
  const { records, upTo } = situation;
  const kept = new Kept(situation);
  for (const key of situation.needed) kept.add(key);
  // Parents before children: a subgraph's namespace stays with the checkpoint whose task it belongs to.
  for (const head of situation.heads.toSorted((a, b) => depth(a.ns) - depth(b.ns)))
    if (kept.needsHead(head)) kept.add(head);
  for (const record of records) if (Number(record.seq) > upTo) kept.addSources(record);
  return records
    .filter((record) => Number(record.seq) <= upTo && !kept.has({ ns: record.ns, id: record.checkpoint_id }))
    .toSorted((a, b) => Number(a.seq) - Number(b.seq));
}

const depth = (ns: string): number => parseNamespace(ns).length;
export const keyOf = ({ ns, id }: CheckpointKey): string => JSON.stringify([ns, id]);

class Kept {
  readonly #records: ReadonlyMap<string, PruneRecord>;
  readonly #isYounger: PruneSituation['isYounger'];
  readonly #kept = new Set<string>();

  constructor({ records, isYounger }: PruneSituation) {
    this.#records = new Map(
      records.map((record) => [keyOf({ ns: record.ns, id: record.checkpoint_id }), record]),
    );
    this.#isYounger = isYounger;
  }

  has(key: CheckpointKey): boolean {
    return this.#kept.has(keyOf(key));
  }

  /** Keeps it with what it is made of. */
  add(key: CheckpointKey): void {
    const record = this.#records.get(keyOf(key));
    if (record === undefined || this.has(key)) return;
    this.#kept.add(keyOf(key));
    this.addSources(record);
  }

  /** Keeps what this checkpoint, which stays, is made of beside its own rows. */
  addSources(record: PruneRecord): void {
    const { v } = JSON.parse(record.body) as { v: number };
    // Formats before 4 have a superstep's Sends as their parent's pending writes only.
    if (record.parent_id !== null && isOldFormat(v, record.parent_id))
      this.add({ ns: record.ns, id: record.parent_id });
    // A delta channel is the value stored at the nearest ancestor that has one, and what was written from
    // there on.
    const open = new Set(deltaChannels(record).filter((channel) => !hasValue(record, channel)));
    for (let at = this.#parent(record); at !== undefined && open.size > 0; at = this.#parent(at)) {
      this.#kept.add(keyOf({ ns: at.ns, id: at.checkpoint_id }));
      for (const channel of open) if (hasValue(at, channel)) open.delete(channel);
    }
  }

  /**
   * A namespace without a task's id keeps its state from run to run; one of a task serves runs that continue
   * from the checkpoint of that task.
   */
  needsHead(head: CheckpointKey): boolean {
    if (!head.ns.includes(':')) return true;
    const record = this.#records.get(keyOf(head));
    if (record === undefined) return true; // younger
    const parentNs = parseNamespace(head.ns).slice(0, -1).join('|');
    const { parents } = JSON.parse(record.metadata) as { parents?: Readonly<Record<string, string>> };
    const id = parents?.[parentNs];
    return id === undefined || this.has({ ns: parentNs, id }) || this.#isYounger({ ns: parentNs, id });
  }

  #parent({ ns, parent_id }: PruneRecord): PruneRecord | undefined {
    return parent_id === null ? undefined : this.#records.get(keyOf({ ns, id: parent_id }));
  }
}

/**
 * LangGraph counts for each of its delta channels, in each checkpoint's metadata, how long ago its value was
 * stored.
 */
const COUNTERS = 'counters_since_delta_snapshot';

function deltaChannels({ metadata }: PruneRecord): string[] {
  if (!metadata.includes(COUNTERS)) return [];
  return Object.keys((JSON.parse(metadata) as { [COUNTERS]?: object })[COUNTERS] ?? {});
}

const hasValue = ({ refs }: PruneRecord, channel: string): boolean =>
  Object.hasOwn(JSON.parse(refs) as object, channel);
