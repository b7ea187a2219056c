import type { ThreadId } from '../../domain/ids.ts';

/** How many threads, by id after `after`, are looked at in one go. */
export type Sweep = { readonly after: ThreadId | null; readonly limit: number };
/** Where a sweep has come to; null: all threads were looked at. */
export type Swept = { readonly removed: number; readonly next: ThreadId | null };

/**
 * Removes what is older than its retention, a little at a time: each step is a transaction of its own that
 * leaves everything consistent, so that any number of processes may be at it, beside running runs, and be
 * killed. Ages are measured by the database's clock.
 */
export interface Retention {
  /**
   * Whether this process is to do the work of that name now: one of all processes, and not before `everyMs`
   * after it was begun last. It is this process's for `everyMs`, or until the next one takes it, however the
   * process ends.
   */
  takeTurn(name: string, holder: string, everyMs: number): Promise<boolean>;
  /**
   * Removes events older than `ageMs`, but for those that end a run and the newest of each thread. The events
   * of unfinished runs, and what came after their first, stay. A thread's `eventsFrom` is where its log is
   * whole from.
   */
  cutLogs(ageMs: number, sweep: Sweep): Promise<Swept>;
  /**
   * Removes checkpoints older than `ageMs` that nobody can need: no head, of no event that is left, of no
   * unfinished run, of no pending pause of the head, and nothing that is left is made of them. Threads with a
   * RUNNING run wait.
   */
  pruneCheckpoints(ageMs: number, sweep: Sweep): Promise<Swept>;
  /**
   * Gives the disk a part of what was freed; true: there is more. Databases that see to it themselves do
   * nothing.
   */
  reclaimSpace(): Promise<boolean>;
}
