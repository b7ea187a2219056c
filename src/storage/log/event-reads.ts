import type { LoggedEvent } from '../../domain/event.ts';
import type { RunId, ThreadId } from '../../domain/ids.ts';
import type { Sql } from '../sql.ts';
import { db, type Params, statement } from '../statement.ts';
import { toLoggedEvent } from './event-rows.ts';

type Span = { readonly threadId: ThreadId; readonly afterSeq: number; readonly limit: number };

const events = (p: Params<Span>) =>
  db
    .selectFrom('run_event')
    .select(['thread_id', 'seq', 'run_id', 'kind', 'payload', 'created_at'])
    .where('thread_id', '=', p('threadId'))
    .where('seq', '>', p('afterSeq'))
    .orderBy('seq')
    .limit(p('limit'));

const ofThread = statement((p: Params<Span>) => events(p));
const ofRun = statement((p: Params<Span & { runId: RunId }>) => events(p).where('run_id', '=', p('runId')));

/** See Reads.events. */
export async function readEvents(
  sql: Sql,
  threadId: ThreadId,
  afterSeq: number,
  limit: number,
  runId?: RunId,
): Promise<LoggedEvent[]> {
  const span = { threadId, afterSeq, limit };
  const rows = await (runId === undefined ? ofThread.all(sql, span) : ofRun.all(sql, { ...span, runId }));
  return rows.map(toLoggedEvent);
}
