import type { LoggedEvent } from '../../domain/event.ts';
import type { Owner, RunId } from '../../domain/ids.ts';
import type { Context } from '../context.ts';
import type { ClaimedRun } from './claim-runs.ts';
import { claimRuns } from './claim-runs.ts';
import { executeRun } from './execute-run.ts';
import { Quarantine } from './quarantine.ts';
import { type Recovered, recoverRuns } from './recover-runs.ts';
import { StopRegistry } from './stop-registry.ts';

/** Runs claimed in one transaction; more wait for the next, so that other writers get their turn. */
const CLAIM_BATCH = 16;
/**
 * A thread that is due but could not be claimed (locked elsewhere, clocks a millisecond apart) is looked at
 * again after this.
 */
const SOONEST_MS = 10;

/**
 * Claims due runs as they come and executes up to `concurrency` of them at once.
 *
 * It looks for work when it is woken (a commit made a thread claimable, an execution ended, the next delayed
 * run is due) and, rarely, when the sweep finds what a lost signal or a lost worker left. IDLE: no look is
 * under way. LOOKING: one is; `#again` notes that it must be followed by another. STOPPED: nothing is claimed
 * any more.
 */
export class Scheduler {
  readonly #context: Context;
  readonly #stops = new StopRegistry();
  readonly #running = new Map<RunId, Promise<void>>();
  readonly #quarantine: Quarantine;
  #release = new AbortController();
  #state: 'IDLE' | 'LOOKING' | 'STOPPED' = 'IDLE';
  #again = false;
  #recover = true;
  /** When a run of this process last started, ended or wrote to its log. */
  #movedAtMs: number;
  #hasSuspects = false;
  /** Whose run was claimed last: then it is the next one's turn. */
  #lastOwner: Owner | null = null;
  #looking: Promise<void> = Promise.resolve();
  #due: Disposable | null = null;
  #sweep: Disposable | null = null;
  #listening: Disposable | null = null;

