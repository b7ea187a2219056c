import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient } from '../../src/client/errors.ts';
import {
  createClient,
  emptyConversation,
  type InterjectClient,
  InterjectError,
  type NewRun,
  reduceMessages,
  type StreamMode,
  type ThreadState,
  unwrap,
} from '../../src/client/public.ts';
import type { MessageJson } from '../../src/domain/message.ts';
import { Follower, seqOf, type Wanted } from './follower.ts';
import type {
  CancelRunCall,
  CreateRunCall,
  DeleteRunCall,
  JoinRunCall,
  Lost,
  SeenState,
} from './history/observed.ts';
import type { ClientAction } from './plan.ts';
import { type ChaosThread, pickRecent, type Request, type RequestFacts, type World } from './world.ts';

const RETRY_MS = 250;
const MODES: readonly StreamMode[] = ['MESSAGES', 'CUSTOM'];
const ALL_MODES: readonly StreamMode[] = ['VALUES', 'UPDATES', 'MESSAGES', 'CUSTOM', 'TASKS', 'CHECKPOINTS'];
/** Whole states are heavy: they are followed on every third thread. */
const ONE_IN = 3;

type CreateAction = Extract<ClientAction, { do: 'create' }>;

/**
 * One user of the service: a typed client with a WebSocket of its own, which records what it asks and what it
 * is told.
 */
export class ChaosClient {
  readonly name: string;
  readonly #api: InterjectClient;
  readonly #world: World;
  /** Aborted at the very end. */
  readonly #leave: AbortSignal;
  /** How often each request was sent, by the label in its body. */
  readonly #sends = new Map<string, number>();

