/** Runs whose readers are remembered. */
const MAX_KEPT = 10_000;

/**
 * Which runs' streams somebody has begun to read in this process. What a run that isn't resumable said before its first reader came is
 * still for that one: who creates a run and then joins it loses nothing, however fast the run is (protocol.md §3.7).
 */
export class StreamReaders {
  readonly #read = new Set<string>();

  /** True once for each run (again for one that was forgotten). */
  isFirst(runId: string): boolean {
    if (this.#read.has(runId)) return false;
    this.#read.add(runId);
    const [oldest] = this.#read;
    if (this.#read.size > MAX_KEPT && oldest !== undefined) this.#read.delete(oldest);
    return true;
  }
}
