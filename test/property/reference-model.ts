import type { Decision } from '../support/decisions.ts';

type Strategy = 'REJECT' | 'ENQUEUE' | 'INTERRUPT' | 'ROLLBACK';
type Action = 'INTERRUPT' | 'ROLLBACK';
type Keep = { readonly keepPartialOutput: boolean; readonly keepPendingInput: boolean };
type Stop = {
  readonly action: Action;
  readonly reason: 'SUPERSEDED' | 'CANCELLED';
  readonly by: string | null;
  readonly keepPartial: boolean;
};

export type RefRun = {
  readonly label: string;
  readonly isResume: boolean;
  isDelayed: boolean;
  status: 'PENDING' | 'RUNNING' | 'SUCCESS' | 'ERROR' | 'INTERRUPTED';
  endReason: string | null;
  stop: Stop | null;
  supersededBy: string | null;
  carry: 'NONE' | 'WAITING' | 'TAKEN' | 'CARRIED';
  carriedBy: string | null;
  /** What the node that it resumes is told; null: nothing, for it resumes none. */
  told: string | null;
  /** The thread as it was when the run started. */
  before: {
    readonly messages: readonly string[];
    readonly resting: Resting;
    readonly answer: string | null;
  } | null;
  /** The messages it left; null: it wrote nothing. */
  after: readonly string[] | null;
};
type Resting = 'IDLE' | 'INTERRUPTED' | 'ERROR';
export type NewRun = Keep & {
  readonly label: string;
  readonly strategy: Strategy;
  readonly isDelayed: boolean;
  readonly isResume: boolean;
};

/** A run that resumes says what it was told. */
const nameOf = ({ label, told }: RefRun): string => (told === null ? label : `${label} (told ${told})`);
const isWaiting = (run: RefRun): boolean => run.status === 'PENDING';
const isUnfinished = (run: RefRun): boolean => isWaiting(run) || run.status === 'RUNNING';

/**
 * What design.md §5 says of one thread, said again as simply as possible. Commands happen at once; `proceed`
 * is what the scheduler does after them.
 */
export class ReferenceThread {
  /** By position; without the removed ones. */
  runs: RefRun[] = [];
  readonly removed = new Set<string>();
  /** Labels in the order in which the runs started. */
  readonly starts: string[] = [];
  messages: readonly string[] = [];
  resting: Resting = 'IDLE';
  /**
   * What the pause at the head was answered in a node that then threw: LangGraph stores it with the error,
   * and tells it the next one that resumes. Of a node that was stopped it stores nothing.
   */
  answer: string | null = null;

  get status(): Resting | 'BUSY' {
    return this.runs.some(isUnfinished) ? 'BUSY' : this.resting;
  }

  get running(): RefRun | undefined {
    return this.runs.find((run) => run.status === 'RUNNING');
  }

  /** The run that is in the way of whoever can't wait. */
  get oldestUnfinished(): string | null {
    return this.runs.find(isUnfinished)?.label ?? null;
  }

  find(label: string): RefRun | undefined {
    return this.runs.find((run) => run.label === label);
  }

  queuePosition(run: RefRun): number | null {
    return isWaiting(run) ? this.runs.filter(isWaiting).indexOf(run) + 1 : null;
  }

  /**
   * The label of the blocking run when it is refused; null when it is accepted. A resume of what doesn't wait
   * is not asked here.
   */
  create({ label, strategy, isDelayed, isResume, ...keep }: NewRun): string | null {
    const blocking = this.oldestUnfinished;
    if (blocking !== null && (isResume || strategy === 'REJECT')) return blocking;
    if (strategy === 'INTERRUPT' || strategy === 'ROLLBACK') this.#supersede(strategy, label, keep);
    const fresh = {
      status: 'PENDING',
      endReason: null,
      stop: null,
      supersededBy: null,
      carry: 'NONE',
      carriedBy: null,
      told: null,
    } as const;
    this.runs.push({ label, isResume, isDelayed, ...fresh, before: null, after: null });
    return null;
  }

  cancel(label: string, action: Action): void {
    const run = this.find(label);
    if (run?.status === 'RUNNING')
      this.#requestStop(run, { action, reason: 'CANCELLED', by: null, keepPartial: true });
    else if (run !== undefined && isWaiting(run)) {
      if (action === 'ROLLBACK') this.#remove(run);
      else this.#endWaiting(run, 'CANCELLED', null, false);
    }
  }

  /** Removes an ended run's record. */
  deleteRun(label: string): void {
    const run = this.find(label);
    if (run !== undefined && !isUnfinished(run)) this.#remove(run);
  }

