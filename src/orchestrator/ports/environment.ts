import type { RunId, ThreadId } from '../../domain/ids.ts';

/**
 * Time as the process sees it. Due times and leases are compared with the database's clock (Tx.now) instead.
 */
export interface Clock {
  now(): Date;
  /** Milliseconds of a clock that never goes back, from an arbitrary origin. */
  monotonicMs(): number;
  /**
   * Resolves after `ms`; rejects with the signal's reason when it aborts first. The timer doesn't keep the
   * process alive.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fire` once after `ms` unless disposed before. */
  timer(ms: number, fire: () => void): Disposable;
  /** Resolves in the next turn of the event loop: what is ready now goes first. */
  nextTurn(): Promise<void>;
}

/** Structured log: fields first, then a short sentence (pino's shape). */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * Hints between processes after a commit: that something changed, never the change itself. A lost or repeated
 * one changes nothing but the delay.
 */
export type Signal =
  /** Some thread may have become claimable. */
  | { readonly kind: 'wake' }
  /** Some run was released: its lease is over, another process may take it over at once. */
  | { readonly kind: 'released' }
  /** The run has a stop request. */
  | { readonly kind: 'stop'; readonly runId: RunId }
  /** A finished run has a webhook to notify. */
  | { readonly kind: 'webhook' }
  /** Some cron's next run is at another time now. */
  | { readonly kind: 'cron' }
  /** The thread's log has grown up to `seq`; null: the thread was deleted. */
  | { readonly kind: 'events'; readonly threadId: ThreadId; readonly seq: number | null }
  /**
   * Signals may have been lost: look at everything again. Made by an adapter for its own process after it
   * (re)connected, never sent.
   */
  | { readonly kind: 'resync' };

export interface Signals {
  /** Never rejects; delivery is at most once. */
  send(signal: Signal): void;
  /** Calls `listener` for every signal until disposed, this process's own included. */
  listen(listener: (signal: Signal) => void): Disposable;
}
