import { DEFAULT_OWNER, type ThreadId } from '../../src/domain/ids.ts';
import type { Json } from '../../src/domain/json.ts';
import type { Run } from '../../src/domain/run.ts';
import { isUnfinished } from '../../src/domain/run.ts';
import type { Thread } from '../../src/domain/thread.ts';
import { formatCursor } from '../../src/events/cursor.ts';
import type { Orchestrator } from '../../src/orchestrator/orchestrator.ts';
import type { ThreadStateJson } from '../../src/orchestrator/ports/graph-host.ts';
import type { FollowedEvent } from '../../src/orchestrator/ports/subscriptions.ts';
import type { CreateRun, CreateRunOutcome, JoinRunOutcome } from '../../src/orchestrator/requests.ts';
import { until } from './until.ts';

const owner = DEFAULT_OWNER;
const ALL = { limit: 1_000, inverted: false };

type RunOptions = Partial<Omit<CreateRun, 'owner' | 'threadId'>>;

/** One thread of a service in this process, and what tests do with it. */
export class InProcessThread {
  readonly orchestrator: Orchestrator;
  readonly id: string;
  readonly #graph: string;

  private constructor(orchestrator: Orchestrator, graph: string, id: string) {
    this.orchestrator = orchestrator;
    this.#graph = graph;
    this.id = id;
  }

  static async create(
    { orchestrator }: { readonly orchestrator: Orchestrator },
    graph: string,
  ): Promise<InProcessThread> {
    const created = await orchestrator.createThread({
      owner,
      metadata: { graph_id: graph },
      ifExists: 'RAISE',
    });
    if (created.kind !== 'ok') throw new Error(`No thread: ${created.kind}`);
    return new InProcessThread(orchestrator, graph, created.value.id);
  }

  /** The same thread, by another service on the same database. */
  at({ orchestrator }: { readonly orchestrator: Orchestrator }): InProcessThread {
    return new InProcessThread(orchestrator, this.#graph, this.id);
  }

  /** Sends a human message; ENQUEUE unless the options say otherwise. */
  async say(text: string, options: RunOptions = {}): Promise<Run> {
    return this.run({ input: { messages: [{ type: 'human', content: text }] }, ...options });
  }

  async run(options: RunOptions): Promise<Run> {
    const outcome = await this.create(options);
    if (outcome.kind !== 'ok') throw new Error(`The run was not accepted: ${JSON.stringify(outcome)}`);
    return outcome.value;
  }

  create(options: RunOptions): Promise<CreateRunOutcome> {
    return this.orchestrator.createRun({
      owner,
      threadId: this.id,
      assistantId: this.#graph,
      strategy: 'ENQUEUE',
      keepPartialOutput: true,
      keepPendingInput: true,
      recordEvents: false,
      ...options,
    });
  }

  join({ id }: Pick<Run, 'id'>, timeoutSeconds?: number): Promise<JoinRunOutcome> {
    return this.orchestrator.joinRun({ owner, threadId: this.id, runId: id, timeoutSeconds });
  }

  /** The run once it has ended. */
  async ended(run: Pick<Run, 'id'>): Promise<Run> {
    const outcome = await this.join(run);
    if (outcome.kind !== 'joined') throw new Error(`Run ${run.id} can't be joined: ${outcome.kind}`);
    return outcome.run;
  }

  /** Resolves once the run has been removed. */
  async removed(run: Pick<Run, 'id'>): Promise<void> {
    const outcome = await this.join(run);
    if (outcome.kind !== 'notFound') throw new Error(`Run ${run.id} was not removed: ${outcome.kind}`);
  }

  async cancel({ id }: Pick<Run, 'id'>, action: 'INTERRUPT' | 'ROLLBACK' = 'INTERRUPT'): Promise<Run> {
    const outcome = await this.orchestrator.cancelRun({ owner, threadId: this.id, runId: id, action });
    if (outcome.kind !== 'ok') throw new Error(`Run ${id} can't be cancelled: ${outcome.kind}`);
    return outcome.value;
  }

  find({ id }: Pick<Run, 'id'>): Promise<Run | null> {
    return this.orchestrator.queries.run(owner, id);
  }

  /** The run once it is RUNNING. */
  async started({ id }: Pick<Run, 'id'>): Promise<Run> {
    const run = await until(
      () => this.find({ id }),
      (found) => found?.status === 'RUNNING',
    );
    return run!;
  }

  async thread(): Promise<Thread> {
    return (await this.orchestrator.queries.thread(owner, this.id))!;
  }

  async runs(): Promise<Run[]> {
    return this.orchestrator.queries.runs(await this.thread(), undefined, ALL);
  }

  /**
   * Resolves once the log has this text of the run's streaming message: a gate may be reached before what was
   * said until then is written.
   */
  async heard(run: Pick<Run, 'id'>, text: string): Promise<void> {
    const said = (events: readonly FollowedEvent[]): string =>
      events
        .map(({ runId, body }) => (runId === run.id && body.kind === 'MESSAGE_DELTA' ? body.text : ''))
        .join('');
    await until(
      async () => said(await this.log()),
      (soFar) => soFar.endsWith(text),
    );
  }

  /** Resolves once no run is unfinished. */
  async quiet(): Promise<void> {
    await until(
      () => this.runs(),
      (runs) => !runs.some(isUnfinished),
    );
  }

  async state(checkpointId: string | null = null): Promise<ThreadStateJson | null> {
    return this.orchestrator.queries.state(await this.thread(), checkpointId, true);
  }

  /** Type and text of each message, those that are partial marked. */
  async conversation(): Promise<string[]> {
    const messages = await this.orchestrator.queries.messages(await this.thread());
    return messages.map(toLine);
  }

  /** State and status: what a rollback restores and a refusal leaves alone. */
  async snapshot(): Promise<Json> {
    const [thread, state] = [await this.thread(), await this.state()];
    return JSON.parse(JSON.stringify({ status: thread.status, state })) as Json;
  }

  /** The log from its first event to the newest one. */
  async log(): Promise<FollowedEvent[]> {
    const { nextSeq } = await this.thread();
    const after = this.#cursorAt(0);
    const stop = new AbortController();
    const followed = await this.orchestrator.followThread({
      owner,
      threadId: this.id,
      after,
      signal: stop.signal,
    });
    if (followed.kind === 'refused') throw new Error(followed.message);
    const events: FollowedEvent[] = [];
    if (nextSeq === 1) return events;
    for await (const event of followed.events) {
      events.push(event);
      if (event.cursor === this.#cursorAt(nextSeq - 1)) break;
    }
    return events;
  }

  #cursorAt(seq: number): string {
    return formatCursor({ threadId: this.id as ThreadId, seq, part: 0 });
  }
}

/** Such as `ai (partial): one two`. */
export function toLine({ type, content, response_metadata }: ThreadStateJson['messages'][number]): string {
  return `${type}${response_metadata?.['partial'] === true ? ' (partial)' : ''}: ${typeof content === 'string' ? content : JSON.stringify(content)}`;
}
