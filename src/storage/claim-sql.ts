/** The longest due thread of all. Parameter: now. */
export const claimSql = (columns: string): string =>
  `select ${columns} from thread where claimable_at is not null and claimable_at <= ? order by claimable_at limit 1`;

/**
 * The longest due thread of the owner whose turn it is: the next by name who has one, else the first of all. Each step is one look into the index
 * thread_owner_claimable, so that it costs the same however many threads wait; owners with nothing due yet cost a step each.
 * Parameters: the owner whose turn was last, and five times now.
 */
export const fairClaimSql = (columns: string): string =>
  `with recursive later (owner) as (${ownersFrom('?', 'later')}), early (owner) as (${ownersFrom("''", 'early')})
   select ${columns} from thread
   where owner = coalesce((select owner from later where ${hasDue('later.owner')}), (select owner from early where ${hasDue('early.owner')}))
     and claimable_at is not null and claimable_at <= ? order by claimable_at limit 1`;

/** Owners with waiting threads after `start`, up to the first who has one that is due. */
const ownersFrom = (start: string, name: string): string =>
  `select ${ownerAfter(start)} union all select ${ownerAfter(`${name}.owner`)} from ${name} where ${name}.owner is not null and not ${hasDue(`${name}.owner`)}`;

const ownerAfter = (owner: string): string =>
  `(select t.owner from thread as t where t.claimable_at is not null and t.owner > ${owner} order by t.owner limit 1)`;

const hasDue = (owner: string): string =>
  `exists (select 1 from thread as t where t.owner = ${owner} and t.claimable_at is not null and t.claimable_at <= ?)`;