  constructor(context: Context) {
    this.#context = context;
    this.#movedAtMs = context.clock.monotonicMs();
    this.#quarantine = new Quarantine(context.clock, () => {
      this.#recover = true;
      this.#look();
    });
  }

  /** How many runs it executes now. */
  get running(): number {
    return this.#running.size;
  }

  /** Takes what this process has committed: a run of it that writes to its log is moving. */
  committed(events: readonly LoggedEvent[]): void {
    if (events.some(({ runId }) => runId !== null && this.#running.has(runId))) this.#moved();
  }

  /**
   * The reason why due runs may wait indefinitely: all slots are taken, and none has moved for `stuckMs`.
   * Null: they don't.
   */
  async stuck(): Promise<string | null> {
    const { clock, options, store } = this.#context;
    const stillMs = clock.monotonicMs() - this.#movedAtMs;
    if (options.stuckMs === null || stillMs < options.stuckMs || this.#free() > 0) return null;
    const due = await store.reads.nextClaimableAt();
    if (due === null || due > store.reads.now) return null;
    const still = `no run has started, ended or written anything for ${Math.floor(stillMs / 1_000)} s`;
    return `stuck: all ${options.concurrency} run slots are taken and runs are waiting, but ${still}`;
  }

  start(): void {
    this.#listening = this.#context.signals.listen((signal) => {
      if (signal.kind === 'released' || signal.kind === 'resync') this.#recover = true;
      if (signal.kind === 'wake' || signal.kind === 'released' || signal.kind === 'resync') this.#look();
      if (signal.kind !== 'stop') return;
      this.#stops.stop(signal.runId);
      // No process executes a waiting suspect: its stop is settled here.
      if (!this.#hasSuspects) return;
      this.#recover = true;
      this.#look();
    });
    this.#armSweep();
    this.#look();
  }

  /**
   * Claims nothing more, gives running runs `drainMs` to end by themselves, then hands them back. Resolves
   * when none runs here.
   */
  async stop(drainMs: number): Promise<void> {
    this.#state = 'STOPPED';
    this.#due?.[Symbol.dispose]();
    this.#sweep?.[Symbol.dispose]();
    await this.#looking;
    this.#quarantine[Symbol.dispose]();
    using _deadline = this.#context.clock.timer(drainMs, () => this.#release.abort());
    if (drainMs <= 0) this.#release.abort();
    // The signals are listened to until the end: a stop request still counts while it drains.
    while (this.#running.size > 0) await Promise.all(this.#running.values());
    this.#listening?.[Symbol.dispose]();
  }

  #look(): void {
    if (this.#state === 'STOPPED') return;
    if (this.#state === 'LOOKING') {
      this.#again = true;
      return;
    }
    this.#state = 'LOOKING';
    this.#looking = this.#claimAll().catch((error: unknown) => {
      this.#context.logger.error({ err: error }, 'Looking for runs failed; the next sweep retries');
      this.#rest();
    });
  }

  #rest(): void {
    if (this.#state === 'LOOKING') this.#state = 'IDLE';
  }

  async #claimAll(): Promise<void> {
    do {
      this.#again = false;
      const found = await this.#claim();
      for (const claimed of found ?? []) this.#execute(claimed);
      if (found?.length === CLAIM_BATCH) this.#again = true;
      if (this.#again) continue;
      if (found === null) this.#disarm();
      // In the loop, so that a wake that comes while it reads is followed too.
      else await this.#armDue();
    } while (this.#again && this.#state === 'LOOKING' && this.#free() > 0);
    // In the same breath as `#again` was read: a look that is asked for in between would be noted, and never
    // made.
    this.#rest();
  }

  /** Null: no thread has a run that waits, or none is to be claimed for the sake of a suspect. */
  async #claim(): Promise<ClaimedRun[] | null> {
    if (this.#quarantine.isAlone) return null;
    const limit = Math.min(this.#free(), CLAIM_BATCH);
    if (limit <= 0 && !this.#quarantine.isWaiting) return [];
    const isTurnOfOthers = this.#quarantine.takeTurnOfOthers();
    if (isTurnOfOthers) this.#again = true;
    if ((this.#recover && !isTurnOfOthers) || this.#quarantine.isWaiting) {
      const { claimed, mayBeMore, needsRestMs } = await this.#recoverRuns(limit);
      if (mayBeMore) {
        this.#recover = true;
        this.#again = true;
        return claimed;
      }
      if (needsRestMs !== null) {
        if (this.#quarantine.takeOverdue()) this.#releaseAll();
        return null;
      }
    }
    // A read costs a tenth of a transaction, and most looks follow a run's end and find no waiting run.
    if ((await this.#context.store.reads.nextClaimableAt()) === null) return null;
    const claimed = await claimRuns(this.#context, limit, this.#lastOwner);
    this.#lastOwner = claimed.at(-1)?.run.owner ?? this.#lastOwner;
    return claimed;
  }

  async #recoverRuns(limit: number): Promise<Recovered> {
    this.#recover = false; // before it looks: what is released meanwhile is for the next look
    const here = {
      isHere: (runId: RunId) => this.#running.has(runId),
      room: this.#quarantine.room(this.#running.size),
    };
    try {
      const recovered = await recoverRuns(this.#context, limit, here);
      this.#hasSuspects = recovered.hasSuspects;
      this.#quarantine.wait(recovered.needsRestMs);
      return recovered;
    } catch (error) {
      this.#recover = true;
      throw error;
    }
  }

  /**
   * As a shutdown does, for a suspect that must be alone: runs that do not end by themselves continue
   * elsewhere, or here after the trial.
   */
  #releaseAll(): void {
    this.#context.logger.info({ runs: this.#running.size }, 'Releasing runs to try a suspect alone');
    this.#release.abort();
    this.#release = new AbortController();
  }

  #free(): number {
    return this.#context.options.concurrency - this.#running.size;
  }

  #execute(claimed: ClaimedRun): void {
    const { runId } = claimed.claim;
    const release = this.#release.signal;
    const onPassed = () => this.#quarantine.end(runId);
    if (claimed.trial !== null) this.#quarantine.begin(runId, claimed.trial);
    // One turn of the event loop later: what the claim announced is on its way to subscribers before the
    // graph takes the process.
    const done = this.#context.clock
      .nextTurn()
      .then(() => executeRun(this.#context, this.#stops, claimed, release, onPassed))
      .catch((error: unknown) =>
        this.#context.logger.error(
          { err: error, ...claimed.claim },
          'Could not finalize run; it will be recovered when its lease expires',
        ),
      )
      .finally(() => {
        // A later attempt of the same run may have begun here meanwhile.
        if (this.#running.get(runId) === done) {
          this.#running.delete(runId);
          onPassed();
        }
        this.#moved();
        this.#look();
      });
    this.#running.set(runId, done);
    this.#moved();
  }

  #moved(): void {
    this.#movedAtMs = this.#context.clock.monotonicMs();
  }

  /** Wakes when the next delayed run is due. */
  async #armDue(): Promise<void> {
    const { reads } = this.#context.store;
    const next = await reads.nextClaimableAt();
    this.#disarm();
    if (next === null || this.#state === 'STOPPED' || this.#free() <= 0) return;
    const inMs = Math.max(SOONEST_MS, next.getTime() - reads.now.getTime());
    this.#due = this.#context.clock.timer(inMs, () => this.#look());
  }

  #disarm(): void {
    this.#due?.[Symbol.dispose]();
    this.#due = null;
  }

  #armSweep(): void {
    this.#sweep = this.#context.clock.timer(this.#context.options.sweepMs, () => {
      this.#recover = true;
      this.#look();
      if (this.#state !== 'STOPPED') this.#armSweep();
    });
  }
}
