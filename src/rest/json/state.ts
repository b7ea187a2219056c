import type { JsonObject } from '../../domain/json.ts';
import type { CheckpointJson, StateIncomplete, ThreadStateJson, ThreadTaskJson } from '../../orchestrator/ports/graph-host.ts';
import type { CheckpointObject, ThreadStateObject } from '../schemas/objects.ts';

/** A state as the protocol has it (protocol.md §1.5), with what older scripts read of it. */
export const stateJson = (state: ThreadStateJson): ThreadStateObject => ({
  ...nestedStateJson(state),
  tasks: state.tasks.map(taskJson),
  interrupts: state.interrupts.map(({ id, value }) => ({ id, value })),
  checkpoint_id: state.checkpoint.checkpointId,
  parent_checkpoint_id: state.parentCheckpoint?.checkpointId ?? null,
  ...(state.incomplete === null ? {} : { error: errorOf(state.incomplete), unknown: [...state.incomplete.unknown] }),
});

/** Why a state isn't whole, in the form that errors of threads and runs have. */
export const errorOf = ({ reason, message }: StateIncomplete): { readonly error: string; readonly message: string } => ({
  error: ERRORS[reason],
  message,
});
const ERRORS = {
  GRAPH_NOT_SERVED: 'GraphNotServed',
  GRAPH_FAILED: 'GraphFailed',
  CHECKPOINT_DAMAGED: 'CheckpointDamaged',
} as const satisfies Record<StateIncomplete['reason'], string>;

/** What a thread without a checkpoint answers; clients tell it by `checkpoint`. */
export const EMPTY_STATE: ThreadStateObject = {
  values: {},
  next: [],
  tasks: [],
  interrupts: [],
  metadata: {},
  created_at: null,
  checkpoint: null,
  parent_checkpoint: null,
  checkpoint_id: null,
  parent_checkpoint_id: null,
};

/** Exactly these members: a nested state has none of the outermost one's extras. */
const nestedStateJson = (state: ThreadStateJson) => ({
  values: state.values,
  next: [...state.next],
  tasks: state.tasks.map(taskJson),
  metadata: metadataOf(state),
  created_at: state.createdAt.toISOString(),
  checkpoint: checkpointJson(state.checkpoint),
  parent_checkpoint: state.parentCheckpoint === null ? null : checkpointJson(state.parentCheckpoint),
});

/** A copied thread's checkpoints were written under the id of the thread that it was copied from. */
export const metadataOf = ({ metadata, checkpoint }: ThreadStateJson): JsonObject =>
  'thread_id' in metadata ? { ...metadata, thread_id: checkpoint.threadId } : metadata;

const taskJson = (task: ThreadTaskJson): ThreadStateObject['tasks'][number] => ({
  id: task.id,
  name: task.name,
  path: [...task.path],
  error: task.error,
  interrupts: task.interrupts.map(({ id, value }) => ({ id, value })),
  checkpoint: task.checkpoint === null ? null : checkpointJson(task.checkpoint),
  state: task.state === null ? null : nestedStateJson(task.state),
  result: task.result,
});

/** A subgraph's namespace alone where its checkpoint isn't known. */
export const checkpointJson = ({ threadId, checkpointNs, checkpointId, checkpointMap }: CheckpointJson): CheckpointObject => ({
  thread_id: threadId,
  checkpoint_ns: checkpointNs,
  ...(checkpointId === '' ? {} : { checkpoint_id: checkpointId, checkpoint_map: checkpointMap }),
});
