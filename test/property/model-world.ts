import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { DEFAULT_OWNER } from '../../src/domain/ids.ts';
import type { Run } from '../../src/domain/run.ts';
import type { Thread } from '../../src/domain/thread.ts';
import type { Orchestrator } from '../../src/orchestrator/orchestrator.ts';
import type { ThreadStateJson } from '../../src/orchestrator/ports/graph-host.ts';
import type { CreateRun, CreateRunOutcome, JoinRunOutcome } from '../../src/orchestrator/requests.ts';
import type { AdvancingClock } from '../support/advancing-clock.ts';
import { type Decision, decide, isHeld } from '../support/decisions.ts';
import { testedDatabase } from '../support/test-database.ts';
import { until } from '../support/until.ts';
import { type NewRun, ReferenceThread, type RefRun } from './reference-model.ts';
import { ThreadFollower } from './thread-follower.ts';

const owner = DEFAULT_OWNER;
export const DELAY_SECONDS = 60;
const ALL = { limit: 1_000, inverted: false };

/** One thread of the product beside its reference, and what both are compared with. */
export class ModelThread {
  readonly reference = new ReferenceThread();
  readonly #orchestrator: Orchestrator;
  readonly #clock: AdvancingClock;
  readonly #id: string;
  readonly #follower: ThreadFollower;
  readonly #ids = new Map<string, string>();
  readonly #requests = new Map<string, CreateRun>();
  readonly #joins: { readonly label: string; readonly outcome: Promise<JoinRunOutcome> }[] = [];
  /** The state before each started run, as the API told it (I5). */
  readonly #before = new Map<string, ThreadStateJson | null>();

  private constructor(
    orchestrator: Orchestrator,
    clock: AdvancingClock,
    id: string,
    follower: ThreadFollower,
  ) {
    this.#orchestrator = orchestrator;
    this.#clock = clock;
    this.#id = id;
    this.#follower = follower;
  }

  static async create(
    orchestrator: Orchestrator,
    clock: AdvancingClock,
    reconnectAfter: readonly number[],
  ): Promise<ModelThread> {
    const created = await orchestrator.createThread({
      owner,
      metadata: { graph_id: 'model-agent' },
      ifExists: 'RAISE',
    });
    if (created.kind !== 'ok') throw new Error(`No thread: ${created.kind}`);
    const follower = await ThreadFollower.start(orchestrator, created.value.id, reconnectAfter);
    return new ModelThread(orchestrator, clock, created.value.id, follower);
  }

