import type { Cron } from '../../domain/cron.ts';
import { flag, integer, json, nullable, RowMapper, text, time } from '../row-mapper.ts';

export const cronRows = new RowMapper<Cron>({
  id: text('id'),
  owner: text('owner'),
  assistantId: text('assistant_id'),
  threadId: nullable(text('thread_id')),
  onRunCompleted: nullable(text('on_run_completed')),
  strategy: nullable(text('strategy')),
  schedule: text('schedule'),
  timezone: nullable(text('timezone')),
  endTime: nullable(time('end_time')),
  enabled: flag('enabled'),
  payload: json('payload'),
  metadata: json('metadata'),
  nextAt: nullable(time('next_at')),
  dueAt: nullable(time('due_at')),
  claims: integer('claims'),
  lastAt: nullable(time('last_at')),
  lastRunId: nullable(text('last_run_id')),
  lastError: nullable(text('last_error')),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
});
