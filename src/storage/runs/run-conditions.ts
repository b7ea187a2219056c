import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely';
import type { ThreadId } from '../../domain/ids.ts';
import type { Tables } from '../entities.ts';
import { db, type Params } from '../statement.ts';

type Expressions = ExpressionBuilder<Tables, 'run'>;
type Condition = ExpressionWrapper<Tables, 'run', SqlBool>;

/*
 * The conditions of run's partial indexes (RunRow): such an index serves a query that says the same.
 */
export const isUnfinished = (eb: Expressions): Condition => eb('status', 'in', ['PENDING', 'RUNNING']);
export const isRunning = (eb: Expressions): Condition => eb('status', '=', 'RUNNING');
export const isCarryOpen = (eb: Expressions): Condition => eb('carry', 'in', ['WAITING', 'TAKEN']);

/** A suspect that waits for its trial (waitsForTrial), among the RUNNING. */
export const isWaitingForTrial = (eb: Expressions): Condition =>
  eb.and([
    eb('lease_owner', 'is', null),
    eb('suspicion', '>', eb.case().when('stop', 'is', null).then(eb.lit(0)).else(eb.lit(1)).end()),
  ]);

/** The runs of a thread that wait, by the index run_unfinished. */
export const pendingOf = (p: Params<{ threadId: ThreadId }>) =>
  db
    .selectFrom('run')
    .where('thread_id', '=', p('threadId'))
    .where(isUnfinished)
    .where('status', '=', 'PENDING');
