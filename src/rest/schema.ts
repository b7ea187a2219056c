import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject, placeTooDeep, tooDeepText } from '../domain/json.ts';
import { MAX_NAME_LENGTH, MAX_TEXT_LENGTH, textFault } from '../domain/text.ts';

/** Optional, and null means absent: clients send both (protocol.md §0.1). */
export const absent = <T extends z.ZodType>(schema: T) =>
  schema.nullish().transform((value) => (value ?? undefined) as z.output<T> | undefined);

/** Whatever JSON it is; it comes from JSON.parse. What nests deeper than the state may is refused. */
export const anyJson: z.ZodType<Json> = z.any().superRefine(refuseTooDeep);
/** Given on as it came: z.record would drop a key `__proto__`, and a filter with it. */
export const jsonObject = z
  .any()
  .refine(isJsonObject, 'must be a JSON object')
  .superRefine(refuseTooDeep)
  .meta({
    override: ({ jsonSchema }: { jsonSchema: object }) =>
      Object.assign(jsonSchema, { type: 'object', additionalProperties: true }),
  }) as unknown as z.ZodType<JsonObject>;

function refuseTooDeep(value: unknown, context: z.RefinementCtx): void {
  const place = placeTooDeep(value);
  if (place !== null) context.addIssue({ code: 'custom', message: tooDeepText(place) });
}

/** A text that names or describes something, not one of the graph's values. */
export const text = (maxLength: number = MAX_NAME_LENGTH) =>
  z.string('must be a string').superRefine((given, context) => {
    const message = textFault(given, maxLength);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });
/** The same for a longer one. */
export const longText = () => text(MAX_TEXT_LENGTH);

export const uuid = z.guid('must be a UUID').transform((id) => id.toLowerCase());
export const dateTime = z.iso.datetime({ offset: true });

/** `/threads/{thread_id}` */
export const threadParams = z.object({ thread_id: uuid });
/** `/threads/{thread_id}/runs/{run_id}` */
export const threadRunParams = z.object({ thread_id: uuid, run_id: uuid });
/** `/runs/{run_id}` */
export const runParams = z.object({ run_id: uuid });

/** Where a client that comes back to a stream wants to go on. */
export const resumeHeaders = z.object({
  'Last-Event-ID': z.string().optional().meta({ description: 'The id of the last received event.' }),
});
/** Of an answer about a run that was created. */
const warning = z
  .string()
  .optional()
  .meta({ description: 'Ignored parts of the request: `299 - "place: reason; ignored"`, …' });
/** Of answers to requests that may name unknown nodes as breakpoints. */
export const warningHeaders = z.object({ Warning: warning });
export const createdHeaders = z.object({
  'Content-Location': z.string().meta({ description: "The run's path." }),
  Warning: warning,
});

export const MAX_PAGE = 1_000;
/** One page of a search. */
export const pageFields = {
  limit: absent(z.int().min(1).max(MAX_PAGE)).transform((limit) => limit ?? 10),
  offset: absent(z.int().min(0)).transform((offset) => offset ?? 0),
};

/** A reference to a checkpoint as clients send it: any member may be missing, the path's thread counts. */
export const checkpointRef = z
  .object({
    thread_id: absent(text()),
    checkpoint_ns: absent(longText()),
    checkpoint_id: absent(text()),
    checkpoint_map: absent(jsonObject),
  })
  .meta({
    id: 'CheckpointConfig',
    description: 'A reference to a checkpoint; with only a namespace, to the newest one in it.',
  });

export type CheckpointRefBody = z.output<typeof checkpointRef>;

/**
 * The protocol's objects as answers have them (protocol.md §1); the functions in json/ are checked against
 * these types.
 */
const interruptObject = z.object({ id: z.string(), value: anyJson }).meta({ id: 'Interrupt' });

const failure = z.object({ error: z.string(), message: z.string() });

