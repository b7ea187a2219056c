import type { LifecycleData, Namespace } from '@langchain/protocol';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { CheckpointJson, ThreadStateJson } from '../../orchestrator/ports/graph-host.ts';
import type { FollowedBody, FollowedEvent } from '../../orchestrator/ports/subscriptions.ts';
import { endOf, Subgraphs } from '../event-streaming/lifecycle.ts';
import { startingCall } from '../event-streaming/tools.ts';
import { statusJson } from '../runs/run-json.ts';
import { failureOf } from '../runs/wait-response.ts';
import { checkpointJson, metadataOf } from '../threads/state-json.ts';
import type { StreamEvent } from './requested-stream.ts';

/**
 * A checkpoint as the stream shows it (protocol.md §3.3). Its tasks are what was to be executed next, without
 * what has come of them since: a replay says the same as the stream did.
 */
export const checkpointData = (state: ThreadStateJson): JsonObject => ({
  values: state.values,
  metadata: metadataOf(state),
  next: state.next,
  config: configOf(state.checkpoint),
  parent_config: state.parentCheckpoint === null ? null : configOf(state.parentCheckpoint),
  tasks: state.tasks.map(({ id, name, path }) => ({ id, name, path, interrupts: [] })),
  checkpoint: checkpointJson(state.checkpoint) as JsonObject,
  parent_checkpoint:
    state.parentCheckpoint === null ? null : (checkpointJson(state.parentCheckpoint) as JsonObject),
});

const configOf = ({ threadId, checkpointNs, checkpointId, checkpointMap }: CheckpointJson): JsonObject => ({
  configurable: {
    thread_id: threadId,
    checkpoint_ns: checkpointNs,
    checkpoint_id: checkpointId,
    ...(checkpointMap === null ? {} : { checkpoint_map: checkpointMap }),
  },
});

/** The same in the shape of the mode `debug`. */
export const debugCheckpointData = (state: ThreadStateJson): JsonObject => ({
  type: 'checkpoint',
  timestamp: state.createdAt.toISOString(),
  step: state.metadata['step'] ?? null,
  payload: checkpointData(state),
});

/**
 * A task's start or end in the shape of the mode `debug`. `step`: its superstep; null where it isn't known.
 */
export const debugTaskData = (task: JsonObject, step: number | null, at: Date): JsonObject => ({
  type: 'result' in task || 'error' in task ? 'task_result' : 'task',
  timestamp: at.toISOString(),
  step,
  payload: task,
});

/**
 * A tool's callback event in the shape of the mode `tools` (protocol.md §3.3); null for every other callback
 * event.
 */
export function toolData(callback: Json): JsonObject | null {
  if (!isJsonObject(callback)) return null;
  const { event, name } = callback;
  const data = isJsonObject(callback['data']) ? callback['data'] : {};
  const said = { name: name ?? null, ...toolCallId(data) };
  switch (event) {
    case 'on_tool_start':
      return { event, ...said, input: data['input'] ?? null };
    case 'on_tool_end':
      return { event, ...said, output: data['output'] ?? null };
    case 'on_tool_error':
      return { event, ...said, error: data['error'] ?? null };
    default:
      return null;
  }
}

/** Of the call that it was given, or of the message that it gave. */
function toolCallId({ input, output }: JsonObject): { readonly toolCallId?: Json } {
  const message = isJsonObject(output) ? output['tool_call_id'] : undefined;
  const call = isJsonObject(input) ? input['id'] : undefined;
  const id = message ?? call;
  return id === undefined ? {} : { toolCallId: id };
}

type Made = Pick<StreamEvent, 'event' | 'data'>;
type Failure = { readonly error: string; readonly message: string };

/**
 * The stream mode `lifecycle`: start and end of each subgraph, named after its namespace, and at last `end`
 * with the run's status. As langgraph-sdk 1.15.0 types them: LifecycleStreamEvent and EndStreamEvent. One per
 * stream; it remembers the subgraphs that are open.
 */
export class LifecycleEvents {
  readonly #subgraphs = new Subgraphs();
  /** Ids of the tool calls that tasks execute, by the namespace that the task's subgraph has. */
  readonly #calls = new Map<string, string>();

  of({ body }: Pick<FollowedEvent, 'body'>): Made[] {
    switch (body.kind) {
      case 'TASK':
        return this.#task(body);
      case 'RUN_ENDED': {
        const status = endOf(body.run);
        return this.#shown(
          this.#subgraphs.close(status, 0),
          status === 'failed' ? failureOf(body.run) : null,
        );
      }
      case 'RUN_ROLLED_BACK':
        return this.#shown(this.#subgraphs.close('interrupted', 0), null);
      default:
        return [];
    }
  }

  #task({ ns, task }: Extract<FollowedBody, { kind: 'TASK' }>): Made[] {
    const call = startingCall(task);
    const own = `${String(task['name'])}:${String(task['id'])}`;
    if (call !== null) this.#calls.set(ns === '' ? own : `${ns}|${own}`, call);
    // The log has a task's error as text.
    const failure = typeof task['error'] === 'string' ? { error: 'Error', message: task['error'] } : null;
    return this.#shown(this.#subgraphs.task(ns, task, 0), failure);
  }

  #shown(events: ReturnType<Subgraphs['task']>, failure: Failure | null): Made[] {
    return events.map(({ params }) => {
      const namespace: Namespace = params.namespace;
      const { event } = params.data as LifecycleData;
      const key = namespace.join('|');
      const call = this.#calls.get(key);
      const data: JsonObject = {
        event,
        namespace,
        ...(call === undefined ? {} : { tool_call_id: call }),
        ...(event === 'failed' && failure !== null ? { error: { ...failure } } : {}),
      };
      return { event: `lifecycle|${key}`, data: data as Json };
    });
  }
}

/** The last event of a run's stream; null: the row doesn't end a run. */
export function endEvent({ body, runId }: Pick<FollowedEvent, 'body' | 'runId'>): Made | null {
  if (body.kind === 'RUN_ENDED')
    return { event: 'end', data: { run_id: runId, status: statusJson(body.run.status) } };
  return body.kind === 'RUN_ROLLED_BACK'
    ? { event: 'end', data: { run_id: runId, status: 'rollback' } }
    : null;
}
