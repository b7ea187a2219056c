import type { Context } from './context.ts';
import { storeTroubleBehind } from './ports/store-trouble.ts';

/** Between tries to write what a database in trouble does not take: doubling, in ms. */
const RETRY_MS = { first: 50, longest: 2_000 };

/**
 * Does `write` anew for as long as the database is in trouble, and resolves with what it resolves with. Rejects with everything else that it
 * rejects with (the fence's ClaimLostError above all), and with the database's trouble once `giveUp` aborts.
 */
export async function untilStored<T>(
  { clock, logger }: Pick<Context, 'clock' | 'logger'>,
  what: string,
  write: () => Promise<T>,
  giveUp: AbortSignal,
): Promise<T> {
  for (let delayMs = RETRY_MS.first; ; delayMs = Math.min(delayMs * 2, RETRY_MS.longest)) {
    try {
      const result = await write();
      if (delayMs > RETRY_MS.first) logger.info({ what }, 'The database has taken what it had refused');
      return result;
    } catch (error) {
      if (storeTroubleBehind(error) === null || giveUp.aborted) throw error;
      if (delayMs === RETRY_MS.first)
        logger.warn({ err: error, what }, 'The database is in trouble; it is tried again until it takes this');
      await clock.sleep(delayMs, giveUp).catch(() => {}); // then it is tried once more
    }
  }
}
