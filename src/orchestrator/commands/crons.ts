import type { Cron } from '../../domain/cron.ts';
import { type AssistantId, type CronId, type Owner, parseCronId, parseThreadId, type ThreadId } from '../../domain/ids.ts';
import type { RunDeps } from '../context.ts';
import type { Accepted, Deleted, Invalid, NotFound } from '../outcomes.ts';
import type { CronFilter, CronSortField, CronStore } from '../ports/crons.ts';
import type { Window } from '../ports/paging.ts';
import { type CreateCron, createCron, deleteCron, type UpdateCron, updateCron } from './change-cron.ts';

/** Runs that are started at the times of a schedule. Ids may be any text: what is no UUID is not found. */
export interface Crons {
  create(command: CreateCron): Promise<Accepted<Cron> | NotFound | Invalid>;
  update(command: UpdateCron): Promise<Accepted<Cron> | NotFound | Invalid>;
  /** Runs that it has started stay. */
  delete(command: { readonly owner: Owner; readonly id: string }): Promise<Deleted | NotFound>;
  find(owner: Owner, id: string): Promise<Cron | null>;
  search(search: SearchCrons): Promise<{ readonly crons: readonly Cron[]; readonly hasMore: boolean }>;
  /** Newest first; keys are ids. */
  page(query: FilterCrons & { readonly window: Window<CronId> }): Promise<readonly Cron[]>;
  count(filter: FilterCrons): Promise<number>;
}

/** An assistant may be named by its graph. */
type FilterCrons = Omit<CronFilter, 'assistantId' | 'threadId'> & {
  readonly assistantId?: string | undefined;
  readonly threadId?: string | undefined;
};
type SearchCrons = FilterCrons & {
  readonly sortBy: CronSortField;
  readonly direction: 'ASC' | 'DESC';
  readonly limit: number;
  readonly offset: number;
};

/** The use cases about crons over one context. */
export function assembleCrons(deps: RunDeps): Crons {
  const stored = (): CronStore => {
    if (deps.crons === undefined) throw new Error('Crons are not available');
    return deps.crons;
  };
  /** Null: an id that can't be anybody's, so that nothing matches. */
  const filterOf = ({ assistantId: assistant, threadId: thread, ...filter }: FilterCrons): CronFilter | null => {
    const assistantId: AssistantId | null | undefined = assistant === undefined ? undefined : deps.defaults.idOf(assistant);
    const threadId: ThreadId | null | undefined = thread === undefined ? undefined : parseThreadId(thread);
    return assistantId === null || threadId === null ? null : { ...filter, assistantId, threadId };
  };
  return {
    create: (command) => createCron(deps, command),
    update: (command) => updateCron(deps, command),
    delete: (command) => deleteCron(deps, command),
    find: async (owner, id) => {
      const cronId = parseCronId(id);
      return cronId === null ? null : stored().find(owner, cronId);
    },
    search: async ({ sortBy, direction, limit, offset, ...given }) => {
      const filter = filterOf(given);
      const found = filter === null ? [] : await stored().search({ ...filter, sortBy, direction, limit: limit + 1, offset });
      return { crons: found.slice(0, limit), hasMore: found.length > limit };
    },
    page: async ({ window, ...given }) => {
      const filter = filterOf(given);
      return filter === null ? [] : stored().page({ ...filter, window });
    },
    count: async (given) => {
      const filter = filterOf(given);
      return filter === null ? 0 : stored().count(filter);
    },
  };
}
