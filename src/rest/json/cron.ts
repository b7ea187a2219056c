import type { Cron, Durability } from '../../domain/cron.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { CronFields } from '../../orchestrator/crons/crons.ts';
import type { CronFieldsBody } from '../schemas/crons.ts';
import type { CronObject } from '../schemas/objects.ts';
import { requestedStreamOf } from '../streaming/requested-stream.ts';
import { withDamage } from './damaged.ts';

/** A cron as the protocol has it (protocol.md §1.8). */
export const cronJson = withDamage(
  (cron: Cron): CronObject => ({
    cron_id: cron.id,
    assistant_id: cron.assistantId,
    thread_id: cron.threadId,
    on_run_completed: cron.onRunCompleted === null ? null : cron.onRunCompleted === 'KEEP' ? 'keep' : 'delete',
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
    interrupt_before: payload.interruptBefore,
    interrupt_after: payload.interruptAfter,
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
  timezone: body.timezone,
  enabled: body.enabled,
  input: body.input ?? undefined,
  config: body.config,
  context: body.context,
  metadata: body.metadata,
  webhook: body.webhook,
  interruptBefore: body.interrupt_before,
  interruptAfter: body.interrupt_after,
  unknownBreakpoints: 'IGNORE',
  recordEvents: body.stream_mode?.includes('events'),
  durability: durabilityOf(body),
  request: streamOf(body),
});

const durabilityOf = ({ durability, checkpoint_during }: CronFieldsBody): Durability | undefined =>
  durability ?? (checkpoint_during === false ? 'exit' : undefined);

/** What of the stream was asked for, in the names under which it is kept with a run (requestedStream). */
function streamOf({ stream_mode, stream_subgraphs, stream_resumable }: CronFieldsBody): JsonObject | undefined {
  const given = Object.entries({ stream_mode, stream_subgraphs, stream_resumable }).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : (Object.fromEntries(given) as JsonObject);
}
