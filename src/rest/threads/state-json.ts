import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type {
  CheckpointJson,
  StateIncomplete,
  ThreadStateJson,
  ThreadTaskJson,
} from '../../orchestrator/ports/graph-host.ts';
import { queryBoolean, queryInteger, queryList, queryText } from '../query-values.ts';
import {
  absent,
  anyJson,
  type CheckpointObject,
  checkpointRef,
  jsonObject,
  MAX_PAGE,
  type ThreadStateObject,
  text,
  threadStateObject,
  uuid,
} from '../schema.ts';

const FIELDS: ReadonlySet<string> = new Set(Object.keys(threadStateObject.shape));
/** A member of a state, or `values.<key>`, one of its channels. */
const stateField = z
  .string()
  .refine(
    (name) => FIELDS.has(name) || /^values\../.test(name),
    `must be one of ${[...FIELDS].join(', ')}, or values.<key>`,
  );

/** A boolean as JSON has it, or as text. */
const looseBoolean = absent(
  z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]),
).transform((given) => given ?? false);

/** `/threads/{thread_id}/state/{checkpoint_id}` */
export const checkpointParams = z.object({ thread_id: uuid, checkpoint_id: text() });

export const stateQuery = z.object({
  subgraphs: queryBoolean('Includes the states of subgraphs in their tasks.'),
  select: queryList(stateField, 'Only these fields; values.<key> selects one channel.'),
});

export const stateAtCheckpoint = z
  .object({ checkpoint: checkpointRef, subgraphs: looseBoolean, select: absent(z.array(stateField)) })
  .meta({ id: 'ThreadStateCheckpointRequest' });

export const stateUpdate = z
  .object({
    values: anyJson.optional().meta({ description: 'The return value of the node.' }),
    as_node: absent(text()),
    checkpoint: absent(checkpointRef),
    checkpoint_id: absent(text()),
  })
  .meta({ id: 'ThreadStateUpdate' });

/** Clients call it with a config, too. */
export const statePatch = z.object({ metadata: absent(jsonObject) }).meta({ id: 'ThreadStatePatch' });

/** As an id, a checkpoint, or a config that names one. */
const before = z
  .union([
    text().transform((id) => id as string | undefined),
    z
      .object({ configurable: z.object({ checkpoint_id: absent(text()) }) })
      .transform(({ configurable }) => configurable.checkpoint_id),
    z.object({ checkpoint_id: absent(text()) }).transform(({ checkpoint_id }) => checkpoint_id),
  ])
  .meta({ description: 'Only states older than this checkpoint: its id, a reference, or a config.' });

export const historyQuery = z.object({
  limit: queryInteger({ min: 1, max: MAX_PAGE, fallback: 10, description: 'The maximum number of results.' }),
  before: queryText('Only states older than this checkpoint.'),
});

export const historySearch = z
  .object({
    limit: absent(z.int().min(1).max(MAX_PAGE)).transform((limit) => limit ?? 10),
    before: absent(before),
    metadata: absent(jsonObject),
    checkpoint: absent(checkpointRef),
    select: absent(z.array(stateField)),
  })
  .meta({ id: 'ThreadStateSearch' });

/**
 * Only the members that `select` names, where `values.<key>` names one channel alone; all of them without it.
 */
export function pickedState(
  state: ThreadStateObject,
  select: readonly string[] | undefined,
): Partial<ThreadStateObject> {
  if (select === undefined) return state;
  const picked: Record<string, unknown> = Object.fromEntries(
    Object.entries(state).filter(([member]) => select.includes(member)),
  );
  const channels = select
    .filter((name) => name.startsWith('values.'))
    .map((name) => name.slice('values.'.length));
  if (channels.length > 0 && !select.includes('values')) {
    const values = isJsonObject(state.values) ? state.values : {};
    picked['values'] = Object.fromEntries(
      Object.entries(values).filter(([channel]) => channels.includes(channel)),
    );
  }
  return picked as Partial<ThreadStateObject>;
}

/** A state as the protocol has it (protocol.md §1.5), with what older scripts read of it. */
export const stateJson = (state: ThreadStateJson): ThreadStateObject => ({
  ...nestedStateJson(state),
  tasks: state.tasks.map(taskJson),
  interrupts: state.interrupts.map(({ id, value }) => ({ id, value })),
  checkpoint_id: state.checkpoint.checkpointId,
  parent_checkpoint_id: state.parentCheckpoint?.checkpointId ?? null,
  ...(state.incomplete === null
    ? {}
    : { error: errorOf(state.incomplete), unknown: [...state.incomplete.unknown] }),
});

/** Why a state isn't whole, in the form that errors of threads and runs have. */
export const errorOf = ({
  reason,
  message,
}: StateIncomplete): { readonly error: string; readonly message: string } => ({
  error: ERRORS[reason],
  message,
});
const ERRORS = {
  GRAPH_NOT_SERVED: 'GraphNotServed',
  GRAPH_FAILED: 'GraphFailed',
  CHECKPOINT_DAMAGED: 'CheckpointDamaged',
} as const satisfies Record<StateIncomplete['reason'], string>;

/** The response for a thread without a checkpoint; clients recognize it by `checkpoint`. */
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
export const checkpointJson = ({
  threadId,
  checkpointNs,
  checkpointId,
  checkpointMap,
}: CheckpointJson): CheckpointObject => ({
  thread_id: threadId,
  checkpoint_ns: checkpointNs,
  ...(checkpointId === '' ? {} : { checkpoint_id: checkpointId, checkpoint_map: checkpointMap }),
});
