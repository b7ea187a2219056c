import { type Assistant, type AssistantVersion, contentOf } from '../../domain/assistant.ts';
import type { AssistantId, Owner, RunId, ThreadId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type {
  AssistantFilter,
  AssistantKey,
  AssistantQuery,
  AssistantReads,
  AssistantSearch,
  AssistantSortField,
  AssistantTx,
  AssistantVersionQuery,
} from '../../orchestrator/ports/assistants.ts';
import { keysetPage, pageClause } from '../keyset.ts';
import type { Sql } from '../sql.ts';
import { type Condition, placeholders } from '../sql.ts';
import { assistantRows, folded, toAssistant, toVersion, versionRows } from './assistant-rows.ts';

const COLUMNS: Record<AssistantSortField, string> = {
  ASSISTANT_ID: 'id',
  GRAPH_ID: 'graph_id',
  NAME: 'name',
  CREATED_AT: 'created_at',
  UPDATED_AT: 'updated_at',
};

export class SqlAssistantReads implements AssistantReads {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(owner: Owner, id: AssistantId): Promise<Assistant | null> {
    const [assistant] = await this.#assistants({ text: 'where owner = ? and id = ?', params: [owner, id] });
    return assistant ?? null;
  }

  search(search: AssistantSearch): Promise<Assistant[]> {
    const { sortBy, direction, limit, offset } = search;
    const { text, params } = this.#where(search);
    const order = direction === 'ASC' ? 'asc' : 'desc';
    return this.#assistants({
      text: `where ${text} order by ${COLUMNS[sortBy]} ${order}, id ${order} limit ? offset ?`,
      params: [...params, limit, offset],
    });
  }

  page({ order, window, ...filter }: AssistantQuery): Promise<Assistant[]> {
    const columns = [COLUMNS[order.field], 'id'];
    const page = keysetPage<AssistantKey>({ columns, direction: order.direction, values: ({ value, id }) => [value, id] }, window);
    return this.#assistants(pageClause([this.#where(filter)], page));
  }

  count(filter: AssistantFilter): Promise<number> {
    return this.#count('assistant', this.#where(filter));
  }

  async versions({ owner, id, metadata, window }: AssistantVersionQuery): Promise<AssistantVersion[]> {
    const page = keysetPage<number>({ columns: ['version'], direction: 'DESC', values: (version) => [version] }, window);
    const { text, params } = pageClause([this.#ofVersions(owner, id, metadata)], page);
    const rows = await this.#sql.all<Record<string, unknown>>(`select ${versionRows.columnList} from assistant_version ${text}`, params);
    return rows.map(toVersion);
  }

  countVersions(owner: Owner, id: AssistantId, metadata?: JsonObject): Promise<number> {
    return this.#count('assistant_version', this.#ofVersions(owner, id, metadata));
  }

  async runs(owner: Owner, id: AssistantId, after: RunId | null, limit: number): Promise<{ id: RunId; threadId: ThreadId }[]> {
    const rows = await this.#sql.all<{ id: RunId; thread_id: ThreadId }>(
      'select id, thread_id from run where assistant_id = ? and owner = ? and id > ? order by id limit ?',
      [id, owner, after ?? '', limit],
    );
    return rows.map((row) => ({ id: row.id, threadId: row.thread_id }));
  }

  async threads(owner: Owner, id: AssistantId, limit: number): Promise<ThreadId[]> {
    const named = this.#sql.dialect.contains('metadata', { assistant_id: id });
    const rows = await this.#sql.all<{ id: ThreadId }>(
      `select id from thread where owner = ? and (${named.text} or (
         exists (select 1 from run where run.thread_id = thread.id and run.assistant_id = ?)
         and not exists (select 1 from run where run.thread_id = thread.id and run.assistant_id <> ?)
       )) order by id limit ?`,
      [owner, ...named.params, id, id, limit],
    );
    return rows.map((row) => row.id);
  }

  /** The conditions of a search, joined. */
  #where({ owner, defaults, graphId, name, metadata }: AssistantFilter): Condition {
    const served = oneOf('id', defaults);
    return joined([
      { text: 'owner = ?', params: [owner] },
      { text: `(is_default = 0 or ${served.text})`, params: served.params },
      ...(graphId === undefined ? [] : [{ text: 'graph_id = ?', params: [graphId] }]),
      ...(name === undefined ? [] : [{ text: `folded_name like ? escape '\\'`, params: [`%${escaped(folded(name))}%`] }]),
      ...this.#contains(metadata),
    ]);
  }

  #ofVersions(owner: Owner, id: AssistantId, metadata: JsonObject | undefined): Condition {
    return joined([{ text: 'owner = ? and assistant_id = ?', params: [owner, id] }, ...this.#contains(metadata)]);
  }

  #contains(metadata: JsonObject | undefined): Condition[] {
    return metadata === undefined || Object.keys(metadata).length === 0 ? [] : [this.#sql.dialect.contains('metadata', metadata)];
  }

  async #assistants({ text, params }: Condition): Promise<Assistant[]> {
    const rows = await this.#sql.all<Record<string, unknown>>(`select ${assistantRows.columnList} from assistant ${text}`, params);
    return rows.map(toAssistant);
  }

  async #count(table: 'assistant' | 'assistant_version', { text, params }: Condition): Promise<number> {
    const [row] = await this.#sql.all<{ total: number | string }>(`select count(*) as total from ${table} where ${text}`, params);
    return Number(row?.total ?? 0);
  }
}

/** None is one of no values. */
const oneOf = (column: string, values: readonly string[]): Condition =>
  values.length === 0 ? { text: 'false', params: [] } : { text: `${column} in (${placeholders(values.length)})`, params: values };

const joined = (conditions: readonly Condition[]): Condition => ({
  text: conditions.map(({ text }) => text).join(' and '),
  params: conditions.flatMap(({ params }) => params),
});

/** What a LIKE pattern would take as a wildcard stands for itself. */
const escaped = (text: string): string => text.replaceAll(/[\\%_]/g, '\\$&');

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