export const threadObject = z
  .object({
    thread_id: z.uuid(),
    created_at: dateTime,
    updated_at: dateTime,
    state_updated_at: dateTime,
    metadata: jsonObject,
    status: z.enum(['idle', 'busy', 'interrupted', 'error']),
    config: jsonObject,
    values: anyJson.meta({ description: 'The newest state. Null: no run yet.' }),
    interrupts: z.record(z.string(), z.array(interruptObject)),
    error: failure.nullable().meta({
      description:
        'The error of the last run (status error), or why values are incomplete, or null although a state exists.',
    }),
    ttl: z
      .object({ strategy: z.enum(['delete', 'keep_latest']), ttl_minutes: z.number(), expires_at: dateTime })
      .optional()
      .meta({ description: 'Only with ?include=ttl.' }),
    extracted: jsonObject.optional(),
  })
  .meta({ id: 'Thread' });
export type ThreadObject = z.input<typeof threadObject>;

export const runObject = z
  .object({
    run_id: z.uuid(),
    thread_id: z.uuid(),
    assistant_id: z.uuid(),
    created_at: dateTime,
    updated_at: dateTime,
    status: z.enum(['pending', 'running', 'error', 'success', 'timeout', 'interrupted']),
    metadata: jsonObject,
    kwargs: jsonObject,
    multitask_strategy: z.enum(['reject', 'rollback', 'interrupt', 'enqueue']),
    cancel_reason: z.enum(['cancelled', 'superseded']).nullable().meta({
      description: 'Why the run was stopped: by a cancel request or by a newer run. Null: not stopped.',
    }),
    abandoned: z.array(z.string()).optional(),
  })
  .meta({ id: 'Run' });
export type RunObject = z.input<typeof runObject>;

export const checkpointObject = z
  .object({
    thread_id: z.string(),
    checkpoint_ns: z.string(),
    checkpoint_id: z.string().nullable().optional(),
    checkpoint_map: jsonObject.nullable().optional(),
  })
  .meta({ id: 'Checkpoint' });
export type CheckpointObject = z.input<typeof checkpointObject>;

const stateFields = {
  values: anyJson,
  next: z.array(z.string()),
  checkpoint: checkpointObject.nullable(),
  parent_checkpoint: checkpointObject.nullable(),
  metadata: jsonObject,
  created_at: dateTime.nullable(),
};
export const threadStateObject = z
  .object({
    ...stateFields,
    tasks: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        path: z.array(anyJson),
        error: z.string().nullable(),
        interrupts: z.array(interruptObject),
        checkpoint: checkpointObject.nullable(),
        state: anyJson.meta({ description: "The subgraph's state, if requested." }),
        result: anyJson,
      }),
    ),
    interrupts: z.array(interruptObject),
    error: failure.optional().meta({
      description:
        'Why the state is incomplete: its graph is not served or fails, or the stored checkpoint is damaged.',
    }),
    unknown: z
      .array(z.string())
      .optional()
      .meta({ description: 'With error: the unknown parts: next, tasks, values.<channel>.' }),
    checkpoint_id: z.string().nullable(),
    parent_checkpoint_id: z.string().nullable(),
  })
  .meta({ id: 'ThreadState' });
export type ThreadStateObject = z.input<typeof threadStateObject>;

export const assistantObject = z
  .object({
    assistant_id: z.uuid(),
    graph_id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    config: jsonObject,
    context: jsonObject,
    metadata: jsonObject,
    version: z.int(),
    created_at: dateTime,
    updated_at: dateTime,
  })
  .meta({ id: 'Assistant' });
export type AssistantObject = z.input<typeof assistantObject>;

export const cronObject = z
  .object({
    cron_id: z.uuid(),
    assistant_id: z.uuid(),
    thread_id: z.uuid().nullable().meta({ description: 'Null: a new thread for each run.' }),
    on_run_completed: z
      .enum(['delete', 'keep'])
      .nullable()
      .meta({ description: 'Null: the cron has a thread.' }),
    schedule: z.string(),
    timezone: z.string().nullable().meta({ description: 'Null: UTC.' }),
    end_time: dateTime.nullable(),
    next_run_date: dateTime.nullable().meta({ description: 'Null: the cron is paused or has ended.' }),
    payload: jsonObject.meta({ description: 'The request body of its runs.' }),
    metadata: jsonObject,
    user_id: z.string().nullable(),
    enabled: z.boolean(),
    created_at: dateTime,
    updated_at: dateTime,
  })
  .meta({ id: 'Cron' });
export type CronObject = z.input<typeof cronObject>;

export const errorObject = z.object({ detail: z.string() }).meta({ id: 'ErrorResponse' });