  say(message: string): void {
    this.messages = [...this.messages, message];
    this.answer = null;
  }

  /** The caller speaks in the graph's place, which leaves nothing to be executed: a pause is over by that. */
  update(message: string): void {
    this.say(message);
    if (this.resting === 'INTERRUPTED') this.resting = 'IDLE';
  }

  /** The graph of the running run comes to its end by itself. */
  decide(decision: Decision): void {
    const run = this.running;
    if (run === undefined) throw new Error('Nothing runs');
    if (decision === 'FAIL') this.answer = run.told ?? this.answer;
    else this.say(`ai: ${nameOf(run)} thinks, ${decision === 'PAUSE' ? 'asks' : 'done'}`);
    if (decision === 'FAIL') this.#end(run, 'ERROR', 'FAILED');
    else this.#end(run, 'SUCCESS', decision === 'PAUSE' ? 'AWAITING_HUMAN' : 'COMPLETED');
  }

  becomeDue(): void {
    for (const run of this.runs) run.isDelayed = false;
  }

  /** Settles what is to stop, then starts the first that is due. */
  proceed(): void {
    const { running } = this;
    if (running !== undefined && running.stop === null) return;
    if (running?.stop != null) this.#settleStopped(running, running.stop);
    const next = this.runs.find((run) => isWaiting(run) && !run.isDelayed);
    if (next !== undefined) this.#start(next);
  }

  #start(run: RefRun): void {
    run.status = 'RUNNING';
    run.before = { messages: this.messages, resting: this.resting, answer: this.answer };
    this.starts.push(run.label);
    if (run.isResume) {
      run.told = this.answer ?? run.label;
      return;
    }
    for (const one of this.runs.filter(({ carry }) => carry === 'WAITING')) {
      one.carry = 'TAKEN';
      one.carriedBy = run.label;
      this.say(`human: ${one.label}`);
    }
    this.say(`human: ${run.label}`);
  }

  #settleStopped(run: RefRun, { action, reason, by, keepPartial }: Stop): void {
    if (action === 'ROLLBACK') {
      this.messages = run.before?.messages ?? [];
      this.answer = run.before?.answer ?? null;
      this.resting = run.before?.resting ?? this.resting;
      this.#remove(run);
      return;
    }
    if (keepPartial) this.say(`ai (partial): ${nameOf(run)} thinks`);
    // The pause that it had resumed is over, which its state says.
    else if (run.isResume) this.messages = [...this.messages];
    this.answer = null;
    run.supersededBy = by !== null && this.find(by) !== undefined ? by : null;
    this.#end(run, 'INTERRUPTED', reason);
  }

  #supersede(action: Action, by: string, keep: Keep): void {
    for (const run of this.runs.filter(isWaiting)) {
      if (action === 'ROLLBACK') this.#remove(run);
      else this.#endWaiting(run, 'SUPERSEDED', by, keep.keepPendingInput && !run.isResume);
    }
    if (this.running !== undefined)
      this.#requestStop(this.running, {
        action,
        reason: 'SUPERSEDED',
        by,
        keepPartial: keep.keepPartialOutput,
      });
  }

  #requestStop(run: RefRun, stop: Stop): void {
    if (run.stop === null || (run.stop.action === 'INTERRUPT' && stop.action === 'ROLLBACK')) run.stop = stop;
  }

  #endWaiting(run: RefRun, reason: string, by: string | null, carry: boolean): void {
    run.status = 'INTERRUPTED';
    run.endReason = reason;
    run.supersededBy = by;
    run.carry = carry ? 'WAITING' : 'NONE';
    if (this.resting !== 'INTERRUPTED') this.resting = 'IDLE'; // a pause stays: the run has done nothing
  }

  #end(run: RefRun, status: 'SUCCESS' | 'ERROR' | 'INTERRUPTED', reason: string): void {
    run.status = status;
    run.endReason = reason;
    run.after = this.messages === run.before?.messages ? null : this.messages;
    for (const one of this.runs)
      if (one.carry === 'TAKEN' && one.carriedBy === run.label) one.carry = 'CARRIED';
    this.resting = status === 'ERROR' ? 'ERROR' : reason === 'AWAITING_HUMAN' ? 'INTERRUPTED' : 'IDLE';
  }

  #remove(gone: RefRun): void {
    this.runs = this.runs.filter((run) => run !== gone);
    this.removed.add(gone.label);
    for (const run of this.runs) {
      if (run.supersededBy === gone.label) run.supersededBy = null;
      if (run.carriedBy !== gone.label) continue;
      run.carriedBy = null;
      if (run.carry === 'TAKEN') run.carry = 'WAITING';
    }
  }
}
