import type { ThreadId } from '../../../domain/ids.ts';
import { isRunning, isUnfinished } from '../../runs/run-conditions.ts';
import { byShape, db, locking, type Params, statement } from '../../statement.ts';

type OfThread = { readonly threadId: ThreadId };

export const threadsAfter = statement((p: Params<{ after: ThreadId; limit: number }>) =>
  db
    .selectFrom('thread')
    .select(['id', 'state_version', 'pruned_version', 'created_at'])
    .where('id', '>', p('after'))
    .orderBy('id')
    .limit(p('limit')),
);

const versionsOf = (p: Params<OfThread>) =>
  db
    .selectFrom('thread')
    .select(['id', 'state_version', 'pruned_version', 'state_updated_at'])
    .where('id', '=', p('threadId'));
export const thread = statement((p: Params<OfThread>) => versionsOf(p));
export const lockedThread = statement((p: Params<OfThread>, dialect) =>
  versionsOf(p).$call(locking(dialect)),
);

export const runningRun = statement((p: Params<OfThread>) =>
  db.selectFrom('run').select('id').where('thread_id', '=', p('threadId')).where(isRunning),
);

/**
 * Seqs: of the oldest checkpoint of a run that is not old, of the newest of one that is. And how many runs
 * are unfinished.
 */
export const ages = statement((p: Params<OfThread & { before: number }>) => {
  const runs = db.selectFrom('run').where('thread_id', '=', p('threadId'));
  const old = runs.select('id').where('finished_at', '<', p('before'));
  const young = runs
    .select('id')
    .where((eb) => eb.or([eb('finished_at', 'is', null), eb('finished_at', '>=', p('before'))]));
  const checkpoints = db.selectFrom('checkpoint').where('thread_id', '=', p('threadId'));
  return db.selectNoFrom([
    checkpoints
      .where('run_id', 'in', young)
      .select(({ fn }) => fn.min('seq').as('seq'))
      .as('young'),
    checkpoints
      .where('run_id', 'in', old)
      .select(({ fn }) => fn.max('seq').as('seq'))
      .as('old'),
    runs
      .where(isUnfinished)
      .select(({ fn }) => fn.countAll<number | string>().as('total'))
      .as('unfinished'),
  ]);
});

const checkpointsOf = (p: Params<OfThread>) =>
  db
    .selectFrom('checkpoint')
    .select(['ns', 'checkpoint_id', 'parent_id', 'seq', 'body', 'metadata', 'refs'])
    .where('thread_id', '=', p('threadId'));
export const checkpoints = statement((p: Params<OfThread>) => checkpointsOf(p));
export const checkpointsUpTo = statement((p: Params<OfThread & { upTo: number }>) =>
  checkpointsOf(p).where('seq', '<=', p('upTo')),
);
export const checkpoint = statement((p: Params<OfThread & { ns: string; id: string }>) =>
  checkpointsOf(p).where('ns', '=', p('ns')).where('checkpoint_id', '=', p('id')),
);
export const keysAfter = statement((p: Params<OfThread & { upTo: number }>) =>
  db
    .selectFrom('checkpoint')
    .select(['ns', 'checkpoint_id as id', 'parent_id'])
    .where('thread_id', '=', p('threadId'))
    .where('seq', '>', p('upTo')),
);
export const heads = statement((p: Params<OfThread>) =>
  db
    .selectFrom('checkpoint_head')
    .select(['ns', 'checkpoint_id as id'])
    .where('thread_id', '=', p('threadId')),
);

const neededBy = (
  p: Params<OfThread & { before: number }>,
  column: 'base_checkpoint_id' | 'head_before' | 'head_after',
) =>
  db
    .selectFrom('run')
    .select(({ ref, val }) => [val('').as('ns'), ref(column).$notNull().as('id')])
    .where('thread_id', '=', p('threadId'))
    .where((eb) => eb.or([eb('finished_at', 'is', null), eb('finished_at', '>=', p('before'))]))
    .where(column, 'is not', null);
/**
 * Where unfinished runs begin, what a rollback of them restores, and what runs that ended lately were joined
 * for.
 */
export const neededByRuns = statement((p: Params<OfThread & { before: number }>) =>
  neededBy(p, 'base_checkpoint_id').unionAll(neededBy(p, 'head_before')).unionAll(neededBy(p, 'head_after')),
);
/** Events that are expanded from a checkpoint when they are read. */
export const expandedEvents = statement((p: Params<OfThread>) =>
  db
    .selectFrom('run_event')
    .select('payload')
    .where('thread_id', '=', p('threadId'))
    .where('kind', 'in', ['VALUES', 'CHECKPOINT', 'MESSAGES_RESET', 'TASK']),
);

export const removals = (['checkpoint_write', 'checkpoint', 'checkpoint_head'] as const).map((table) =>
  byShape((size: number) =>
    statement((p: Params<OfThread & { ns: string; ids: readonly string[] }>) =>
      db
        .deleteFrom(table)
        .where('thread_id', '=', p('threadId'))
        .where('ns', '=', p('ns'))
        .where('checkpoint_id', 'in', p.list('ids', size)),
    ),
  ),
);
/** Of checkpoints whose parents are gone: what is left is the beginning of the history. */
export const forgetParents = statement((p: Params<OfThread>) =>
  db
    .updateTable('checkpoint')
    .set({ parent_id: null })
    .where('thread_id', '=', p('threadId'))
    .where('parent_id', 'is not', null)
    .where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom('checkpoint as parent')
            .select('parent.checkpoint_id')
            .whereRef('parent.thread_id', '=', 'checkpoint.thread_id')
            .whereRef('parent.ns', '=', 'checkpoint.ns')
            .whereRef('parent.checkpoint_id', '=', 'checkpoint.parent_id'),
        ),
      ),
    ),
);

export const setPruned = statement((p: Params<OfThread & { upTo: number }>) =>
  db
    .updateTable('thread')
    .set({ pruned_version: p('upTo') })
    .where('id', '=', p('threadId')),
);
/** The version change of the removal itself is not a reason to look again. */
export const setPrunedToNow = statement((p: Params<OfThread>) =>
  db
    .updateTable('thread')
    .set(({ ref }) => ({ pruned_version: ref('state_version') }))
    .where('id', '=', p('threadId')),
);
