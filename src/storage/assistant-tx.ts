import { type Assistant, type AssistantVersion, contentOf } from '../domain/assistant.ts';
import type { AssistantId, Owner } from '../domain/ids.ts';
import type { AssistantTx } from '../orchestrator/ports/assistants.ts';
import { assistantRows, folded, toAssistant, toVersion, versionRows } from './assistant-rows.ts';
import type { Sql } from './database.ts';
import { placeholders } from './multi-row.ts';

export class SqlAssistantTx implements AssistantTx {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async lock(owner: Owner, id: AssistantId): Promise<Assistant | null> {
    const { forUpdate } = this.#sql.dialect;
    const [row] = await this.#sql.all<Record<string, unknown>>(
      `select ${assistantRows.columnList} from assistant where owner = ? and id = ?${forUpdate}`,
      [owner, id],
    );
    return row === undefined ? null : toAssistant(row);
  }

  async insert(assistant: Assistant): Promise<boolean> {
    const inserted = await this.#sql.run(
      `insert into assistant (${assistantRows.columnList}) values (${placeholders(assistantRows.width)}) on conflict (owner, id) do nothing`,
      assistantRows.toParams({ ...assistant, foldedName: folded(assistant.name) }),
    );
    if (inserted === 0) return false;
    const { id, version, createdAt } = assistant;
    await this.putVersion(assistant.owner, { ...contentOf(assistant), assistantId: id, version, createdAt });
    return true;
  }

  async update(assistant: Assistant): Promise<void> {
    const set = assistantRows.assignments({ ...assistant, foldedName: folded(assistant.name) });
    if (set === null) return;
    await this.#sql.run(`update assistant set ${set.text} where owner = ? and id = ?`, [...set.params, assistant.owner, assistant.id]);
  }

  async putVersion(owner: Owner, version: AssistantVersion): Promise<void> {
    await this.#sql.run('delete from assistant_version where owner = ? and assistant_id = ? and version = ?', [
      owner,
      version.assistantId,
      version.version,
    ]);
    await this.#sql.run(
      `insert into assistant_version (${versionRows.columnList}) values (${placeholders(versionRows.width)})`,
      versionRows.toParams({ ...version, owner }),
    );
  }

  async version(owner: Owner, id: AssistantId, version: number): Promise<AssistantVersion | null> {
    const [row] = await this.#sql.all<Record<string, unknown>>(
      `select ${versionRows.columnList} from assistant_version where owner = ? and assistant_id = ? and version = ?`,
      [owner, id, version],
    );
    return row === undefined ? null : toVersion(row);
  }

  async delete(owner: Owner, id: AssistantId): Promise<void> {
    await this.#sql.run('delete from assistant_version where owner = ? and assistant_id = ?', [owner, id]);
    await this.#sql.run('delete from assistant where owner = ? and id = ?', [owner, id]);
  }
}
