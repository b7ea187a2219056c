/** Time as the process sees it. Due times and leases are compared with the database's clock (Tx.now) instead. */
export interface Clock {
  now(): Date;
  /** Milliseconds of a clock that never goes back, from an arbitrary origin. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. The timer doesn't keep the process alive. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fire` once after `ms` unless disposed before. */
  timer(ms: number, fire: () => void): Disposable;
  /** Resolves in the next turn of the event loop: what is ready now goes first. */
  nextTurn(): Promise<void>;
}
