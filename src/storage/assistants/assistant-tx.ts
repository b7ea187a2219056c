import { type Assistant, type AssistantVersion, contentOf } from '../../domain/assistant.ts';
import type { AssistantId, Owner } from '../../domain/ids.ts';
import type { AssistantTx } from '../../orchestrator/ports/assistants.ts';
import type { ColumnName } from '../entity.ts';
import type { Sql } from '../sql.ts';
import { byShape, db, inColumns, locking, type Params, statement, type Values } from '../statement.ts';
import {
  type AssistantRow,
  assistantRows,
  folded,
  toAssistant,
  toVersion,
  versionRows,
} from './assistant-rows.ts';

type Key = { readonly owner: Owner; readonly id: AssistantId };
type VersionKey = Key & { readonly version: number };

const locked = statement((p: Params<Key>, dialect) =>
  db
    .selectFrom('assistant')
    .select(assistantRows.columns)
    .where('owner', '=', p('owner'))
    .where('id', '=', p('id'))
    .$call(locking(dialect)),
);
const insert = statement((p: Params<Values>) =>
  db
    .insertInto('assistant')
    .values(inColumns(assistantRows.columns, p))
    .onConflict((conflict) => conflict.columns(['owner', 'id']).doNothing()),
);
/** Owner and id come after the columns' values. */
const update = byShape((columns: readonly ColumnName<typeof AssistantRow>[]) =>
  statement((p: Params<Values>) =>
    db
      .updateTable('assistant')
      .set(inColumns(columns, p))
      .where('owner', '=', p(columns.length) as Owner)
      .where('id', '=', p(columns.length + 1) as AssistantId),
  ),
);
const remove = statement((p: Params<Key>) =>
  db.deleteFrom('assistant').where('owner', '=', p('owner')).where('id', '=', p('id')),
);

const version = statement((p: Params<VersionKey>) =>
  db
    .selectFrom('assistant_version')
    .select(versionRows.columns)
    .where('owner', '=', p('owner'))
    .where('assistant_id', '=', p('id'))
    .where('version', '=', p('version')),
);
const insertVersion = statement((p: Params<Values>) =>
  db.insertInto('assistant_version').values(inColumns(versionRows.columns, p)),
);
const removeVersion = statement((p: Params<VersionKey>) =>
  db
    .deleteFrom('assistant_version')
    .where('owner', '=', p('owner'))
    .where('assistant_id', '=', p('id'))
    .where('version', '=', p('version')),
);
const removeVersions = statement((p: Params<Key>) =>
  db.deleteFrom('assistant_version').where('owner', '=', p('owner')).where('assistant_id', '=', p('id')),
);

export class SqlAssistantTx implements AssistantTx {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async lock(owner: Owner, id: AssistantId): Promise<Assistant | null> {
    const [row] = await locked.all(this.#sql, { owner, id });
    return row === undefined ? null : toAssistant(row);
  }

  async insert(assistant: Assistant): Promise<boolean> {
    const inserted = await insert.run(
      this.#sql,
      assistantRows.toParams({ ...assistant, foldedName: folded(assistant.name) }),
    );
    if (inserted === 0) return false;
    const { id, version, createdAt } = assistant;
    await this.putVersion(assistant.owner, { ...contentOf(assistant), assistantId: id, version, createdAt });
    return true;
  }

  async update(assistant: Assistant): Promise<void> {
    const { columns, params } = assistantRows.patch({ ...assistant, foldedName: folded(assistant.name) });
    await update(columns).run(this.#sql, [...params, assistant.owner, assistant.id]);
  }

  async putVersion(owner: Owner, version: AssistantVersion): Promise<void> {
    await removeVersion.run(this.#sql, { owner, id: version.assistantId, version: version.version });
    await insertVersion.run(this.#sql, versionRows.toParams({ ...version, owner }));
  }

  async version(owner: Owner, id: AssistantId, number: number): Promise<AssistantVersion | null> {
    const [row] = await version.all(this.#sql, { owner, id, version: number });
    return row === undefined ? null : toVersion(row);
  }

  async delete(owner: Owner, id: AssistantId): Promise<void> {
    await removeVersions.run(this.#sql, { owner, id });
    await remove.run(this.#sql, { owner, id });
  }
}
