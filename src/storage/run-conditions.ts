/**
 * The conditions of run's partial indexes (migration 0001), word for word: SQLite uses such an index only for a query that says the same.
 */
export const isUnfinishedSql = `status in ('PENDING', 'RUNNING')`;
export const isRunningSql = `status = 'RUNNING'`;
export const isCarryOpenSql = `carry in ('WAITING', 'TAKEN')`;

/** A run that waits and may be claimed. Parameter: now. */
export const isDueSql = `${isUnfinishedSql} and status = 'PENDING' and available_at <= ?`;

/** A suspect that waits for its trial (waitsForTrial), among the RUNNING. */
export const waitsForTrialSql = `(lease_owner is null and suspicion > case when stop is null then 0 else 1 end)`;

/** The RUNNING run and one that is due. Parameters: the thread; the thread and now. */
export const aheadSql = `select * from (select status, available_at from run where thread_id = ? and ${isRunningSql} limit 1) as running
  union all select * from (select status, available_at from run where thread_id = ? and ${isDueSql} order by position limit 1) as due`;
