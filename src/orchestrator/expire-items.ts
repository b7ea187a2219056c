import type { Clock } from './ports/clock.ts';
import type { ItemStore } from './ports/item-store.ts';
import type { Logger } from './ports/logger.ts';
import { keepSweeping } from './sweeping.ts';

/** Minutes between sweeps where langgraph.json says nothing. What has expired is hidden in any case. */
export const DEFAULT_SWEEP_MINUTES = 60;
/** Items of one transaction: others wait for it on SQLite. */
const BATCH = 500;

type ExpiryDeps = { readonly items: ItemStore; readonly clock: Clock; readonly logger: Logger; readonly sweepMinutes: number };

/** Removes what has expired, batch by batch. Resolves with how many items and empty namespaces that were. */
export async function removeExpired(items: ItemStore): Promise<number> {
  let removed = 0;
  for (;;) {
    const count = await items.removeExpired(BATCH);
    removed += count;
    if (count === 0) return removed;
  }
}

/** Removes what has expired now and then, until it is disposed. Of several processes each may do it: each takes other items. */
export const keepRemovingExpired = ({ items, clock, logger, sweepMinutes }: ExpiryDeps): Disposable =>
  keepSweeping(
    { clock, logger },
    {
      everyMs: sweepMinutes * 60_000,
      sweep: () => removeExpired(items),
      failed: 'Could not remove expired items of the store; the next sweep tries again',
    },
  );
