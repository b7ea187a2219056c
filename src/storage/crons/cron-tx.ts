import type { Cron } from '../../domain/cron.ts';
import type { AssistantId, CronId, Owner, RunId } from '../../domain/ids.ts';
import type { CronTx, OccurrenceEnd } from '../../orchestrator/ports/crons.ts';
import type { ColumnName } from '../entity.ts';
import type { Sql } from '../sql.ts';
import { byShape, db, inColumns, locking, type Params, statement, type Values } from '../statement.ts';
import { type CronRow, cronRows } from './cron-rows.ts';

type Key = { readonly owner: Owner; readonly id: CronId };

const insert = statement((p: Params<Values>) => db.insertInto('cron').values(inColumns(cronRows.columns, p)));
const locked = statement((p: Params<Key>, dialect) =>
  db
    .selectFrom('cron')
    .select(cronRows.columns)
    .where('id', '=', p('id'))
    .where('owner', '=', p('owner'))
    .$call(locking(dialect)),
);
/** The id comes after the columns' values. */
const update = byShape((columns: readonly ColumnName<typeof CronRow>[]) =>
  statement((p: Params<Values>) =>
    db
      .updateTable('cron')
      .set(inColumns(columns, p))
      .where('id', '=', p(columns.length) as CronId),
  ),
);
type Finish = {
  readonly id: CronId;
  readonly claims: number;
  readonly occurrence: number;
  readonly next: number | null;
  readonly runId: RunId | null;
  readonly error: string | null;
};
// The guard: a later claim, or a change of the cron's times, has raised `claims`; an occurrence that was
// dealt with is not its next one.
const finish = statement((p: Params<Finish>) =>
  db
    .updateTable('cron')
    .set({
      next_at: p('next'),
      due_at: p('next'),
      last_at: p('occurrence'),
      last_run_id: p('runId'),
      last_error: p('error'),
    })
    .where('id', '=', p('id'))
    .where('claims', '=', p('claims'))
    .where('next_at', '=', p('occurrence')),
);
const remove = statement((p: Params<Key>) =>
  db.deleteFrom('cron').where('id', '=', p('id')).where('owner', '=', p('owner')),
);
const removeOfAssistant = statement((p: Params<{ owner: Owner; id: AssistantId }>) =>
  db.deleteFrom('cron').where('assistant_id', '=', p('id')).where('owner', '=', p('owner')),
);

export class SqlCronTx implements CronTx {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async insert(cron: Cron): Promise<void> {
    await insert.run(this.#sql, cronRows.toParams(cron));
  }

  async lock(owner: Owner, id: CronId): Promise<Cron | null> {
    return cronRows.first(await locked.all(this.#sql, { owner, id }));
  }

  async update(cron: Cron): Promise<void> {
    const { columns, params } = cronRows.patch(cron);
    await update(columns).run(this.#sql, [...params, cron.id]);
  }

  async delete(owner: Owner, id: CronId): Promise<boolean> {
    return (await remove.run(this.#sql, { owner, id })) === 1;
  }

  async deleteOfAssistant(owner: Owner, id: AssistantId): Promise<void> {
    await removeOfAssistant.run(this.#sql, { owner, id });
  }

  async finish({ id, claims, nextAt }: Cron, end: OccurrenceEnd): Promise<boolean> {
    if (nextAt === null) return false;
    const next = end.nextAt?.getTime() ?? null;
    const params = { id, claims, occurrence: nextAt.getTime(), next, runId: end.runId, error: end.error };
    return (await finish.run(this.#sql, params)) === 1;
  }
}
