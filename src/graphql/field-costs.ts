import { MAX_PAGE_SIZE } from './connection.ts';

/** What query-limits.ts goes by, in a field's `extensions`. */
export type FieldCost = {
  /** Its resolver reads a checkpoint, of a connection one for each item. */
  readonly readsCheckpoints?: boolean;
  /** How many items a list without pages counts as. */
  readonly items?: number;
};

export const READS_CHECKPOINTS = { readsCheckpoints: true } as const satisfies FieldCost;
/** A list whose length only its execution shows: as a page of the largest size. */
export const WITHOUT_PAGES = { items: MAX_PAGE_SIZE } as const satisfies FieldCost;
