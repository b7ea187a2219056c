import { type EventBody, lastPublishedCheckpoint } from '../../domain/event.ts';
import type { RunId, ThreadId } from '../../domain/ids.ts';
import type { Claim } from '../../domain/run.ts';
import { ClaimLostError, type Reads, type Store } from '../ports/store.ts';

/** Rows of a log that are read at a time. */
const BATCH = 1_000;

/**
 * What the log says of one run, in order, up to `upToSeq` (default: all of it). Reads in batches; rows that
 * are added meanwhile are read too.
 */
export async function bodiesOfRun(
  reads: Pick<Reads, 'events'>,
  { threadId, runId }: { readonly threadId: ThreadId; readonly runId: RunId },
  upToSeq = Number.POSITIVE_INFINITY,
): Promise<EventBody[]> {
  const bodies: EventBody[] = [];
  for (let after = 0; ; ) {
    const rows = await reads.events(threadId, after, BATCH, runId);
    for (const row of rows) if (row.seq <= upToSeq) bodies.push(row.body);
    const last = rows.at(-1);
    if (rows.length < BATCH || last === undefined || last.seq > upToSeq) return bodies;
    after = last.seq;
  }
}

/** Events of one run that may be waiting for their commit before its graph has to wait. */
const MAX_OUTSTANDING = 256;

/** Writes one attempt's events to the log, in order, without making the graph wait for each commit. */
export class RunWriter {
  readonly #store: Store;
  readonly #claim: Claim;
  readonly #onLost: (error: unknown) => void;
  #outstanding = 0;
  #lastPublishedCheckpoint: string | null | undefined;
  #last: Promise<void> = Promise.resolve();
  #failure: unknown = null;
  #isClosed = false;

  /**
   * @param onLost called once when a write was refused or failed: nothing of this attempt is written after
   * that
   */
  constructor(store: Store, claim: Claim, onLost: (error: unknown) => void) {
    this.#store = store;
    this.#claim = claim;
    this.#onLost = onLost;
  }

  /** The root checkpoint up to which its events publish the conversation; see lastPublishedCheckpoint. */
  get lastPublishedCheckpoint(): string | null | undefined {
    return this.#lastPublishedCheckpoint;
  }

  /**
   * Takes events; returns a promise to wait for when the log is behind. Throws once a write has failed, and
   * once it is closed.
   */
  readonly emit = (bodies: readonly EventBody[]): Promise<void> | undefined => {
    if (this.#failure !== null) throw this.#failure;
    if (this.#isClosed) throw new ClaimLostError(this.#claim);
    if (bodies.length === 0) return undefined;
    const { runId } = this.#claim;
    const checkpoint = lastPublishedCheckpoint(bodies);
    if (checkpoint !== undefined) this.#lastPublishedCheckpoint = checkpoint;
    this.#outstanding += bodies.length;
    const written = this.#store
      .append(
        this.#claim,
        bodies.map((body) => ({ runId, body })),
      )
      .then(
        () => {
          this.#outstanding -= bodies.length;
        },
        (error: unknown) => {
          if (this.#failure === null) {
            this.#failure = error;
            this.#onLost(error);
          }
        },
      );
    this.#last = written;
    return this.#outstanding > MAX_OUTSTANDING ? written.then(() => this.#throwIfFailed()) : undefined;
  };

  /**
   * Accepts nothing more: the run is about to be settled with its output so far, and the graph continues
   * without it.
   */
  close(): void {
    this.#isClosed = true;
  }

  /** Resolves once everything emitted so far is committed; rejects when a write failed. */
  async flushed(): Promise<void> {
    await this.#last;
    this.#throwIfFailed();
  }

  #throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}
