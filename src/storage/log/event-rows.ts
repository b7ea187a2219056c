import { defineEntity } from '@mikro-orm/core';
import type { Selectable } from 'kysely';
import type { EventBody, EventKind, LoggedEvent } from '../../domain/event.ts';
import type { RunId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import { toFailure } from '../../domain/run.ts';
import { bigInteger, json, partOf, text, time } from '../columns.ts';
import type { TableOf } from '../entity.ts';
import { ThreadRow } from '../threads/thread-rows.ts';

/**
 * The log: one row is one event is one cursor. `run_id` has no foreign key: who removes a run decides what
 * becomes of its events.
 */
export const RunEventRow = defineEntity({
  name: 'RunEvent',
  tableName: 'run_event',
  properties: {
    threadId: partOf(ThreadRow, 'thread_id').primary(),
    seq: bigInteger().primary(),
    runId: text<RunId>().nullable(),
    kind: text<EventKind>(),
    payload: json<JsonObject>(),
    createdAt: time(),
  },
  indexes: [{ name: 'run_event_run', properties: ['runId', 'seq'] }],
});

export function toLoggedEvent(row: Selectable<TableOf<typeof RunEventRow>>): LoggedEvent {
  return {
    threadId: row.thread_id,
    seq: Number(row.seq),
    runId: row.run_id,
    createdAt: new Date(Number(row.created_at)),
    body: readable({ kind: row.kind, ...JSON.parse(row.payload) } as EventBody),
  };
}

/** Rows of earlier versions may hold anything in place of what a graph threw. */
function readable(body: EventBody): EventBody {
  return body.kind === 'RUN_ENDED' && body.error !== null ? { ...body, error: toFailure(body.error) } : body;
}
