import type { Json } from '../../domain/json.ts';
import type { Run } from '../../domain/run.ts';
import { runJson } from './run.ts';

/**
 * What a webhook is told of a run that has ended: the run with its times and the values it left (protocol.md §7.6).
 * @param values null where it left none, or where they would be too long
 */
export const webhookPayload = (run: Run, values: Json, sentAt: Date): object => ({
  ...runJson(run),
  ...(run.startedAt === null ? {} : { run_started_at: run.startedAt.toISOString() }),
  ...(run.finishedAt === null ? {} : { run_ended_at: run.finishedAt.toISOString() }),
  webhook_sent_at: sentAt.toISOString(),
  values,
  error: run.error === null ? null : { error: run.error.name, message: run.error.message },
});