  constructor(name: string, url: string, world: World, leave: AbortSignal) {
    this.name = name;
    this.#world = world;
    this.#leave = leave;
    this.#api = createClient({
      url,
      fetch: (input, init) => {
        const label = /"metadata":\{"label":"(\w+)"\}/.exec(String(init.body))?.[1];
        if (label !== undefined) this.#sends.set(label, (this.#sends.get(label) ?? 0) + 1);
        return fetch(input, init);
      },
      retryWait: (failures, signal) =>
        sleep(Math.min(failures, 4) * RETRY_MS, undefined, signal === undefined ? {} : { signal }),
      onRetry: ({ code, message }) => {
        world.reconnects += 1;
        if (code !== 'CONNECTION_LOST' && code !== 'SERVICE_UNAVAILABLE')
          world.problems.push(`${name} met ${code} (${message})`);
      },
    });
  }

  /** Resolves when it has its answer, or a stream has ended that ends by itself. */
  async perform(action: ClientAction): Promise<void> {
    if (action.do === 'repeat' || action.do === 'conflict') return this.#again(action);
    const thread = await this.#world.thread(action.thread, (threadId) => this.#open(threadId, action.thread));
    // A second one watches it too, through another server if it can be.
    if (thread.followers.length === 1 && thread.openedBy !== this.name) this.#watch(thread, MODES);
    const runId = 'pick' in action ? pickRecent(thread.runs, action.pick) : undefined;
    switch (action.do) {
      case 'create':
        return this.#create(requestOf(thread, action));
      case 'resume':
        return this.#create(resumeOf(thread, action.label));
      case 'cancel':
        return runId === undefined ? undefined : this.#cancel(thread, runId, action.action);
      case 'delete': {
        if (runId === undefined) return;
        // The run is to end first: else most deletions would be refused.
        if (action.isAwaited) await this.join(thread, runId);
        return this.#delete(thread, runId);
      }
      case 'join':
        return runId === undefined ? undefined : this.join(thread, runId);
      case 'state':
        return this.#state(thread);
      case 'follow-thread': {
        const after = pickRecent(thread.cursors, action.pick);
        return after === undefined ? undefined : this.#followFrom(thread, after, action.count);
      }
      case 'follow-run':
        return runId === undefined ? undefined : this.#followRun(thread, runId);
    }
  }

  /** Sends a run of its own, by which the thread shows that it works; resolves with its id. */
  async close(thread: ChaosThread): Promise<string | undefined> {
    const closing = {
      wish: 'say',
      strategy: 'ENQUEUE',
      isKeyed: false,
      afterSeconds: null,
      keepPendingInput: true,
    } as const;
    await this.#create(
      requestOf(thread, { do: 'create', thread: thread.index, label: `closing-${thread.index}`, ...closing }),
    );
    return thread.runs.at(-1);
  }

  async join(thread: ChaosThread, runId: string): Promise<void> {
    await this.#record(
      { op: 'joinRun', threadId: thread.id, runId },
      async (): Promise<JoinRunCall['outcome']> => {
        const result = await this.#api.joinRun<{ messages?: MessageJson[] }>(thread.id, runId);
        if (result.__typename === 'NotFoundError') return { kind: 'notFound' };
        if (result.__typename !== 'JoinedRun') throw new Error(`joinRun gave up: ${result.message}`);
        const { status, endReason } = result.run;
        return { kind: 'joined', status, endReason, state: seenState(result.state) };
      },
    );
  }

  /** As it is now, tried until there is an answer. */
  async stateNow(thread: ChaosThread): Promise<SeenState | null> {
    return seenState(await this.#api.state<{ messages?: MessageJson[] }>(thread.id));
  }

  async statusNow(
    thread: ChaosThread,
  ): Promise<NonNullable<Awaited<ReturnType<InterjectClient['thread']>>>['status']> {
    const found = await this.#api.thread(thread.id);
    if (found === null) throw new Error(`The thread ${thread.id} is gone`);
    return found.status;
  }

  async #open(threadId: string, index: number): Promise<ChaosThread> {
    const thread: ChaosThread = {
      index,
      id: threadId,
      openedBy: this.name,
      runs: [],
      cursors: [],
      followers: [],
      conversation: emptyConversation,
      conversationSeq: 0,
    };
    for (;;) {
      try {
        unwrap(await this.#api.createThread({ id: threadId, ifExists: 'RETURN' }));
        break;
      } catch (error) {
        if (!(error instanceof InterjectError) || !isTransient(error)) throw error;
      }
    }
    this.#watch(thread, index % ONE_IN === 0 ? ALL_MODES : MODES);
    void this.#converse(thread).catch((error: unknown) =>
      this.#world.problems.push(`The conversation of ${threadId} broke: ${error}`),
    );
    return thread;
  }

  /** Follows a new thread from its beginning to the very end. */
  #watch(thread: ChaosThread, modes: readonly StreamMode[]): void {
    const wanted = { client: this.name, threadId: thread.id, runId: null, afterSeq: 0, modes, count: null };
    // The cursor of the beginning: what comes after it is all there ever was.
    const source = this.#api.threadEvents(thread.id, {
      after: beginningOf(thread.id),
      modes,
      signal: this.#leave,
    });
    const follower = new Follower(wanted, source, this.#leave, (cursor) => thread.cursors.push(cursor));
    thread.followers.push(follower);
    this.#world.followers.push(follower);
  }

  async #converse(thread: ChaosThread): Promise<void> {
    for await (const event of this.#api.messages(thread.id, { fromStart: true, signal: this.#leave })) {
      thread.conversation = reduceMessages(thread.conversation, event);
      thread.conversationSeq = seqOf(event.cursor);
    }
  }

  async #again(action: Extract<ClientAction, { do: 'repeat' | 'conflict' }>): Promise<void> {
    const earlier = pickRecent(this.#world.keyed, action.pick);
    if (earlier === undefined) return;
    if (action.do === 'repeat') return this.#create(earlier);
    const { label } = action;
    const run = { ...earlier.run, metadata: { label }, input: inputOf(label, 'say') };
    return this.#create({ ...earlier, run, call: { ...earlier.call, label, wish: 'say' } });
  }

  async #create(request: Request): Promise<void> {
    const { thread, run, call } = request;
    if (call.key !== null && !this.#world.keyed.includes(request)) this.#world.keyed.push(request);
    await this.#record(
      { op: 'createRun', threadId: thread.id, ...call },
      async (): Promise<CreateRunCall['outcome']> => {
        this.#sends.delete(call.label);
        const result = await this.#api.createRun(run);
        if (result.__typename === 'Run') {
          if (!thread.runs.includes(result.id)) thread.runs.push(result.id);
          return { kind: 'accepted', runId: result.id };
        }
        // An earlier try, whose answer was lost, had made a run, and that was removed since.
        if (result.__typename === 'NotFoundError') return { kind: 'lost', why: result.message };
        // It may have overtaken an earlier try, which is still in a socket and is accepted later.
        if (result.__typename === 'ThreadBusyError' && this.#sends.get(call.label) !== 1)
          return { kind: 'lost', why: 'refused as a repetition' };
        const blockingRunId = result.__typename === 'ThreadBusyError' ? result.blockingRun.id : null;
        return { kind: 'refused', why: result.__typename, blockingRunId };
      },
    );
  }

  async #cancel(thread: ChaosThread, runId: string, action: CancelRunCall['action']): Promise<void> {
    await this.#record(
      { op: 'cancelRun', threadId: thread.id, runId, action },
      async (): Promise<CancelRunCall['outcome']> => {
        const result = await this.#api.cancelRun(thread.id, runId, action);
        return { kind: result.__typename === 'NotFoundError' ? 'notFound' : 'accepted' };
      },
    );
  }

  async #delete(thread: ChaosThread, runId: string): Promise<void> {
    await this.#record(
      { op: 'deleteRun', threadId: thread.id, runId },
      async (): Promise<DeleteRunCall['outcome']> => {
        const result = await this.#api.deleteRun(thread.id, runId);
        if (result.__typename === 'Deleted') return { kind: 'deleted' };
        return { kind: result.__typename === 'RunActiveError' ? 'active' : 'notFound' };
      },
    );
  }

  async #state(thread: ChaosThread): Promise<void> {
    await this.#record({ op: 'getState', threadId: thread.id }, async () => ({
      kind: 'state',
      state: await this.stateNow(thread),
    }));
  }

  async #followFrom(thread: ChaosThread, after: string, count: number): Promise<void> {
    const wanted: Wanted = {
      client: this.name,
      threadId: thread.id,
      runId: null,
      afterSeq: seqOf(after),
      modes: MODES,
      count,
    };
    const follower = new Follower(
      wanted,
      this.#api.threadEvents(thread.id, { after, modes: MODES, signal: this.#leave }),
      this.#leave,
    );
    this.#world.followers.push(follower);
    // It may wait for events that never come: nobody waits for it.
  }

  async #followRun(thread: ChaosThread, runId: string): Promise<void> {
    const wanted: Wanted = {
      client: this.name,
      threadId: thread.id,
      runId,
      afterSeq: 0,
      modes: MODES,
      count: null,
    };
    const invokedAtMs = performance.now();
    const follower = new Follower(
      wanted,
      this.#api.runEvents(runId, { modes: MODES, signal: this.#leave }),
      this.#leave,
    );
    await follower.done;
    if (follower.failure !== 'NOT_FOUND' || follower.events.length > 0) {
      this.#world.followers.push(follower);
      return;
    }
    const made = { client: this.name, threadId: thread.id, invokedAtMs, returnedAtMs: performance.now() };
    this.#world.calls.push({ ...made, op: 'joinRun', runId, outcome: { kind: 'notFound' } });
  }

  /** Asks, and records the answer or that it was lost. */
  async #record<Question extends object, Outcome>(
    question: Question,
    ask: () => Promise<Outcome>,
  ): Promise<void> {
    const invokedAtMs = performance.now();
    const outcome = await ask().catch((error: unknown): Lost => {
      if (!(error instanceof InterjectError)) throw error;
      // Whatever is done to the servers, it is for the client to try again, not an error of theirs.
      if (!isTransient(error))
        this.#world.problems.push(
          `${this.name} got ${error.code} (${error.message}) for ${JSON.stringify(question)}`,
        );
      return { kind: 'lost', why: error.code };
    });
    this.#world.calls.push({
      ...question,
      client: this.name,
      invokedAtMs,
      returnedAtMs: performance.now(),
      outcome,
    } as never);
  }
}

