import type { Assistant, AssistantVersion } from '../domain/assistant.ts';
import type { AssistantId, Owner, RunId, ThreadId } from '../domain/ids.ts';
import type { JsonObject } from '../domain/json.ts';
import type {
  AssistantFilter,
  AssistantKey,
  AssistantQuery,
  AssistantReads,
  AssistantSearch,
  AssistantSortField,
  AssistantVersionQuery,
} from '../orchestrator/ports/assistants.ts';
import { assistantRows, folded, toAssistant, toVersion, versionRows } from './assistant-rows.ts';
import type { Sql } from './database.ts';
import type { Condition } from './dialect.ts';
import { keysetPage, pageClause } from './keyset.ts';
import { oneOf } from './thread-search.ts';

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

const joined = (conditions: readonly Condition[]): Condition => ({
  text: conditions.map(({ text }) => text).join(' and '),
  params: conditions.flatMap(({ params }) => params),
});

/** What a LIKE pattern would take as a wildcard stands for itself. */
const escaped = (text: string): string => text.replaceAll(/[\\%_]/g, '\\$&');
