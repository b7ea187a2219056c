import type { Claim } from '../../domain/run.ts';
import type { Context } from '../context.ts';
import { databaseTroubleBehind } from '../ports/database-unavailable.ts';

/** A lease is renewed this often in the time that it may be relied on. */
const BEATS_PER_LEASE = 3;

/**
 * The lease can't be relied on: it is somebody else's, or it could not be renewed because the database is in
 * trouble.
 */
export type LostLease = 'claim-lost' | 'database-unavailable';

/**
 * Keeps one claim's lease by heartbeat, and calls `onLost` when it is lost or can't be relied on any more: an
 * executor must stop before anyone else could take its run over, so it reckons from when it *sent* its last
 * successful renewal, on a clock that never goes back, and does not wait for a renewal that hangs.
 */
export class LeaseKeeper implements Disposable {
  readonly #context: Context;
  readonly #claim: Claim;
  readonly #onLost: (why: LostLease) => void;
  readonly #onStop: () => void;
  /** How long a renewal may be relied on. */
  readonly #reliableMs: number;
  readonly #listening: Disposable;
  #limit: Disposable;
  #beat: Disposable;
  #isDisposed = false;
  /** Why the last renewal failed; null: it didn't. */
  #failure: unknown = null;

  /** @param onStop called when a renewal finds a stop request, whose signal may have been lost */
  constructor(context: Context, claim: Claim, onLost: (why: LostLease) => void, onStop: () => void) {
    this.#context = context;
    this.#claim = claim;
    this.#onLost = onLost;
    this.#onStop = onStop;
    this.#reliableMs = context.options.leaseMs - context.options.leaseMarginMs;
    this.#limit = this.#armLimit(this.#reliableMs);
    this.#beat = this.#armBeat();
    // A stop request's signal may be among those that were lost.
    this.#listening = context.signals.listen(({ kind }) => {
      if (kind === 'resync') void this.#renewNow();
    });
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#listening[Symbol.dispose]();
    this.#limit[Symbol.dispose]();
    this.#beat[Symbol.dispose]();
  }

  #armLimit(inMs: number): Disposable {
    return this.#context.clock.timer(inMs, () =>
      this.#onLost(databaseTroubleBehind(this.#failure) === null ? 'claim-lost' : 'database-unavailable'),
    );
  }

  #armBeat(): Disposable {
    return this.#context.clock.timer(Math.floor(this.#reliableMs / BEATS_PER_LEASE), () => {
      void this.#renewNow().then(() => {
        if (!this.#isDisposed) this.#beat = this.#armBeat();
      });
    });
  }

  /** Never rejects: the next beat tries again, and the limit stands. */
  #renewNow(): Promise<void> {
    return this.#renew().catch((error: unknown) => {
      this.#failure = error;
      this.#context.logger.warn({ err: error, ...this.#claim }, 'Renewing a lease failed');
    });
  }

  async #renew(): Promise<void> {
    const { clock, options, store } = this.#context;
    const sentAtMs = clock.monotonicMs();
    const found = await store.transaction(async (tx) => {
      await tx.threads.lockAny(this.#claim.threadId);
      const kept = await tx.runs.renewLease(this.#claim, new Date(tx.now.getTime() + options.leaseMs));
      return kept ? await tx.runs.find(this.#claim.runId) : null;
    });
    if (this.#isDisposed) return;
    if (found === null) {
      this.#onLost('claim-lost');
      return;
    }
    this.#failure = null;
    this.#limit[Symbol.dispose]();
    this.#limit = this.#armLimit(this.#reliableMs - (clock.monotonicMs() - sentAtMs));
    if (found.stop !== null) this.#onStop();
  }
}
