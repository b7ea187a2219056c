import { z } from 'zod';
import type { Cron, Durability } from '../../domain/cron.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { CronFields } from '../../orchestrator/commands/change-cron.ts';
import { withDamage } from '../damaged-json.ts';
import { assistantId, runContent, runOptionsJson, statefulRun, toRunContent } from '../runs/run-schema.ts';
import {
  absent,
  type CronObject,
  cronObject,
  dateTime,
  jsonObject,
  pageFields,
  text,
  uuid,
} from '../schema.ts';
import { requestedStreamOf } from '../streaming/requested-stream.ts';

const SORT_FIELDS = [
  'cron_id',
  'assistant_id',
  'thread_id',
  'next_run_date',
  'end_time',
  'created_at',
  'updated_at',
] as const;
const FIELDS = Object.keys(cronObject.shape) as [string, ...string[]];

const time = dateTime.transform((text) => new Date(text));

/** What a cron and its changes have in common. Unknown members are ignored. */
const shared = {
  timezone: absent(text()),
  ...runContent,
  enabled: absent(z.boolean()),
};
const onRunCompleted = absent(z.enum(['delete', 'keep']));
const schedule = text().meta({
  description: 'Five cron fields: minute, hour, day of month, month, day of week.',
});

/** Body of POST /runs/crons. A strategy means nothing here; one client sends it all the same. */
export const cronCreate = z
  .object({
    ...shared,
    assistant_id: assistantId,
    schedule,
    end_time: absent(time),
    on_run_completed: onRunCompleted,
  })
  .meta({ id: 'CronCreate' });

/** Body of POST /threads/{thread_id}/runs/crons. */
export const threadCronCreate = z
  .object({
    ...shared,
    assistant_id: assistantId,
    schedule,
    end_time: absent(time),
    multitask_strategy: statefulRun.shape.multitask_strategy,
  })
  .meta({ id: 'ThreadCronCreate' });

/**
 * Body of PATCH /runs/crons/{cron_id}. Null clears end_time, and means absent elsewhere (protocol.md §0.1).
 */
export const cronPatch = z
  .object({
    ...shared,
    schedule: absent(schedule),
    end_time: time.nullish(),
    on_run_completed: onRunCompleted,
  })
  .meta({ id: 'CronPatch' });

export type CronFieldsBody = Pick<z.output<typeof cronPatch>, keyof typeof shared>;

const filter = { assistant_id: absent(text().min(1)), thread_id: absent(uuid), metadata: absent(jsonObject) };

export const cronSearch = z
  .object({
    ...filter,
    enabled: absent(z.boolean()),
    ...pageFields,
    sort_by: absent(z.enum(SORT_FIELDS)).transform((field) => field ?? 'created_at'),
    sort_order: absent(z.enum(['asc', 'desc'])).transform((order) => order ?? 'desc'),
    select: absent(z.array(z.enum(FIELDS))),
  })
  .meta({ id: 'CronSearch' });

export const cronCount = z
  .object({ ...filter, enabled: absent(z.boolean()) })
  .meta({ id: 'CronCountRequest' });

/** `/runs/crons/{cron_id}` */
export const cronParams = z.object({ cron_id: uuid });

/** A cron as the protocol has it (protocol.md §1.8). */
export const cronJson = withDamage(
  (cron: Cron): CronObject => ({
    cron_id: cron.id,
    assistant_id: cron.assistantId,
    thread_id: cron.threadId,
    on_run_completed:
      cron.onRunCompleted === null ? null : cron.onRunCompleted === 'KEEP' ? 'keep' : 'delete',
    schedule: cron.schedule,
    timezone: cron.timezone,
    end_time: cron.endTime?.toISOString() ?? null,
    next_run_date: cron.nextAt?.toISOString() ?? null,
    // Null only where the row is damaged.
    payload: cron.payload === null ? {} : payloadOf(cron),
    metadata: cron.metadata,
    user_id: null,
    enabled: cron.enabled,
    created_at: cron.createdAt.toISOString(),
    updated_at: cron.updatedAt.toISOString(),
  }),
);

/** The body that its runs are created with; without what was not given. */
function payloadOf({ assistantId, strategy, payload, metadata }: Cron): JsonObject {
  const { modes, subgraphs, resumable } = requestedStreamOf(payload);
  const given = {
    context: payload.context,
    webhook: payload.webhook,
    ...runOptionsJson(payload),
    durability: payload.durability,
    multitask_strategy: strategy?.toLowerCase() ?? null,
  };
  return {
    assistant_id: assistantId,
    input: payload.input,
    config: payload.config,
    metadata,
    stream_mode: [...modes],
    stream_subgraphs: subgraphs,
    stream_resumable: resumable,
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) as JsonObject),
  };
}

export const toCronFields = (body: CronFieldsBody): CronFields => ({
  ...toRunContent(body),
  timezone: body.timezone,
  enabled: body.enabled,
  input: body.input ?? undefined,
  config: body.config,
  durability: durabilityOf(body),
  request: streamOf(body),
});

const durabilityOf = ({ durability, checkpoint_during }: CronFieldsBody): Durability | undefined =>
  durability ?? (checkpoint_during === false ? 'exit' : undefined);

/** What of the stream was asked for, in the names under which it is kept with a run (requestedStream). */
function streamOf({
  stream_mode,
  stream_subgraphs,
  stream_resumable,
}: CronFieldsBody): JsonObject | undefined {
  const given = Object.entries({ stream_mode, stream_subgraphs, stream_resumable }).filter(
    ([, value]) => value !== undefined,
  );
  return given.length === 0 ? undefined : (Object.fromEntries(given) as JsonObject);
}
