import type { Json, JsonObject } from '../domain/json.ts';
import type { ThreadStateJson } from '../orchestrator/ports/graph-host.ts';

/** A task event in the shape of LangGraph's debug mode: type task for its start, task_result for its end. */
export const debugTask = (task: JsonObject, createdAt: Date): JsonObject => ({
  type: 'result' in task || 'error' in task ? 'task_result' : 'task',
  timestamp: createdAt.toISOString(),
  step: typeof task['step'] === 'number' ? task['step'] : null,
  payload: task,
});

/** A checkpoint in the shape of LangGraph's debug mode (protocol.md §3.3: full shape, references instead of configs). */
export const debugCheckpoint = (state: ThreadStateJson): JsonObject => ({
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
