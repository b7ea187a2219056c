import type { ThreadId } from '../../src/domain/ids.ts';
import { isUnfinished } from '../../src/domain/run.ts';
import { findViolations } from '../chaos/history/check.ts';
import type { Observed, Violation } from '../chaos/history/observed.ts';
import { aThread } from '../contract/store-data.ts';
import { SimulatedClients } from './clients.ts';
import { type CallFault, Faults } from './faults.ts';
import { Fleet } from './fleet.ts';
import { MemoryDatabase } from './memory-database.ts';
import { MemoryNetwork } from './memory-network.ts';
import { observe, type Rested } from './observe.ts';
import type { Create, Plan, Trouble } from './plan.ts';
import type { PlantedBugs } from './planted-bugs.ts';
import { Requests } from './requests.ts';
import { Watch } from './watch.ts';
import { World } from './world.ts';

/** What one history came to. */
export type Outcome = {
  readonly violations: readonly Violation[];
  /** Two histories with one hash went the same way, step by step. */
  readonly hash: number;
  readonly counts: Counts;
  readonly trace: readonly string[];
  readonly observed: Observed;
};
export type Counts = {
  readonly steps: number;
  readonly calls: number;
  readonly runs: number;
  readonly events: number;
  readonly faults: Readonly<Record<CallFault['kind'], number>>;
  readonly troubles: Readonly<Record<Trouble['do'], number>>;
  readonly signalsLost: number;
  readonly signalsRepeated: number;
};

export type HistoryOptions = {
  readonly bugs?: PlantedBugs;
  /** Keep what happened, in words. */
  readonly trace?: boolean;
};

/** A history that has not come to rest by then never will. */
const MAX_STEPS = 5_000;

const CLOSING: Omit<Create, 'thread' | 'label'> = {
  do: 'create',
  strategy: 'ENQUEUE',
  script: [{ tokens: 1, paceMs: 1, ends: 'GO_ON', ignoresAbortMs: 0 }],
  isKeyed: true,
  afterSeconds: null,
  timeoutSeconds: null,
  keepPartialOutput: true,
  keepPendingInput: true,
};

/**
 * Plays a plan to its end: the clients' actions among the faults; then nothing goes wrong any more and
 * everything comes to rest; then one more run on each thread, which must work. What was observed is checked
 * while it happens and in the end.
 */
export async function playHistory(
  plan: Plan,
  { bugs = {}, trace = false }: HistoryOptions = {},
): Promise<Outcome> {
  const history = new History(plan, bugs);
  if (trace) history.world.trace = [];
  await history.play();
  return history.outcome();
}

class History {
  readonly world: World;
  readonly #plan: Plan;
  readonly #database: MemoryDatabase;
  readonly #network: MemoryNetwork;
  readonly #faults: Faults;
  readonly #watch: Watch;
  readonly #fleet: Fleet;
  readonly #requests: Requests;
  readonly #clients: SimulatedClients;
  readonly #threadIds: readonly ThreadId[];
  readonly #rested = new Map<ThreadId, Rested>();
  #toDo: number;

  constructor(plan: Plan, bugs: PlantedBugs) {
    this.#plan = plan;
    this.#toDo = plan.actions.length;
    const world = new World(plan.order);
    this.world = world;
    this.#database = new MemoryDatabase(world, bugs);
    this.#network = new MemoryNetwork(world);
    this.#network.faults = plan.signals;
    this.#faults = new Faults(plan.faults);
    this.#watch = new Watch(this.#database, world);
    this.#threadIds = Array.from({ length: plan.threads }, (_, index) => this.#newThread(index));
    const parts = {
      plan,
      world,
      database: this.#database,
      network: this.#network,
      faults: this.#faults,
      watch: this.#watch,
    };
    this.#fleet = new Fleet(parts);
    this.#requests = new Requests(world, this.#watch);
    this.#clients = new SimulatedClients(
      { world, fleet: this.#fleet, requests: this.#requests, watch: this.#watch },
      this.#threadIds,
    );
  }

