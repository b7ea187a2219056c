import type { JsonObject } from '../../domain/json.ts';
import type { CheckpointJson, ThreadStateJson } from '../../orchestrator/ports/graph-host.ts';
import { checkpointJson, metadataOf } from '../json/state.ts';

/**
 * A checkpoint as the stream tells of it (protocol.md §3.3). Its tasks are what was to be executed next, without what has come of them since:
 * a replay says the same as the stream did.
 */
export const checkpointData = (state: ThreadStateJson): JsonObject => ({
  values: state.values,
  metadata: metadataOf(state),
  next: state.next,
  config: configOf(state.checkpoint),
  parent_config: state.parentCheckpoint === null ? null : configOf(state.parentCheckpoint),
  tasks: state.tasks.map(({ id, name, path }) => ({ id, name, path, interrupts: [] })),
  checkpoint: checkpointJson(state.checkpoint) as JsonObject,
  parent_checkpoint: state.parentCheckpoint === null ? null : (checkpointJson(state.parentCheckpoint) as JsonObject),
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

/** A task's start or end in the shape of the mode `debug`. `step`: its superstep; null where it isn't known. */
export const debugTaskData = (task: JsonObject, step: number | null, at: Date): JsonObject => ({
  type: 'result' in task || 'error' in task ? 'task_result' : 'task',
  timestamp: at.toISOString(),
  step,
  payload: task,
});
