import type { Json, JsonObject } from '../../domain/json.ts';
import type { MultitaskStrategy, Run, RunStatus } from '../../domain/run.ts';
import { withDamage } from '../damaged-json.ts';
import type { RunObject } from '../schema.ts';
import { requestedStreamOf } from '../streaming/requested-stream.ts';
import { runOptionsJson } from './run-schema.ts';

const STATUSES = {
  PENDING: 'pending',
  RUNNING: 'running',
  SUCCESS: 'success',
  ERROR: 'error',
  TIMEOUT: 'timeout',
  INTERRUPTED: 'interrupted',
} as const satisfies Record<RunStatus, RunObject['status']>;
const STRATEGIES = {
  REJECT: 'reject',
  ENQUEUE: 'enqueue',
  INTERRUPT: 'interrupt',
  ROLLBACK: 'rollback',
} as const satisfies Record<MultitaskStrategy, RunObject['multitask_strategy']>;

const CANCEL_REASONS = { CANCELLED: 'cancelled', SUPERSEDED: 'superseded' } as const;

/** A run as the protocol has it (protocol.md §1.3). */
export const runJson = withDamage(
  (run: Run): RunObject => ({
    run_id: run.id,
    thread_id: run.threadId,
    assistant_id: run.assistantId,
    created_at: run.createdAt.toISOString(),
    updated_at: run.updatedAt.toISOString(),
    status: statusJson(run.status),
    metadata: run.metadata,
    kwargs: kwargsOf(run),
    multitask_strategy: STRATEGIES[run.strategy],
    cancel_reason:
      run.endReason === 'CANCELLED' || run.endReason === 'SUPERSEDED' ? CANCEL_REASONS[run.endReason] : null,
    // Not the protocol's: only there where it says something.
    ...((run.abandoned ?? []).length === 0 ? {} : { abandoned: [...run.abandoned] }),
  }),
);

/** A status as the protocol writes it. */
export const statusJson = (status: RunStatus): RunObject['status'] => STATUSES[status];

/** The stored request. Clients never depend on it. */
const kwargsOf = (run: Run): JsonObject => ({
  input: run.input,
  command: run.command,
  config: run.config,
  context: run.context,
  ...runOptionsJson(run),
  webhook: run.webhook,
  ...streamOf(run),
  temporary: run.request?.['temporary'] === true,
});

function streamOf(run: Run): JsonObject {
  const { modes, subgraphs, resumable } = requestedStreamOf(run);
  return { stream_mode: modes, subgraphs, resumable };
}

export const toStrategy = (strategy: RunObject['multitask_strategy']): MultitaskStrategy =>
  strategy.toUpperCase() as MultitaskStrategy;
export const toRunStatus = (status: RunObject['status']): RunStatus => status.toUpperCase() as RunStatus;

/**
 * The payload of a finished run's webhook: the run with its times and the values it left (protocol.md §7.6).
 * @param values null where it left none, or where they would be too long
 */
export const webhookPayload = (run: Run, values: Json, sentAt: Date): object => ({
  ...runJson(run),
  ...(run.startedAt === null ? {} : { run_started_at: run.startedAt.toISOString() }),
  ...(run.finishedAt === null ? {} : { run_ended_at: run.finishedAt.toISOString() }),
  webhook_sent_at: sentAt.toISOString(),
  values,
  error: run.error === null ? null : { error: run.error.name, message: run.error.message },
});
