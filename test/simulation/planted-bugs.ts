/**
 * Bugs that can be planted, to show that the simulation finds them. None of them is there unless a test asks
 * for it.
 */
export type PlantedBugs = {
  /** The thread's row is read without being locked. */
  readonly noThreadLock?: boolean;
  /** What an executor writes is stored whatever became of its claim. */
  readonly noFence?: boolean;
  /** Events are handed to the hub when they are appended, before their transaction commits. */
  readonly publishBeforeCommit?: boolean;
  /** Nothing looks for what a lost signal left: no sweep, no timer for the next due run. */
  readonly lostWakeUp?: boolean;
  /**
   * A process believes what it knew of its runs when it claimed them: settle's fence is checked against that.
   */
  readonly settleTwice?: boolean;
};

export const PLANTED_BUGS = [
  'noThreadLock',
  'noFence',
  'publishBeforeCommit',
  'lostWakeUp',
  'settleTwice',
] as const satisfies readonly (keyof PlantedBugs)[];
