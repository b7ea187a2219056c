import { z } from 'zod';
import { queryBoolean, queryInteger, queryList, queryText } from '../query-values.ts';
import { checkpointRef } from './checkpoint.ts';
import { absent, anyJson, jsonObject, MAX_PAGE, text, uuid } from './common.ts';
import { threadStateObject } from './objects.ts';

const FIELDS: ReadonlySet<string> = new Set(Object.keys(threadStateObject.shape));
/** A member of a state, or `values.<key>`, one of its channels. */
const stateField = z
  .string()
  .refine((name) => FIELDS.has(name) || /^values\../.test(name), `must be one of ${[...FIELDS].join(', ')}, or values.<key>`);

/** A boolean as JSON has it, or as text. */
const looseBoolean = absent(z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])).transform(
  (given) => given ?? false,
);

/** `/threads/{thread_id}/state/{checkpoint_id}` */
export const checkpointParams = z.object({ thread_id: uuid, checkpoint_id: text() });

export const stateQuery = z.object({
  subgraphs: queryBoolean('Show the states of subgraphs in their tasks.'),
  select: queryList(stateField, 'Only these members; values.<key> names one channel.'),
});

export const stateAtCheckpoint = z
  .object({ checkpoint: checkpointRef, subgraphs: looseBoolean, select: absent(z.array(stateField)) })
  .meta({ id: 'ThreadStateCheckpointRequest' });

export const stateUpdate = z
  .object({
    values: anyJson.optional().meta({ description: 'What the node would have returned.' }),
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
    z.object({ configurable: z.object({ checkpoint_id: absent(text()) }) }).transform(({ configurable }) => configurable.checkpoint_id),
    z.object({ checkpoint_id: absent(text()) }).transform(({ checkpoint_id }) => checkpoint_id),
  ])
  .meta({ description: 'Only states older than this checkpoint: its id, a reference to it, or a config with it.' });

export const historyQuery = z.object({
  limit: queryInteger({ min: 1, max: MAX_PAGE, fallback: 10, description: 'At most this many.' }),
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
