import type { Plan, Planned } from './plan.ts';
import type { Superstep } from './script.ts';

/** A plan of these actions with one process, in which nothing goes wrong, unless `plan` says otherwise. */
export const alone = (actions: readonly Planned[], plan: Partial<Plan> = {}): Omit<Plan, 'order'> => ({
  threads: 1,
  maxAttempts: 3,
  processes: [{ role: 'all', skewMs: 0, concurrency: 2 }],
  actions,
  troubles: [],
  faults: [],
  signals: { lose: 0, repeat: 0, delay: 0 },
  ...plan,
});

/** A run of one superstep on a thread: labelled by both. */
export const says = (superstep: Partial<Superstep>, atMs = 0, thread = 0): Planned => ({
  atMs,
  client: 1,
  process: 0,
  action: {
    do: 'create',
    thread,
    label: `say-${atMs}-on-${thread}`,
    strategy: 'ENQUEUE',
    script: [{ tokens: 1, paceMs: 1, ends: 'GO_ON', ignoresAbortMs: 0, ...superstep }],
    isKeyed: false,
    afterSeconds: null,
    timeoutSeconds: null,
    keepPartialOutput: true,
    keepPendingInput: true,
  },
});
