import type { Cron } from '../../domain/cron.ts';
import {
  type AssistantId,
  type CronId,
  type Owner,
  parseCronId,
  parseThreadId,
  type ThreadId,
} from '../../domain/ids.ts';
import { bindTo, type RunDeps } from '../context.ts';
import type { CronFilter, CronSortField } from '../ports/crons.ts';
import type { Window } from '../ports/paging.ts';
import { createCron, deleteCron, updateCron } from './change-cron.ts';

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

/** Runs that are started at the times of a schedule. Ids may be any text: what is no UUID is not found. */
export function cronUseCases(deps: RunDeps) {
  const { crons, defaults } = deps;
  const bound = bindTo(deps);
  /** Null: an id that can't be anybody's, so that nothing matches. */
  const filterOf = ({
    assistantId: assistant,
    threadId: thread,
    ...filter
  }: FilterCrons): CronFilter | null => {
    const assistantId: AssistantId | null | undefined =
      assistant === undefined ? undefined : defaults.idOf(assistant);
    const threadId: ThreadId | null | undefined = thread === undefined ? undefined : parseThreadId(thread);
    return assistantId === null || threadId === null ? null : { ...filter, assistantId, threadId };
  };
  return {
    create: bound(createCron),
    update: bound(updateCron),
    /** Runs that it has started stay. */
    delete: bound(deleteCron),
    find: async (owner: Owner, id: string): Promise<Cron | null> => {
      const cronId = parseCronId(id);
      return cronId === null ? null : crons.find(owner, cronId);
    },
    search: async ({ sortBy, direction, limit, offset, ...given }: SearchCrons) => {
      const filter = filterOf(given);
      const found =
        filter === null ? [] : await crons.search({ ...filter, sortBy, direction, limit: limit + 1, offset });
      return { crons: found.slice(0, limit), hasMore: found.length > limit };
    },
    /** Newest first; keys are ids. */
    page: async ({
      window,
      ...given
    }: FilterCrons & { readonly window: Window<CronId> }): Promise<readonly Cron[]> => {
      const filter = filterOf(given);
      return filter === null ? [] : crons.page({ ...filter, window });
    },
    count: async (given: FilterCrons): Promise<number> => {
      const filter = filterOf(given);
      return filter === null ? 0 : crons.count(filter);
    },
  };
}
