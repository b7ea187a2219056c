import { z } from 'zod';
import { absent, dateTime, jsonObject, pageFields, text, uuid } from './common.ts';
import { runFields, statefulRun } from './create-run.ts';
import { cronObject } from './objects.ts';

const SORT_FIELDS = ['cron_id', 'assistant_id', 'thread_id', 'next_run_date', 'end_time', 'created_at', 'updated_at'] as const;
const FIELDS = Object.keys(cronObject.shape) as [string, ...string[]];

const time = dateTime.transform((text) => new Date(text));

/** What a cron and its changes have in common. Unknown members are ignored. */
const shared = {
  timezone: absent(text()),
  input: runFields.input,
  metadata: runFields.metadata,
  config: runFields.config,
  context: runFields.context,
  webhook: runFields.webhook,
  interrupt_before: runFields.interrupt_before,
  interrupt_after: runFields.interrupt_after,
  stream_mode: runFields.stream_mode,
  stream_subgraphs: runFields.stream_subgraphs,
  stream_resumable: runFields.stream_resumable,
  durability: runFields.durability,
  checkpoint_during: runFields.checkpoint_during,
  enabled: absent(z.boolean()),
};
const onRunCompleted = absent(z.enum(['delete', 'keep']));
const schedule = text().meta({ description: 'Five cron fields: minute, hour, day of month, month, day of week.' });

/** Body of POST /runs/crons. A strategy means nothing here; one client sends it all the same. */
export const cronCreate = z
  .object({ ...shared, assistant_id: runFields.assistant_id, schedule, end_time: absent(time), on_run_completed: onRunCompleted })
  .meta({ id: 'CronCreate' });

/** Body of POST /threads/{thread_id}/runs/crons. */
export const threadCronCreate = z
  .object({
    ...shared,
    assistant_id: runFields.assistant_id,
    schedule,
    end_time: absent(time),
    multitask_strategy: statefulRun.shape.multitask_strategy,
  })
  .meta({ id: 'ThreadCronCreate' });

/** Body of PATCH /runs/crons/{cron_id}. Null clears end_time, and means absent elsewhere (protocol.md §0.1). */
export const cronPatch = z
  .object({ ...shared, schedule: absent(schedule), end_time: time.nullish(), on_run_completed: onRunCompleted })
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

export const cronCount = z.object({ ...filter, enabled: absent(z.boolean()) }).meta({ id: 'CronCountRequest' });

/** `/runs/crons/{cron_id}` */
export const cronParams = z.object({ cron_id: uuid });
