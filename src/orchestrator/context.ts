import type { ThreadTtl } from '../domain/thread.ts';
import type { DefaultAssistants } from './commands/default-assistants.ts';
import type { CheckpointStore } from './ports/checkpoints.ts';
import type { CronStore } from './ports/crons.ts';
import type { HeaderPatterns } from './ports/deployment.ts';
import type { Clock, Logger, Signals } from './ports/environment.ts';
import type { GraphHost } from './ports/graph-host.ts';
import type { LongTermStore } from './ports/item-store.ts';
import type { Store } from './ports/store.ts';
import type { Subscriptions } from './ports/subscriptions.ts';
import type { WebhookOutbox, WebhookPolicy } from './ports/webhooks.ts';

/** What the use cases need of the world. */
export type Context = {
  readonly store: Store;
  readonly checkpoints: CheckpointStore;
  readonly longTerm: LongTermStore;
  readonly webhooks: WebhookPolicy;
  readonly outbox: WebhookOutbox;
  readonly crons: CronStore;
  readonly graphs: GraphHost;
  readonly signals: Signals;
  readonly subscriptions: Subscriptions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly options: OrchestratorOptions;
};

export type OrchestratorOptions = {
  /** Names this process in leases and logs. */
  readonly workerId: string;
  /** Runs that this process executes at once. */
  readonly concurrency: number;
  readonly leaseMs: number;
  /** An executor gives up this long before its lease could be over. */
  readonly leaseMarginMs: number;
  /** A run that was alone with its process at so many deaths ends WORKER_LOST (ADR 0032). */
  readonly maxAttempts: number;
  /** How long a stopped stream may take to settle before the run is settled without it. */
  readonly graceMs: number;
  /** How often the database is looked through for what a lost signal or a lost worker left. */
  readonly sweepMs: number;
  /**
   * A process whose slots are all taken is stuck when no run of it has started, ended or written anything for
   * this long; null: it never is.
   */
  readonly stuckMs: number | null;
  readonly idempotencyTtlMs: number;
  /** How often it is looked for threads whose ttl is over. */
  readonly ttlSweepMs: number;
  /** Threads that one such sweep prunes at most; null: all whose time is over. */
  readonly ttlSweepLimit: number | null;
  /** What threads get that are created without a ttl; null: they stay. */
  readonly defaultTtl: ThreadTtl | null;
  /** Which headers of a request become config.configurable of its run; null: none. */
  readonly configurableHeaders: HeaderPatterns | null;
  readonly limits: MetadataLimits;
};

export type MetadataLimits = {
  /** One metadata object of a thread, run, assistant or cron, as UTF-8 bytes of its JSON. */
  readonly maxMetadataBytes: number;
};

export const DEFAULT_OPTIONS: Omit<OrchestratorOptions, 'workerId'> = {
  concurrency: 64,
  leaseMs: 30_000,
  leaseMarginMs: 5_000,
  maxAttempts: 3,
  graceMs: 5_000,
  sweepMs: 5_000,
  stuckMs: 5 * 60_000,
  idempotencyTtlMs: 24 * 60 * 60 * 1_000,
  ttlSweepMs: 60_000,
  ttlSweepLimit: null,
  defaultTtl: null,
  configurableHeaders: null,
  limits: { maxMetadataBytes: 64 * 1024 },
};

export type RunDeps = Context & { readonly defaults: DefaultAssistants };

/** Use cases as their callers have them: with what they need of the world already given. */
export const bindTo =
  <Deps>(deps: Deps) =>
  <Command, Outcome>(action: (deps: Deps, command: Command) => Outcome) =>
  (command: Command): Outcome =>
    action(deps, command);