  /**
   * Cancels and then creates, all sent at once: the product takes them in this order, before a stopped run
   * can have settled.
   */
  async burst(
    cancels: readonly { readonly label: string; readonly action: 'INTERRUPT' | 'ROLLBACK' }[],
    creates: readonly NewRun[],
  ): Promise<void> {
    const frozen = await this.#frozen();
    if (testedDatabase === 'postgres') return this.#oneByOne(cancels, creates);
    const cancelling = cancels.map(({ label, action }) =>
      this.#orchestrator.cancelRun({ ...this.#refTo(label), action }),
    );
    const creating = creates.map((run) => this.#orchestrator.createRun(this.#request(run)));
    await Promise.all(cancelling);
    const outcomes = await Promise.all(creating);

    for (const { label, action } of cancels) this.reference.cancel(label, action);
    for (const [index, run] of creates.entries()) {
      const blocking = this.reference.create(run);
      this.#expectOutcome(run.label, outcomes[index]!, blocking);
    }
    this.reference.proceed();
    if (cancels.length === 0 && outcomes.every(({ kind }) => kind !== 'ok'))
      expect(await this.#frozen()).toEqual(frozen);
  }

  /**
   * On PostgreSQL a stopped run may settle between two commands that were sent at once: there each is seen
   * through before the next.
   */
  async #oneByOne(
    cancels: readonly { readonly label: string; readonly action: 'INTERRUPT' | 'ROLLBACK' }[],
    creates: readonly NewRun[],
  ) {
    for (const { label, action } of cancels) {
      await this.#orchestrator.cancelRun({ ...this.#refTo(label), action });
      this.reference.cancel(label, action);
      this.reference.proceed();
      await this.check();
    }
    for (const run of creates) {
      const frozen = await this.#frozen();
      const outcome = await this.#orchestrator.createRun(this.#request(run));
      this.#expectOutcome(run.label, outcome, this.reference.create(run));
      if (outcome.kind !== 'ok') expect(await this.#frozen()).toEqual(frozen);
      this.reference.proceed();
      await this.check();
    }
  }

  /** Whether something waits to be resumed is what the state says; all else is the reference's to say. */
  async resume(run: NewRun): Promise<void> {
    const frozen = await this.#frozen();
    const waits = (frozen.state?.interrupts.length ?? 0) > 0;
    const outcome = await this.#orchestrator.createRun(this.#request(run));

    if (this.reference.oldestUnfinished === null && !waits) expect(outcome.kind).toBe('invalid');
    else this.#expectOutcome(run.label, outcome, this.reference.create(run));
    this.reference.proceed();
    if (outcome.kind !== 'ok') expect(await this.#frozen()).toEqual(frozen);
  }

  /** The same call again: the same run, and nothing changes. */
  async repeat(label: string): Promise<void> {
    const request = this.#requests.get(label);
    if (request === undefined) return;
    const frozen = await this.#frozen();
    const outcome = await this.#orchestrator.createRun(request);

    if (this.reference.removed.has(label))
      expect(outcome).toMatchObject({ kind: 'notFound', what: 'Run', id: this.#ids.get(label) });
    else expect(outcome).toMatchObject({ kind: 'ok', value: { id: this.#ids.get(label) } });
    expect(await this.#frozen()).toEqual(frozen);
    const other = await this.#orchestrator.createRun({ ...request, metadata: { other: true } });
    expect(other.kind).toBe('idempotencyConflict');
    expect(await this.#frozen()).toEqual(frozen);
  }

  decide(decision: Decision): void {
    const { running } = this.reference;
    if (running === undefined) return;
    decide(this.#ids.get(running.label)!, decision);
    this.reference.decide(decision);
    this.reference.proceed();
  }

  async updateState(label: string): Promise<void> {
    const frozen = await this.#frozen();
    const values = { messages: [{ type: 'human', content: label }] };
    const outcome = await this.#orchestrator.updateThreadState({
      owner,
      threadId: this.#id,
      values,
      asNode: 'speak',
    });

    const blocking = this.reference.oldestUnfinished;
    if (blocking === null) {
      expect(outcome.kind).toBe('ok');
      this.reference.update(`human: ${label}`);
    } else {
      expect(outcome).toMatchObject({ kind: 'busy', blockingRun: { id: this.#ids.get(blocking) } });
      expect(await this.#frozen()).toEqual(frozen);
    }
  }

  join(label: string): void {
    this.#joins.push({ label, outcome: this.#orchestrator.joinRun(this.#refTo(label)) });
  }

  async deleteRun(label: string): Promise<void> {
    const before = this.reference.find(label);
    // With the run its events go, also those that a reader on the way to them has not got yet.
    if (before !== undefined && before.endReason !== null)
      await until(() => this.#follower.sawEnd(this.#ids.get(label)!), Boolean);
    const frozen = await this.#frozen();
    const outcome = await this.#orchestrator.deleteRun(this.#refTo(label));
    if (before === undefined) expect(outcome.kind).toBe('notFound');
    else if (before.endReason === null) {
      expect(outcome.kind).toBe('active');
      expect(await this.#frozen()).toEqual(frozen);
    } else {
      expect(outcome.kind).toBe('deleted');
      this.reference.deleteRun(label);
      expect((await this.#frozen()).state?.checkpoint).toEqual(frozen.state?.checkpoint);
    }
  }

  becomeDue(): void {
    this.reference.becomeDue();
    this.reference.proceed();
  }

  /** Waits until the product is where the reference is, then holds it to the invariants. */
  async check(): Promise<void> {
    const expected = this.#expected();
    await until(
      () => this.#observed(),
      (observed) => isDeepStrictEqual(observed, expected),
    ).catch(async (error: unknown) => {
      expect(await this.#observed()).toEqual(expected);
      throw error;
    });
    await this.#checkStates();
    await this.#checkJoins();
  }

  /** Lets everything end, checks the whole log, and leaves. */
  async finish(): Promise<void> {
    await this.#clock.advance((DELAY_SECONDS + 1) * 1_000);
    this.becomeDue();
    await this.check();
    while (this.reference.running !== undefined) {
      this.decide('FINISH');
      await this.check();
    }
    for (const { label, outcome } of this.#joins) {
      const removed = this.reference.removed.has(label);
      expect([(await outcome).kind, label]).toEqual([
        removed && (await outcome).kind === 'notFound' ? 'notFound' : 'joined',
        label,
      ]);
    }
    // Whatever was removed at the end of the log: now there is an end that both subscribers can reach.
    await this.updateState('the end');
    const nextSeq = (await this.#orchestrator.queries.thread(owner, this.#id))?.nextSeq ?? 0;
    await this.#follower.check(
      nextSeq,
      [...this.reference.removed].map((label) => this.#ids.get(label)!),
    );
  }

  async leave(): Promise<void> {
    await this.#follower.stop();
    await this.#orchestrator.deleteThread({ owner, threadId: this.#id });
  }

  #expectOutcome(label: string, outcome: CreateRunOutcome, blocking: string | null): void {
    if (blocking === null) {
      expect([label, outcome.kind]).toEqual([label, 'ok']);
      if (outcome.kind === 'ok') this.#ids.set(label, outcome.value.id);
    } else {
      this.#requests.delete(label);
      expect(outcome).toMatchObject({ kind: 'busy', blockingRun: { id: this.#ids.get(blocking) } });
    }
  }

  #refTo(label: string): { owner: typeof owner; threadId: string; runId: string } {
    return { owner, threadId: this.#id, runId: this.#ids.get(label)! };
  }

  #request({ label, strategy, isDelayed, isResume, ...keep }: NewRun): CreateRun {
    const request: CreateRun = {
      owner,
      threadId: this.#id,
      assistantId: 'model-agent',
      ...(isResume
        ? { command: { resume: label } }
        : { input: { messages: [{ type: 'human', content: label }] } }),
      strategy,
      ...keep,
      config: { configurable: { label } },
      ...(isDelayed ? { afterSeconds: DELAY_SECONDS } : {}),
      recordEvents: false,
      idempotencyKey: `${this.#id} ${label}`,
    };
    this.#requests.set(label, request);
    return request;
  }

  /** All that a refused command must leave as it is (I6). */
  async #frozen() {
    const { queries } = this.#orchestrator;
    const thread = (await queries.thread(owner, this.#id))!;
    return {
      thread,
      runs: await queries.runs(thread, undefined, ALL),
      state: await queries.state(thread, null, true),
    };
  }

  #expected() {
    const { reference } = this;
    const { status, messages, starts } = reference;
    const runs = reference.runs.map((run) => {
      const { label, status, endReason, supersededBy, carry, carriedBy } = run;
      return {
        label,
        status,
        endReason,
        supersededBy,
        carry,
        carriedBy,
        place: reference.queuePosition(run),
        isHeld: run === reference.running,
      };
    });
    return { status, messages, starts, runs };
  }

  async #observed() {
    const { queries } = this.#orchestrator;
    const thread = (await queries.thread(owner, this.#id))!;
    const rows = await queries.runs(thread, undefined, ALL);
    const runs = await Promise.all(rows.map((run) => this.#observedRun(run)));
    const starts = this.#follower.starts.map((id) => this.#labelOf(id));
    return { status: thread.status, messages: (await queries.messages(thread)).map(toLine), starts, runs };
  }

  async #observedRun(run: Run) {
    const { id, status, endReason, supersededBy, carry, carriedBy } = run;
    return {
      label: this.#labelOf(id),
      status,
      endReason,
      supersededBy: supersededBy && this.#labelOf(supersededBy),
      carry,
      carriedBy: carriedBy && this.#labelOf(carriedBy),
      place: await this.#orchestrator.queries.queuePosition(run),
      isHeld: isHeld(id),
    };
  }

  #labelOf(id: string): string {
    return [...this.#ids].find(([, known]) => known === id)?.[0] ?? id;
  }

  /**
   * I5: what a rolled-back run leaves is what was before it; and each ended run is joined with the state that
   * it left.
   */
  async #checkStates(): Promise<void> {
    const { queries } = this.#orchestrator;
    const thread = (await queries.thread(owner, this.#id))!;
    const { running } = this.reference;
    const active = running === undefined ? null : await queries.run(owner, this.#ids.get(running.label)!);
    const head = (await queries.state(thread, null, true))?.checkpoint.checkpointId ?? null;
    const base = await this.#stateAt(thread, active === null ? head : active.headBefore);
    for (const [label, before] of this.#before) {
      if (!this.reference.removed.has(label)) continue;
      expect(base, `the state after ${label} was rolled back`).toEqual(before);
      this.#before.delete(label);
    }
    for (const run of this.reference.runs) {
      if (run === running) this.#before.set(run.label, this.#before.get(run.label) ?? base);
      else this.#before.delete(run.label);
      if (run.endReason !== null) await this.#checkLeft(run);
    }
  }

  /**
   * By its checkpoint: of a head LangGraph tells what is next with the pending writes of failed tasks
   * applied, of an earlier checkpoint without them, and a state that is compared may have been the one and be
   * the other.
   */
  async #stateAt(thread: Thread, checkpointId: string | null): Promise<ThreadStateJson | null> {
    return checkpointId === null ? null : this.#orchestrator.queries.state(thread, checkpointId, true);
  }

  async #checkLeft({ label, after }: RefRun): Promise<void> {
    const run = (await this.#orchestrator.queries.run(owner, this.#ids.get(label)!))!;
    const left = await this.#orchestrator.queries.stateAfter(run);
    expect(left?.messages.map(toLine) ?? null, `the state that ${label} left`).toEqual(after);
  }

  async #checkJoins(): Promise<void> {
    for (const join of this.#joins.splice(0)) {
      const run = this.reference.find(join.label);
      if (run?.endReason === null) {
        this.#joins.push(join);
        continue;
      }
      const outcome = await join.outcome;
      if (run === undefined) expect(outcome).toMatchObject({ kind: 'notFound' });
      else
        expect(outcome).toMatchObject({
          kind: 'joined',
          run: { id: this.#ids.get(join.label), endReason: run.endReason },
        });
    }
  }
}

function toLine({ type, content, response_metadata }: ThreadStateJson['messages'][number]): string {
  return `${type}${response_metadata?.['partial'] === true ? ' (partial)' : ''}: ${String(content)}`;
}
