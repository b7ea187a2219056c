import type { Owner, ThreadId } from '../domain/ids.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { MultitaskStrategy, Run, StopAction, UnknownBreakpoints } from '../domain/run.ts';
import type { RequestedRunOptions } from '../domain/run-options.ts';
import type { Thread, ThreadTtl, TtlStrategy } from '../domain/thread.ts';
import type { Accepted, Busy, Exists, Found, IdempotencyConflict, Invalid, NotFound } from './outcomes.ts';
import type { Superstep } from './ports/graph-host.ts';

export type CreateThread = {
  readonly owner: Owner;
  readonly id?: string | undefined;
  readonly metadata?: Json | undefined;
  readonly ifExists: 'RAISE' | 'RETURN';
  /** Null: none. Absent: the server's default. */
  readonly ttl?: ThreadTtl | null | undefined;
  /**
   * Its first states, each superstep as one checkpoint; the thread's metadata then has to name the graph
   * (`graph_id`). Not for a thread that is there.
   */
  readonly supersteps?: readonly Superstep[] | undefined;
  /** Discarded after its one run. Default: false. */
  readonly temporary?: boolean | undefined;
};

export type CreateThreadOutcome = Found<Thread> | Exists | Invalid;

export type UpdateThread = {
  readonly owner: Owner;
  readonly threadId: string;
  /** Absent: as it is. */
  readonly metadata?: Json | undefined;
  /** Null: none any more. Absent: as it is. */
  readonly ttl?: ThreadTtl | null | undefined;
};

export type PruneThreads = {
  readonly owner: Owner;
  readonly threadIds: readonly string[];
  readonly strategy: TtlStrategy;
};

export type PrunedThreads = { readonly pruned: readonly ThreadId[]; readonly busy: readonly ThreadId[] };

export type UpdateThreadStateCommand = {
  readonly owner: Owner;
  readonly threadId: string;
  readonly values: Json;
  readonly asNode?: string | undefined;
  readonly checkpointId?: string | undefined;
  /** Namespace of the subgraph to update; absent: the root graph. */
  readonly ns?: string | undefined;
};

export type BulkUpdateThreadState = {
  readonly owner: Owner;
  readonly threadId: string;
  readonly supersteps: readonly Superstep[];
};

/** What a run is asked for with, at once or by a cron. Absent and null mean the same. */
export type RunContent = RequestedRunOptions & {
  readonly input?: Json | undefined;
  readonly config?: Json | undefined;
  readonly context?: Json | undefined;
  readonly metadata?: Json | undefined;
  /** Absent: REFUSE. */
  readonly unknownBreakpoints?: UnknownBreakpoints | undefined;
  /** Kept with the run and never looked at: see Run.request. */
  readonly request?: JsonObject | undefined;
};

/**
 * Arguments as the caller gave them; createRun validates them. Absent and null mean the same, but for `input`
 * inside of a command.
 */
export type CreateRun = RunContent & {
  readonly owner: Owner;
  readonly threadId: string;
  readonly assistantId: string;
  /** { resume?, update?, goto? } */
  readonly command?: Json | undefined;
  readonly strategy: MultitaskStrategy;
  readonly keepPartialOutput: boolean;
  readonly keepPendingInput: boolean;
  readonly checkpointId?: string | undefined;
  readonly afterSeconds?: number | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly idempotencyKey?: string | undefined;
  /** URL that is notified when the run ends. */
  readonly webhook?: string | undefined;
  /**
   * Headers of the request, by their names: what the deployment's patterns choose of them becomes
   * config.configurable.
   */
  readonly headers?: RequestHeaders | undefined;
  /**
   * Metadata of the thread that is made where there is none; absent: a thread that does not exist is not
   * found.
   */
  readonly newThread?: JsonObject | undefined;
  /** What the thread's metadata gets where it has no such key yet. */
  readonly threadMetadata?: JsonObject | undefined;
};

export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export type CreateRunOutcome = Accepted<Run> | Busy | NotFound | Invalid | IdempotencyConflict;

export type CreateStatelessRun = Omit<
  CreateRun,
  'threadId' | 'strategy' | 'checkpointId' | 'idempotencyKey' | 'newThread' | 'threadMetadata'
> & { readonly keepThread: boolean };

/** `index`: of the run that is refused; issues have it in their paths. */
export type CreateStatelessRunsOutcome =
  | Accepted<readonly Run[]>
  | (NotFound & { readonly index: number })
  | Invalid;

/** Those named, of one thread, or all of some statuses. */
export type CancelRuns = { readonly owner: Owner; readonly action: StopAction } & (
  | { readonly threadId: string; readonly runIds: readonly string[] }
  | { readonly status: readonly ('PENDING' | 'RUNNING')[] }
);

export type RunRef = { readonly owner: Owner; readonly threadId: string; readonly runId: string };

export type JoinRun = RunRef & {
  readonly timeoutSeconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where it takes a place when it has to wait; absent: the caller holds one. */
  readonly capacity?: { take(): Disposable | null } | undefined;
};

/** A run that was removed gives its joiners notFound. */
export type JoinRunOutcome =
  | { readonly kind: 'joined'; readonly run: Run }
  | NotFound
  /**
   * timeoutSeconds makes no sense; in GraphQL an invalid operation (BAD_USER_INPUT), for the union has no
   * member for it.
   */
  | Invalid
  | { readonly kind: 'timeout'; readonly run: Run }
  /** All places of `capacity` are taken. */
  | { readonly kind: 'full' };

export type CancelRun = RunRef & { readonly action: StopAction };
