import type { EventKind } from '../../../src/domain/event.ts';
import type { MessageJson } from '../../../src/domain/message.ts';
import type { RunEndReason, RunStatus } from '../../../src/domain/run.ts';
import type { RestingStatus } from '../../../src/domain/thread.ts';
import type {
  Call,
  CheckpointRow,
  CreateRunCall,
  EventRow,
  Observed,
  RunRow,
  SeenEvent,
  Subscription,
} from './observed.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type ModelRun = Mutable<RunRow> & {
  isMessageIn: boolean;
  before: { messages: MessageJson[]; status: RestingStatus } | null;
  told: string;
};
type Event = EventRow & SeenEvent;
type Removal = { readonly runId: string; readonly atMs: number };
/** What a call took: `lost` answers say nothing of what was done. */
type Manner = { readonly client?: string; readonly lost?: boolean; readonly tookMs?: number };

const THREAD = 'thread-1';
const ALL_KINDS: ReadonlySet<EventKind> = new Set([
  'RUN_QUEUED',
  'RUN_STARTED',
  'RUN_RESUMED',
  'RUN_ENDED',
  'RUN_ROLLED_BACK',
  'CUSTOM',
  'MESSAGE_STARTED',
  'MESSAGE_DELTA',
  'MESSAGE_COMPLETED',
  'MESSAGES_RESET',
]);

/**
 * A thread that keeps every invariant, played by hand or at random: where the checker's good histories come
 * from.
 */
export class ModelHistory {
  readonly #calls: Call[] = [];
  readonly #log: Event[] = [];
  readonly #removals: Removal[] = [];
  readonly #runs: ModelRun[] = [];
  readonly #checkpoints: CheckpointRow[] = [];
  readonly #keys = new Map<string, string>();
  #messages: MessageJson[] = [];
  #head: string | null = null;
  #status: RestingStatus = 'IDLE';
  #nextSeq = 1;
  #nowMs = 0;
  #made = 0;

  get runs(): readonly RunRow[] {
    return this.#runs;
  }

