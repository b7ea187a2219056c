import type { RunCommand } from '../../domain/run.ts';
import { expiryOf, type Thread, type ThreadStatus, type ThreadTtl, type TtlStrategy } from '../../domain/thread.ts';
import type { StateValuesJson, Superstep } from '../../orchestrator/ports/graph-host.ts';
import type { ThreadObject } from '../schemas/objects.ts';
import type { SuperstepBody, TtlBody } from '../schemas/threads.ts';
import { withDamage } from './damaged.ts';

const STATUSES = {
  IDLE: 'idle',
  BUSY: 'busy',
  INTERRUPTED: 'interrupted',
  ERROR: 'error',
} as const satisfies Record<ThreadStatus, ThreadObject['status']>;

/** What a thread's JSON shows beyond its row. */
export type ThreadView = {
  /** The newest state; null before the first checkpoint, and where it can't be read. */
  readonly state: StateValuesJson | null;
  /** Why the state isn't whole, else what the last run failed with, where the thread's status is ERROR. */
  readonly error: { readonly error: string; readonly message: string } | null;
};

/** A thread as the protocol has it (protocol.md §1.2). */
export const threadJson = withDamage(
  (thread: Thread, { state, error }: ThreadView): ThreadObject => ({
    thread_id: thread.id,
    created_at: thread.createdAt.toISOString(),
    updated_at: thread.updatedAt.toISOString(),
    state_updated_at: thread.stateUpdatedAt.toISOString(),
    metadata: thread.metadata,
    status: STATUSES[thread.status],
    config: {},
    values: state?.values ?? null,
    interrupts: interruptsOf(state),
    error,
  }),
);

/** By task. */
const interruptsOf = (state: StateValuesJson | null): ThreadObject['interrupts'] =>
  Object.fromEntries(
    Object.entries(state?.interrupts ?? {}).map(([id, interrupts]) => [id, interrupts.map(({ id, value }) => ({ id, value }))]),
  );

/** What ?include=ttl adds. A thread whose states were cut down already shows when that was due. */
export const ttlJson = ({ ttl, expiresAt, stateUpdatedAt }: Thread): Pick<ThreadObject, 'ttl'> =>
  ttl === null
    ? {}
    : {
        ttl: {
          strategy: TTL_STRATEGIES[ttl.strategy],
          ttl_minutes: ttl.minutes,
          expires_at: (expiresAt ?? expiryOf(ttl, stateUpdatedAt) ?? stateUpdatedAt).toISOString(),
        },
      };

const TTL_STRATEGIES = { DELETE: 'delete', KEEP_LATEST: 'keep_latest' } as const satisfies Record<TtlStrategy, TtlBody['strategy']>;
export const toTtlStrategy = (strategy: TtlBody['strategy']): TtlStrategy => strategy.toUpperCase() as TtlStrategy;
export const toTtl = ({ strategy, ttl }: TtlBody): ThreadTtl => ({ strategy: toTtlStrategy(strategy), minutes: ttl });

export const toSuperstep = ({ updates }: SuperstepBody): Superstep => ({
  updates: updates.map(({ values, command, as_node }) => ({
    values: values ?? null,
    command: command === undefined ? null : (command as RunCommand),
    asNode: as_node ?? null,
  })),
});

export const toThreadStatus = (status: ThreadObject['status']): ThreadStatus => status.toUpperCase() as ThreadStatus;
