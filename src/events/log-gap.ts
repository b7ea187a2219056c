/** Rows of the log that a follower of a conversation had not read are gone: of a run that was deleted meanwhile. What they said is still in the state. */
export class LogGapError extends Error {
  override readonly name = 'LogGapError';
  /** The last seq that is accounted for. */
  readonly afterSeq: number;

  constructor(afterSeq: number) {
    super(`Rows of the log behind ${afterSeq} were removed`);
    this.afterSeq = afterSeq;
  }
}