  createRun(
    label: string,
    strategy: CreateRunCall['strategy'],
    { key = null, wish = 'say', ...manner }: Manner & Partial<Pick<CreateRunCall, 'key' | 'wish'>> = {},
  ): void {
    this.#call(manner, (made, lost) => {
      const request = {
        ...made,
        op: 'createRun',
        label,
        wish,
        key,
        strategy,
        isDelayed: false,
        hasMessage: true,
        keepPendingInput: true,
      } as const;
      const outcome = this.#admit(request);
      this.#calls.push({ ...request, outcome: lost ?? outcome });
    });
  }

  #admit({ label, key, strategy }: Omit<CreateRunCall, 'outcome'>): CreateRunCall['outcome'] {
    const known = key === null ? undefined : this.#keys.get(key);
    if (known !== undefined) return { kind: 'accepted', runId: known };
    const unfinished = this.#runs.filter(({ status }) => status === 'PENDING' || status === 'RUNNING');
    if (strategy === 'REJECT' && unfinished[0] !== undefined)
      return { kind: 'refused', why: 'ThreadBusyError', blockingRunId: unfinished[0].id };
    this.#made += 1;
    const run: ModelRun = {
      id: `run-${this.#made}`,
      threadId: THREAD,
      label,
      key,
      status: 'PENDING',
      endReason: null,
      position: this.#made,
      attempt: 0,
      stop: null,
      supersededBy: null,
      headBefore: null,
      headAfter: null,
      carry: 'NONE',
      startedAtMs: null,
      finishedAtMs: null,
      isMessageIn: false,
      before: null,
      told: '',
    };
    for (const other of strategy === 'INTERRUPT' || strategy === 'ROLLBACK' ? unfinished : [])
      this.#supersede(other, strategy as never, run.id);
    this.#runs.push(run);
    this.#publish(run.id, 'RUN_QUEUED', { label });
    if (key !== null) this.#keys.set(key, run.id);
    return { kind: 'accepted', runId: run.id };
  }

  #supersede(run: ModelRun, action: 'INTERRUPT' | 'ROLLBACK', by: string | null): void {
    const reason = by === null ? 'CANCELLED' : 'SUPERSEDED';
    if (run.status === 'RUNNING') run.stop = { action, reason, by: by as never, keepPartialOutput: true };
    else if (action === 'ROLLBACK') this.#remove(run);
    else {
      run.supersededBy = by;
      run.isMessageIn = by === null;
      this.#end(run, 'INTERRUPTED', reason);
    }
  }

  cancelRun(runId: string, action: 'INTERRUPT' | 'ROLLBACK', manner: Manner = {}): void {
    this.#call(manner, (made, lost) => {
      const run = this.#runs.find(({ id }) => id === runId);
      if (run !== undefined && run.endReason === null && run.stop === null)
        this.#supersede(run, action, null);
      this.#calls.push({
        ...made,
        op: 'cancelRun',
        runId,
        action,
        outcome: lost ?? { kind: run === undefined ? 'notFound' : 'accepted' },
      });
    });
  }

  deleteRun(runId: string, manner: Manner = {}): void {
    this.#call(manner, (made, lost) => {
      const run = this.#runs.find(({ id }) => id === runId);
      const kind = run === undefined ? 'notFound' : run.endReason === null ? 'active' : 'deleted';
      if (run !== undefined && kind === 'deleted') this.#forget(run);
      this.#calls.push({ ...made, op: 'deleteRun', runId, outcome: lost ?? { kind } });
    });
  }

  /** Starts the next waiting run, unless one is RUNNING. */
  start(): void {
    const run = this.#runs.find(({ status }) => status === 'PENDING');
    if (run === undefined || this.#running !== undefined) return;
    run.status = 'RUNNING';
    run.attempt = 1;
    run.startedAtMs = this.#tick();
    run.headBefore = this.#head;
    run.before = { messages: this.#messages, status: this.#status };
    this.#publish(run.id, 'RUN_STARTED');
    for (const one of this.#runs)
      if (!one.isMessageIn && one.endReason === 'SUPERSEDED')
        this.#say(one, { type: 'human', content: `${one.label} carried` });
    this.#say(run, { type: 'human', content: `${run.label} hello` });
  }

  /** The RUNNING run streams a word. */
  stream(): void {
    const run = this.#running;
    // One that is to stop says nothing more.
    if (run === undefined || run.stop !== null) return;
    const messageId = `message-of-${run.id}-${run.attempt}`;
    if (run.told === '') this.#publish(run.id, 'MESSAGE_STARTED', { messageId });
    const text = `word${this.#nextSeq} `;
    run.told += text;
    this.#publish(run.id, 'CUSTOM', { execution: `${run.id}-${run.attempt}` });
    this.#publish(run.id, 'MESSAGE_DELTA', { messageId, text });
    this.#publish(run.id, 'MESSAGE_DELTA', { messageId, text: 'and ' });
    run.told += 'and ';
  }

  /** The RUNNING run's process dies and another takes it over. */
  takeOver(): void {
    const run = this.#running;
    if (run === undefined) return;
    run.attempt += 1;
    this.#publish(run.id, 'RUN_RESUMED');
    if (run.stop === null) {
      this.#publish(run.id, 'MESSAGES_RESET', { checkpointId: this.#head });
      run.told = '';
    }
  }

  /**
   * Its process dies and it is given up: what it has said is taken back. Until it is settled it can still be
   * stopped.
   */
  giveUp(): void {
    const run = this.#running;
    if (run === undefined) return;
    run.attempt += 1;
    this.#publish(run.id, 'MESSAGES_RESET', { checkpointId: this.#head });
    run.told = '';
  }

  settle(): void {
    const run = this.#running;
    if (run === undefined) return;
    if (run.stop?.action === 'ROLLBACK') {
      this.#rollBack(run);
      return;
    }
    if (run.told !== '') {
      const id = this.#log.findLast(
        ({ runId, kind }) => runId === run.id && kind === 'MESSAGE_DELTA',
      )?.messageId;
      this.#say(run, { type: 'ai', id: id ?? null, content: run.told });
      this.#publish(run.id, 'MESSAGE_COMPLETED', { messageId: id, text: run.told });
    }
    run.supersededBy = run.stop?.by ?? null;
    if (run.stop === null) this.#end(run, 'SUCCESS', 'COMPLETED');
    else this.#end(run, 'INTERRUPTED', run.stop.reason);
  }

  /** The RUNNING run's graph throws. */
  fail(): void {
    const run = this.#running;
    if (run !== undefined) this.#end(run, 'ERROR', 'FAILED');
  }

  joinRun(runId: string, manner: Manner = {}): void {
    this.#call(manner, (made, lost) => {
      const run = this.#runs.find(({ id }) => id === runId);
      if (run !== undefined && run.endReason === null) return;
      const { status, endReason, headAfter } = run ?? { status: 'PENDING', endReason: null, headAfter: null };
      const state = headAfter === null || headAfter !== this.#head ? null : this.#state();
      const outcome =
        run === undefined
          ? ({ kind: 'notFound' } as const)
          : ({ kind: 'joined', status, endReason, state } as const);
      this.#calls.push({ ...made, op: 'joinRun', runId, outcome: lost ?? outcome });
    });
  }

  /** Lets everything come to rest; returns what is known then. */
  observe(): Observed {
    for (let left = this.#runs.length + 1; left > 0; left -= 1) {
      this.start();
      this.settle();
    }
    const rested = { status: this.#status, lastSeq: this.#nextSeq - 1 };
    this.createRun('closing', 'ENQUEUE', {});
    this.start();
    this.settle();
    return {
      calls: this.#calls,
      subscriptions: this.#subscriptions(),
      rows: {
        threads: [{ id: THREAD, status: this.#status, nextSeq: this.#nextSeq, claimableAtMs: null }],
        runs: this.#runs,
        events: this.#log.filter((event) => !this.#isRemoved(event)),
        keys: [...this.#keys].map(([key, runId]) => ({ key, runId })),
        checkpoints: this.#checkpoints,
        writers: this.#runs
          .filter(({ headAfter }) => headAfter !== null)
          .map(({ id }) => ({ threadId: THREAD, runId: id })),
        heads: this.#head === null ? [] : [{ threadId: THREAD, checkpointId: this.#head }],
      },
      finals: [
        {
          threadId: THREAD,
          state: this.#state(),
          conversation: this.#messages.map(({ id, type, content }) => ({
            id: id ?? null,
            type,
            text: String(content),
            partial: false,
          })),
          rested,
        },
      ],
    };
  }

  get #running(): ModelRun | undefined {
    return this.#runs.find(({ status }) => status === 'RUNNING');
  }

  #state() {
    return { checkpointId: this.#head ?? '', next: [], messages: this.#messages };
  }

  #call(
    { client = 'client-1', lost = false, tookMs = 0 }: Manner,
    act: (made: Omit<Call, 'op' | 'outcome'>, lost: { kind: 'lost'; why: string } | null) => void,
  ): void {
    const at = this.#tick();
    const made = { client, threadId: THREAD, invokedAtMs: at - tookMs, returnedAtMs: at + tookMs + 0.5 };
    act(made as never, lost ? { kind: 'lost', why: 'CONNECTION_LOST' } : null);
  }

  #say(run: ModelRun, message: MessageJson): void {
    const id = `checkpoint-${this.#nextSeq}-${this.#checkpoints.length}-${this.#tick()}`;
    this.#checkpoints.push({ threadId: THREAD, id, parentId: this.#head, seq: this.#nowMs });
    this.#head = id;
    this.#messages = [...this.#messages, message];
    for (const one of this.#runs)
      if (message.type === 'human' && String(message.content).startsWith(`${one.label} `))
        one.isMessageIn = true;
    run.headAfter = id;
  }

  #end(run: ModelRun, status: RunStatus, reason: RunEndReason): void {
    run.status = status;
    run.endReason = reason;
    run.finishedAtMs = this.#tick();
    this.#status = status === 'ERROR' ? 'ERROR' : 'IDLE';
    this.#publish(run.id, 'RUN_ENDED');
  }

  #rollBack(run: ModelRun): void {
    this.#head = run.headBefore;
    const gone = new Set<string | null>();
    for (
      let index = this.#checkpoints.length - 1;
      this.#checkpoints[index]?.id !== this.#head && index >= 0;
      index -= 1
    )
      gone.add(this.#checkpoints.pop()!.id);
    this.#messages = run.before!.messages;
    this.#status = run.before!.status;
    const isIn = (label: string) =>
      this.#messages.some(({ content }) => String(content).startsWith(`${label} `));
    for (const one of this.#runs) if (one.endReason === 'SUPERSEDED') one.isMessageIn = isIn(one.label);
    this.#remove(run);
    this.#publish(null, 'MESSAGES_RESET', { checkpointId: this.#head });
  }

  #forget(run: ModelRun): void {
    this.#removals.push({ runId: run.id, atMs: this.#tick() });
    this.#runs.splice(this.#runs.indexOf(run), 1);
    for (const one of this.#runs) if (one.supersededBy === run.id) one.supersededBy = null;
  }

  #remove(run: ModelRun): void {
    this.#forget(run);
    this.#publish(run.id, 'RUN_ROLLED_BACK');
  }

  #publish(runId: string | null, kind: EventKind, facts: Partial<Event> = {}): void {
    this.#log.push({
      ...facts,
      threadId: THREAD,
      seq: this.#nextSeq,
      kind,
      runId,
      receivedAtMs: this.#tick(),
    });
    this.#nextSeq += 1;
  }

  #isRemoved = (event: Event): boolean =>
    this.#removals.some(({ runId, atMs }) => runId === event.runId && event.receivedAtMs < atMs);

  /**
   * One that was always live; one that lags and reads what is left at the end, its deltas joined; one of a
   * run; one that left in the middle.
   */
  #subscriptions(): Subscription[] {
    const base = { threadId: THREAD, runId: null, afterSeq: 0, kinds: ALL_KINDS };
    const left = this.#log.filter((event) => !this.#isRemoved(event));
    const middle = Math.floor(this.#log.length / 2);
    const ofRun = this.#log.at(-1)?.runId ?? null;
    return [
      { ...base, client: 'live', events: this.#log, end: 'stayed' },
      { ...base, client: 'late', events: joined(left), end: 'stayed' },
      { ...base, client: 'brief', events: this.#log.slice(0, middle), end: 'left' },
      {
        ...base,
        client: 'of-run',
        runId: ofRun,
        events: this.#log.filter(({ runId }) => runId === ofRun),
        end: 'completed',
      },
    ];
  }

  #tick(): number {
    this.#nowMs += 1;
    return this.#nowMs;
  }
}

function joined(events: readonly Event[]): Event[] {
  const result: Event[] = [];
  for (const event of events) {
    const last = result.at(-1);
    if (
      last?.kind === 'MESSAGE_DELTA' &&
      event.kind === 'MESSAGE_DELTA' &&
      last.messageId === event.messageId
    )
      result.splice(-1, 1, { ...event, text: `${last.text}${event.text}` });
    else result.push(event);
  }
  return result;
}
