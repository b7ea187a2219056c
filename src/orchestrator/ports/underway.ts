/**
 * Where a graph's code is at work: a node by its name ("agent"), a tool by its node's and its own
 * ("tools:search"), a node of a subgraph by the path to it ("research|tools:search"). LangGraph allows
 * neither `|` nor `:` in the names of nodes.
 */
export type WorkPlace = string;

/** Thrown where a function of a stopped run would start another one, after the run has ended. */
export class RunIsOverError extends Error {
  override readonly name = 'AbortError';
  constructor() {
    super('The run has ended; its code cannot start further work');
  }
}

/**
 * The functions of one execution's nodes and tools that have been called and have not settled. A stream that
 * was aborted settles at once, whatever its functions do, so this shows whether a stopped run is at rest.
 */
export class Underway {
  readonly #open = new Map<number, () => WorkPlace>();
  readonly #waiting = new Set<() => void>();
  #calls = 0;
  #isClosed = false;

  /**
   * Calls `work` and counts it until what it returns has settled. Throws RunIsOverError, calling nothing,
   * when it is closed.
   */
  during<T>(place: () => WorkPlace, work: () => T): T {
    if (this.#isClosed) throw new RunIsOverError();
    const call = this.#calls++;
    this.#open.set(call, place);
    let result: T;
    try {
      result = work();
    } catch (error) {
      this.#end(call);
      throw error;
    }
    if (!isThenable(result)) this.#end(call);
    else
      result.then(
        () => this.#end(call),
        () => this.#end(call),
      );
    return result;
  }

  /**
   * Where functions are at work, each place once and the innermost ones only: a node that waits for its tool
   * is not listed beside it.
   */
  get places(): readonly WorkPlace[] {
    const all = [...new Set([...this.#open.values()].map((place) => place()))];
    return all.filter(
      (place) => !all.some((other) => other.startsWith(`${place}:`) || other.startsWith(`${place}|`)),
    );
  }

  /** Resolves when none is at work, at once where none is. */
  settled(): Promise<void> {
    return this.#open.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.add(resolve));
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The run has ended: its code starts nothing more. What is at work is left alone. */
  close(): void {
    this.#isClosed = true;
  }

  #end(call: number): void {
    this.#open.delete(call);
    if (this.#open.size > 0) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
