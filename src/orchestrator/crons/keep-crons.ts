import type { RunDeps } from '../create-run.ts';
import { CLAIM_MS, DueWork } from '../due-work.ts';
import type { CronStore } from '../ports/crons.ts';
import { startOccurrence } from './start-occurrence.ts';

export type CronDeps = RunDeps & { readonly crons: CronStore };

/** Starts the runs of crons as they become due; of many processes the one that claims a cron starts its run. Disposed, it lets what is being started be stored. */
export const keepCrons = (deps: CronDeps): AsyncDisposable =>
  new DueWork({
    clock: deps.clock,
    logger: deps.logger,
    signals: deps.signals,
    signal: 'cron',
    claimDue: (limit) => deps.crons.claimDue(limit, CLAIM_MS),
    dueInMs: () => deps.crons.dueInMs(),
    // Each runs code of its graph (checks of the input) before it is stored.
    work: async (cron) => {
      await startOccurrence(deps, cron);
    },
    log: {
      looking: 'Could not look for crons that are due; the next sweep tries again',
      piece: 'A scheduled run could not be started; it is due again when its claim is over',
      of: ({ id }) => ({ cronId: id }),
    },
  });
