import { type ExpressionBuilder, sql } from 'kysely';
import type { Assistant, AssistantVersion } from '../../domain/assistant.ts';
import type { AssistantId, Owner, RunId, ThreadId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type {
  AssistantFilter,
  AssistantKey,
  AssistantQuery,
  AssistantReads,
  AssistantSearch,
  AssistantSortField,
  AssistantVersionQuery,
} from '../../orchestrator/ports/assistants.ts';
import type { Tables } from '../entities.ts';
import type { ColumnName } from '../entity.ts';
import {
  type Direction,
  type Given,
  jsonFilter,
  ordered,
  paged,
  type Slice,
  search,
  total,
  totalOf,
  type WindowParams,
  windowParams,
} from '../search.ts';
import type { Dialect, Sql } from '../sql.ts';
import { db, type Params, statement } from '../statement.ts';
import {
  type AssistantRow,
  assistantRows,
  folded,
  toAssistant,
  toVersion,
  versionRows,
} from './assistant-rows.ts';

const SORT_COLUMNS: Record<AssistantSortField, ColumnName<typeof AssistantRow>> = {
  ASSISTANT_ID: 'id',
  GRAPH_ID: 'graph_id',
  NAME: 'name',
  CREATED_AT: 'created_at',
  UPDATED_AT: 'updated_at',
};

const byId = statement((p: Params<{ owner: Owner; id: AssistantId }>) =>
  db
    .selectFrom('assistant')
    .select(assistantRows.columns)
    .where('owner', '=', p('owner'))
    .where('id', '=', p('id')),
);

type FilterParams = Pick<AssistantFilter, 'owner' | 'defaults' | 'graphId'> & {
  /** A pattern of LIKE. */
  readonly name: string | undefined;
  readonly metadata: string | undefined;
};

const paramsOf = ({ owner, defaults, graphId, name, metadata }: AssistantFilter): FilterParams => ({
  owner,
  defaults,
  graphId,
  name: name === undefined ? undefined : `%${escaped(folded(name))}%`,
  metadata: jsonFilter(metadata),
});

/** What a LIKE pattern would take as a wildcard stands for itself. */
const escaped = (text: string): string => text.replaceAll(/[\\%_]/g, '\\$&');

function found(p: Params<FilterParams>, given: Given<FilterParams>, dialect: Dialect) {
  const isServed = (eb: ExpressionBuilder<Tables, 'assistant'>) => {
    const isMade = eb('is_default', '=', 0);
    return given.defaults === 0
      ? isMade
      : eb.or([isMade, eb('id', 'in', p.list('defaults', given.defaults))]);
  };
  let select = db.selectFrom('assistant').where('owner', '=', p('owner')).where(isServed);
  if (given.graphId > 0) select = select.where('graph_id', '=', p('graphId'));
  if (given.name > 0)
    select = select.where(({ ref }) => sql`${ref('folded_name')} like ${p('name')} escape '\\'`);
  if (given.metadata > 0)
    select = select.where(({ ref }) => dialect.jsonContains(ref('metadata'), p('metadata')));
  return select;
}

type Sort = { readonly sortBy: AssistantSortField; readonly direction: Direction };

const sorted = search((p: Params<FilterParams & Slice>, given, { sortBy, direction }: Sort, dialect) =>
  ordered(found(p, given, dialect).select(assistantRows.columns), [SORT_COLUMNS[sortBy], 'id'], direction)
    .limit(p('limit'))
    .offset(p('offset')),
);

type Page = { readonly field: AssistantSortField; readonly direction: Direction; readonly inverted: boolean };

const page = search(
  (p: Params<FilterParams & WindowParams>, given, { field, direction, inverted }: Page, dialect) => {
    const columns = [SORT_COLUMNS[field], 'id'] as const;
    return paged(
      found(p, given, dialect).select(assistantRows.columns),
      { columns, direction, inverted },
      p,
      given,
    );
  },
);

const counted = search((p: Params<FilterParams>, given, _: null, dialect) =>
  found(p, given, dialect).select(total),
);

type VersionParams = {
  readonly owner: Owner;
  readonly id: AssistantId;
  readonly metadata: string | undefined;
};

function versionsOf(p: Params<VersionParams>, given: Given<VersionParams>, dialect: Dialect) {
  const select = db
    .selectFrom('assistant_version')
    .where('owner', '=', p('owner'))
    .where('assistant_id', '=', p('id'));
  return given.metadata === 0
    ? select
    : select.where(({ ref }) => dialect.jsonContains(ref('metadata'), p('metadata')));
}

const versionPage = search((p: Params<VersionParams & WindowParams>, given, inverted: boolean, dialect) =>
  paged(
    versionsOf(p, given, dialect).select(versionRows.columns),
    { columns: ['version'], direction: 'DESC', inverted },
    p,
    given,
  ),
);
const countedVersions = search((p: Params<VersionParams>, given, _: null, dialect) =>
  versionsOf(p, given, dialect).select(total),
);

const runsOf = statement((p: Params<{ owner: Owner; id: AssistantId; after: RunId; limit: number }>) =>
  db
    .selectFrom('run')
    .select(['id', 'thread_id'])
    .where('assistant_id', '=', p('id'))
    .where('owner', '=', p('owner'))
    .where('id', '>', p('after'))
    .orderBy('id')
    .limit(p('limit')),
);
/** `named`: the metadata that names the assistant. */
const threadsOf = statement(
  (p: Params<{ owner: Owner; id: AssistantId; named: string; limit: number }>, dialect) =>
    db
      .selectFrom('thread')
      .select('id')
      .where('owner', '=', p('owner'))
      .where(({ and, exists, not, or, ref, selectFrom }) => {
        const runs = selectFrom('run').select('run.id').whereRef('run.thread_id', '=', 'thread.id');
        const hasOwn = exists(runs.where('run.assistant_id', '=', p('id')));
        const hasOthers = exists(runs.where('run.assistant_id', '<>', p('id')));
        return or([dialect.jsonContains(ref('metadata'), p('named')), and([hasOwn, not(hasOthers)])]);
      })
      .orderBy('id')
      .limit(p('limit')),
);

export class SqlAssistantReads implements AssistantReads {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(owner: Owner, id: AssistantId): Promise<Assistant | null> {
    const [row] = await byId.all(this.#sql, { owner, id });
    return row === undefined ? null : toAssistant(row);
  }

  async search({ sortBy, direction, limit, offset, ...filter }: AssistantSearch): Promise<Assistant[]> {
    return (await sorted(this.#sql, { ...paramsOf(filter), limit, offset }, { sortBy, direction })).map(
      toAssistant,
    );
  }

  async page({ order, window, ...filter }: AssistantQuery): Promise<Assistant[]> {
    const params = {
      ...paramsOf(filter),
      ...windowParams<AssistantKey>(window, ({ value, id }) => [value, id]),
    };
    return (await page(this.#sql, params, { ...order, inverted: window.inverted })).map(toAssistant);
  }

  async count(filter: AssistantFilter): Promise<number> {
    return totalOf(await counted(this.#sql, paramsOf(filter), null));
  }

  async versions({ owner, id, metadata, window }: AssistantVersionQuery): Promise<AssistantVersion[]> {
    const params = {
      owner,
      id,
      metadata: jsonFilter(metadata),
      ...windowParams(window, (version: number) => [version]),
    };
    return (await versionPage(this.#sql, params, window.inverted)).map(toVersion);
  }

  async countVersions(owner: Owner, id: AssistantId, metadata?: JsonObject): Promise<number> {
    return totalOf(await countedVersions(this.#sql, { owner, id, metadata: jsonFilter(metadata) }, null));
  }

  async runs(
    owner: Owner,
    id: AssistantId,
    after: RunId | null,
    limit: number,
  ): Promise<{ id: RunId; threadId: ThreadId }[]> {
    const rows = await runsOf.all(this.#sql, { owner, id, after: after ?? ('' as RunId), limit });
    return rows.map((row) => ({ id: row.id, threadId: row.thread_id }));
  }

  async threads(owner: Owner, id: AssistantId, limit: number): Promise<ThreadId[]> {
    const rows = await threadsOf.all(this.#sql, {
      owner,
      id,
      named: JSON.stringify({ assistant_id: id }),
      limit,
    });
    return rows.map((row) => row.id);
  }
}