  async play(): Promise<void> {
    const { actions, troubles } = this.#plan;
    for (const threadId of this.#threadIds) {
      this.#clients.follow('the reader', threadId, 'thread', null);
      this.#clients.follow('the talker', threadId, 'conversation', null);
    }
    for (const planned of actions)
      this.world.after(planned.atMs, null, `C${planned.client}: ${planned.action.do}`, () => {
        this.#toDo -= 1;
        this.#clients.act(planned);
      });
    this.world.onStep = (step) => {
      for (const trouble of troubles) if (trouble.atStep === step) this.#fleet.suffer(trouble);
    };
    await this.world.run(() => this.#isAtRest(), MAX_STEPS);
    await this.#heal();
    if (this.#isAtRest()) await this.#close();
    if (!this.#isAtRest()) this.#reportUnrest();
  }

  outcome(): Outcome {
    const seen = observe(this.#database, this.#clients, this.#watch, this.#rested);
    const { lost, repeated } = this.#network;
    return {
      observed: seen,
      violations: [...this.#watch.violations, ...findViolations(seen)],
      hash: this.world.hash,
      trace: this.world.trace ?? [],
      counts: {
        steps: this.world.steps,
        calls: this.#faults.calls,
        runs: this.#watch.started.size,
        events: seen.rows.events.length,
        faults: this.#faults.struck,
        troubles: this.#fleet.suffered,
        signalsLost: lost,
        signalsRepeated: repeated,
      },
    };
  }

  /** Nothing goes wrong any more. */
  async #heal(): Promise<void> {
    this.#faults.isOn = false;
    this.#network.faults = { lose: 0, repeat: 0, delay: 0 };
    this.world.onStep = () => {};
    await this.world.run(() => this.#isAtRest(), MAX_STEPS);
  }

  /** Every thread can be used again. */
  async #close(): Promise<void> {
    for (const [thread, threadId] of this.#threadIds.entries()) {
      const { status, nextSeq } = this.#database.threads.get(threadId)!;
      this.#rested.set(threadId, { status, lastSeq: nextSeq - 1 });
      this.#clients.create('the last one', 0, { ...CLOSING, thread, label: `closing-${thread}` });
    }
    await this.world.run(() => this.#isAtRest(), MAX_STEPS);
  }

  #isAtRest(): boolean {
    if (this.#toDo > 0 || this.#requests.pending > 0) return false;
    for (const run of this.#database.runs.values()) if (isUnfinished(run)) return false;
    return this.#clients.followers.every((follower) => follower.lastSeq >= this.#lastSeqFor(follower));
  }

  /** The newest row of the log that this follower is to get. */
  #lastSeqFor({ threadId, kinds, stays, runId }: SimulatedClients['followers'][number]): number {
    if (!stays) return 0;
    const row = this.#database.logs
      .get(threadId)
      ?.findLast((event) => kinds.has(event.body.kind) && (runId === null || event.runId === runId));
    return row?.seq ?? 0;
  }

  #reportUnrest(): void {
    const unfinished = [...this.#database.runs.values()]
      .filter(isUnfinished)
      .map(({ metadata, status }) => `${metadata['label']} ${status}`);
    const { pending } = this.#requests;
    const [threadId] = this.#threadIds;
    const what = `${this.#toDo} actions, ${pending} requests, runs [${unfinished.join(', ')}]`;
    this.#watch.report('I3', threadId ?? '', `nothing came to rest: left are ${what}`);
  }

  #newThread(index: number): ThreadId {
    const id = `00000000-0000-7000-8000-00000000000${index}` as ThreadId;
    this.#database.threads.set(
      id,
      aThread({ id, createdAt: this.#database.now, updatedAt: this.#database.now }),
    );
    return id;
  }
}
