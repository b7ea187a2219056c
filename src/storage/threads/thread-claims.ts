import type { Expression } from 'kysely';
import type { Owner } from '../../domain/ids.ts';
import { db, type Params, skippingLocked, statement } from '../statement.ts';
import { threadRows } from './thread-rows.ts';

type Now = { readonly now: number };

const due = (p: Params<Now>) =>
  db
    .selectFrom('thread')
    .select(threadRows.columns)
    .where('claimable_at', 'is not', null)
    .where('claimable_at', '<=', p('now'));

/** The longest due thread of all. */
export const claimable = statement((p: Params<Now>, dialect) =>
  due(p).orderBy('claimable_at').limit(1).$call(skippingLocked(dialect)),
);

/** The next owner by name who has a thread that waits. */
const ownerAfter = (owner: Owner | Expression<Owner>) =>
  db
    .selectFrom('thread as t')
    .select('t.owner')
    .where('t.claimable_at', 'is not', null)
    .where('t.owner', '>', owner)
    .orderBy('t.owner')
    .limit(1);

const dueOf = (owner: Expression<Owner>, p: Params<Now>) =>
  db
    .selectFrom('thread as t')
    .select(({ lit }) => lit(1).as('one'))
    .where('t.owner', '=', owner)
    .where('t.claimable_at', 'is not', null)
    .where('t.claimable_at', '<=', p('now'));

/** Owners with waiting threads after `start`, up to the first who has one that is due. */
const ownersFrom = (start: Owner, p: Params<Now>) =>
  db.withRecursive('line(owner)', (line) =>
    line.selectNoFrom(ownerAfter(start).as('owner')).unionAll(
      line
        .selectFrom('line')
        .select(({ ref }) => ownerAfter(ref('line.owner').$notNull()).as('owner'))
        .where('line.owner', 'is not', null)
        .where(({ not, exists, ref }) => not(exists(dueOf(ref('line.owner').$notNull(), p)))),
    ),
  );

/** The last of them, if one is due. */
const dueOwnerFrom = (start: Owner, p: Params<Now>) =>
  ownersFrom(start, p)
    .selectFrom('line')
    .select(({ ref }) => ref('line.owner').$notNull().as('owner'))
    .where(({ exists, ref }) => exists(dueOf(ref('line.owner').$notNull(), p)));

/**
 * The longest due thread of the owner whose turn it is: the next by name after the one whose turn was last
 * who has one, else the first of all. Each step is one look into the index thread_owner_claimable, so that it
 * costs the same however many threads wait; owners with nothing due yet cost a step each.
 */
export const fairlyClaimable = statement((p: Params<Now & { readonly last: Owner }>, dialect) =>
  due(p)
    .where('owner', '=', ({ fn }) => fn.coalesce(dueOwnerFrom(p('last'), p), dueOwnerFrom('' as Owner, p)))
    .orderBy('claimable_at')
    .limit(1)
    .$call(skippingLocked(dialect)),
);
