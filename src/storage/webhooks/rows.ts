import type { Run } from '../../domain/run.ts';
import type { WebhookDelivery } from '../../domain/webhook.ts';
import { type Column, integer, nullable, RowMapper, text, time } from '../row-mapper.ts';
import { runRows } from '../run-rows.ts';

/** A run inside of another row: the values of its own columns, by their names. */
const runColumn = (name: string): Column<Run> => ({
  name,
  encode: (run) => {
    const names = runRows.columnList.split(', ');
    const values = runRows.toParams(run);
    return JSON.stringify(Object.fromEntries(names.map((column, index) => [column, values[index]])));
  },
  // A column that came later is missing in older rows: that is null.
  decode: (stored) => {
    const missing = Object.fromEntries(runRows.columnList.split(', ').map((column) => [column, null]));
    return runRows.fromRow({ ...missing, ...(JSON.parse(stored as string) as Record<string, unknown>) });
  },
});

export const deliveryRows = new RowMapper<WebhookDelivery>({
  id: text('id'),
  owner: text('owner'),
  runId: text('run_id'),
  threadId: text('thread_id'),
  url: text('url'),
  status: text('status'),
  attempts: integer('attempts'),
  dueAt: nullable(time('due_at')),
  lastStatusCode: nullable(integer('last_status_code')),
  lastError: nullable(text('last_error')),
  createdAt: time('created_at'),
  deliveredAt: nullable(time('delivered_at')),
  run: runColumn('run'),
  body: nullable(text('body')),
});
