import type { ThreadId } from '../../../domain/ids.ts';
import type { Sql } from '../../sql.ts';
import { db, type Params, statement } from '../../statement.ts';

/** LangGraph's saver knows threads by texts. */
export type OfThread = { readonly threadId: string };
export const threadIdOf = (p: Params<OfThread>): ThreadId => p('threadId') as ThreadId;

const raise = statement((p: Params<OfThread>) =>
  db
    .updateTable('thread')
    .set((eb) => ({ state_version: eb('state_version', '+', 1) }))
    .where('id', '=', threadIdOf(p))
    .returning('state_version'),
);
const current = statement((p: Params<OfThread>) =>
  db.selectFrom('thread').select('state_version').where('id', '=', threadIdOf(p)),
);

/**
 * Raises the thread's stateVersion and returns it: also the seq of what is written with it. @throws Error
 * when there is no such thread
 */
export async function raiseStateVersion(sql: Sql, threadId: string): Promise<number> {
  const [row] = await raise.all(sql, { threadId });
  if (row === undefined) throw new Error(`Unknown thread ${threadId}`);
  return Number(row.state_version);
}

/** Null: there is no such thread. */
export async function readStateVersion(sql: Sql, threadId: string): Promise<number | null> {
  const [row] = await current.all(sql, { threadId });
  return row === undefined ? null : Number(row.state_version);
}
