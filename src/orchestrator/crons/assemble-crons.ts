import type { AssistantId, ThreadId } from '../../domain/ids.ts';
import { parseCronId, parseThreadId } from '../../domain/ids.ts';
import type { RunDeps } from '../create-run.ts';
import type { CronFilter, CronStore } from '../ports/crons.ts';
import { createCron, deleteCron, updateCron } from './change-cron.ts';
import type { Crons, FilterCrons } from './crons.ts';

/** The use cases about crons over one context. */
export function assembleCrons(deps: RunDeps): Crons {
  const stored = (): CronStore => {
    if (deps.crons === undefined) throw new Error('There are no crons here');
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
