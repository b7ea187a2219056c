import { LRUCache } from 'lru-cache';
import type { EventBody, LoggedEvent } from '../domain/event.ts';
import type { RunId } from '../domain/ids.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { MessageJson } from '../domain/message.ts';
import { MessageFold } from '../domain/message-fold.ts';
import type { Run } from '../domain/run.ts';
import type { Thread } from '../domain/thread.ts';
import type { CheckpointStore } from '../orchestrator/ports/checkpoints.ts';
import type { GraphHost, ReadState, ThreadStateJson } from '../orchestrator/ports/graph-host.ts';
import type { Reads } from '../orchestrator/ports/store.ts';
import type { FollowedBody, FollowedEvent } from '../orchestrator/ports/subscriptions.ts';
import { readRequest, readRequestOfRun } from '../orchestrator/queries/thread-state.ts';
import { LogGapError } from './cursor.ts';

/**
 * The conversation after these events, as a reader of `messages` has it. `reset` gives the messages that a
 * MESSAGES_RESET refers to.
 */
export async function conversationAfter(
  start: readonly MessageJson[],
  events: readonly EventBody[],
  reset: (body: Extract<EventBody, { kind: 'MESSAGES_RESET' }>) => Promise<readonly MessageJson[]>,
): Promise<readonly MessageJson[]> {
  const fold = new MessageFold(start);
  for (const event of events)
    if (event.kind === 'MESSAGES_RESET') fold.reset(await reset(event));
    else fold.add(event);
  return fold.messages;
}

type Events = AsyncIterableIterator<FollowedEvent>;

/**
 * A generator's events, whose `return()` calls `release` at once, also while the next event is awaited: the
 * generator's own would wait for it. `release` makes that event come, or the generator end.
 */
export const releasing = (
  events: AsyncGenerator<FollowedEvent, undefined>,
  release: () => Promise<unknown> | undefined,
): Events => ({
  next: () => events.next(),
  return: async () => {
    await release();
    return { done: true, value: undefined };
  },
  [Symbol.asyncIterator]() {
    return this;
  },
});

/**
 * The events of a conversation, whatever is removed of the log before they are read: at a gap the whole
 * conversation comes as it is then, and what follows behind it.
 *
 * @param restart begins anew for a reader that has everything up to `afterSeq`
 */
export function conversationEvents(begun: Events, restart: (afterSeq: number) => Promise<Events>): Events {
  let events = begun;
  let isReleased = false;
  async function* all(): AsyncGenerator<FollowedEvent, undefined> {
    for (;;) {
      try {
        yield* events;
        return;
      } catch (error) {
        if (!(error instanceof LogGapError)) throw error;
        events = await restart(error.afterSeq);
        if (isReleased) await events.return?.();
      }
    }
  }
  return releasing(all(), () => {
    isReleased = true;
    return events.return?.();
  });
}

/** A task event in the shape of LangGraph's debug mode: type task for its start, task_result for its end. */
const debugTask = (task: JsonObject, createdAt: Date): JsonObject => ({
  type: 'result' in task || 'error' in task ? 'task_result' : 'task',
  timestamp: createdAt.toISOString(),
  step: typeof task['step'] === 'number' ? task['step'] : null,
  payload: task,
});

/**
 * A checkpoint in the shape of LangGraph's debug mode (protocol.md §3.3: full shape, references instead of
 * configs).
 */
const debugCheckpoint = (state: ThreadStateJson): JsonObject => ({
  type: 'checkpoint',
  timestamp: state.createdAt.toISOString(),
  step: typeof state.metadata['step'] === 'number' ? state.metadata['step'] : null,
  payload: {
    values: state.values,
    metadata: state.metadata,
    next: state.next,
    tasks: state.tasks as unknown as Json,
    checkpoint: state.checkpoint,
    parent_checkpoint: state.parentCheckpoint,
  },
});

type Deps = { readonly reads: Reads; readonly graphs: GraphHost; readonly checkpoints: CheckpointStore };

/** Expansions kept for followers of the same rows; a state is expanded once for all who watch. */
const MAX_KEPT = 256;

/**
 * Turns rows of the log into what subscribers get: references to checkpoints become states, lifecycle rows
 * carry their run. What a row refers to may be gone since (a rollback, a deleted run): then it expands to
 * null and is left out; the event that says so follows.
 */