const beginningOf = (threadId: string): string => Buffer.from(`${threadId}.0`).toString('base64url');
const inputOf = (label: string, wish: string) => ({
  messages: [{ type: 'human', content: `${label} ${wish}` }],
});

function requestOf(thread: ChaosThread, action: CreateAction): Request {
  const { label, strategy, wish, isKeyed, afterSeconds, keepPendingInput } = action;
  const key = isKeyed ? `key-${label}` : null;
  const call: RequestFacts = {
    label,
    wish,
    key,
    strategy,
    isDelayed: afterSeconds !== null,
    hasMessage: true,
    keepPendingInput,
  };
  const run: NewRun = {
    ...common(thread, label),
    input: inputOf(label, wish),
    multitaskStrategy: strategy,
    keepPendingInput,
    ...(afterSeconds === null ? {} : { afterSeconds }),
    ...(key === null ? {} : { idempotencyKey: key }),
  };
  return { thread, run, call };
}

/** Answers whatever the thread asks a human. */
function resumeOf(thread: ChaosThread, label: string): Request {
  const call: RequestFacts = {
    label,
    wish: null,
    key: null,
    strategy: 'ENQUEUE',
    isDelayed: false,
    hasMessage: false,
    keepPendingInput: true,
  };
  return {
    thread,
    run: { ...common(thread, label), command: { resume: 'yes' }, multitaskStrategy: 'ENQUEUE' },
    call,
  };
}

const common = (thread: ChaosThread, label: string) => ({
  threadId: thread.id,
  assistantId: 'paced',
  metadata: { label },
});

function seenState(state: ThreadState<{ messages?: MessageJson[] }> | null): SeenState | null {
  if (state === null) return null;
  return {
    checkpointId: state.checkpoint.checkpointId,
    next: state.next,
    messages: state.values.messages ?? [],
  };
}