export class Expansion {
  readonly #deps: Deps;
  readonly #kept = new LRUCache<string, Promise<FollowedBody | null>>({ max: MAX_KEPT });

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  body(thread: Thread, event: LoggedEvent): Promise<FollowedBody | null> | FollowedBody {
    const { body } = event;
    switch (body.kind) {
      case 'RUN_QUEUED':
      case 'RUN_STARTED':
      case 'RUN_ENDED':
        return this.#withRun(thread, event.runId, body);
      case 'VALUES':
      case 'CHECKPOINT':
      case 'MESSAGES_RESET':
      case 'TASK':
        return this.#once(`${event.threadId}.${event.seq}`, () => this.#expand(thread, event, body));
      default:
        return body;
    }
  }

  /** The DEBUG event derived from a TASK or CHECKPOINT row; null for other rows. */
  async debug(thread: Thread, event: LoggedEvent): Promise<FollowedBody | null> {
    const expanded = await this.body(thread, event);
    if (expanded?.kind === 'TASK')
      return { kind: 'DEBUG', ns: expanded.ns, data: debugTask(expanded.task, event.createdAt) };
    if (expanded?.kind === 'CHECKPOINT')
      return { kind: 'DEBUG', ns: expanded.ns, data: debugCheckpoint(expanded.state) };
    return null;
  }

  #once(key: string, expand: () => Promise<FollowedBody | null>): Promise<FollowedBody | null> {
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const made = expand();
    this.#kept.set(key, made);
    made.catch(() => this.#kept.delete(key));
    return made;
  }

  async #withRun(
    thread: Thread,
    runId: RunId | null,
    body: Extract<EventBody, { kind: 'RUN_QUEUED' | 'RUN_STARTED' | 'RUN_ENDED' }>,
  ): Promise<FollowedBody | null> {
    const run = runId === null ? null : await this.#deps.reads.run(thread.owner, runId);
    return run === null ? null : { ...body, run };
  }

  async #expand(
    thread: Thread,
    event: LoggedEvent,
    body: Extract<EventBody, { kind: 'VALUES' | 'CHECKPOINT' | 'MESSAGES_RESET' | 'TASK' }>,
  ): Promise<FollowedBody | null> {
    const run = event.runId === null ? null : await this.#deps.reads.run(thread.owner, event.runId);
    // A subscriber's thread is as it was when it came, maybe before its first run: what no run did is read
    // with the graph that it has now.
    const current =
      run === null ? ((await this.#deps.reads.thread(thread.owner, thread.id)) ?? thread) : thread;
    const at = (checkpointId: string | null, ns: string) =>
      this.#readRequestOf(current, run, checkpointId, ns);
    switch (body.kind) {
      case 'VALUES': {
        const request = await at(body.checkpointId, body.ns);
        const state = request === null ? null : await this.#deps.graphs.readValues(request);
        return state === null ? null : { kind: 'VALUES', ns: body.ns, values: state.values };
      }
      case 'CHECKPOINT': {
        const request = await at(body.checkpointId, body.ns);
        const state = request === null ? null : await this.#deps.graphs.readState(request);
        return state === null ? null : { kind: 'CHECKPOINT', ns: body.ns, state };
      }
      case 'MESSAGES_RESET': {
        const request =
          body.checkpointId === null ? null : await at(await this.#asShown(current, body.checkpointId), '');
        const messages = request === null ? [] : await this.#deps.graphs.readMessages(request);
        return { kind: 'MESSAGES_RESET', messages, checkpointId: body.checkpointId };
      }
      case 'TASK': {
        const request = await at(body.checkpointId, body.ns);
        const { step } = body;
        return {
          kind: 'TASK',
          ns: body.ns,
          task: await this.#taskWithInput(request, body.task),
          ...(step === undefined ? {} : { step }),
        };
      }
    }
  }

  /** The head of a thread at rest is shown with what its finished tasks wrote, as the thread's state is. */
  async #asShown({ id }: Thread, checkpointId: string): Promise<string | null> {
    if ((await this.#deps.checkpoints.head(id)) !== checkpointId) return checkpointId;
    return (await this.#deps.reads.activeRun(id)) === null ? null : checkpointId;
  }

  async #taskWithInput(request: ReadState | null, task: JsonObject): Promise<JsonObject> {
    const isStart = !('result' in task) && !('error' in task);
    if (!isStart) return task;
    const input: Json = request === null ? null : await this.#deps.graphs.readTaskInput(request, task);
    return { ...task, input };
  }

  /** Null: no graph has run on the thread. */
  async #readRequestOf(
    thread: Thread,
    run: Run | null,
    checkpointId: string | null,
    ns: string,
  ): Promise<ReadState | null> {
    return run === null
      ? readRequest(this.#deps, thread, { ns, checkpointId })
      : readRequestOfRun(this.#deps, run, { ns, checkpointId });
  }
}
