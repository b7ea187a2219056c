import type { AccessRules } from '../http/access-rules.ts';
import type { Capacity, Limits } from '../http/limits.ts';
import type { Identify } from '../http/request-context.ts';
import type { Orchestrator } from '../orchestrator/orchestrator.ts';
import type { Clock, Logger } from '../orchestrator/ports/environment.ts';
import type { UnfinishedRuns } from './metrics.ts';

/** What the facade needs of the service. */
export type RestDeps = {
  readonly orchestrator: Orchestrator;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Version of the package, for /info and /openapi.json. */
  readonly version: string;
  /** Version of LangGraph.js, for /info. */
  readonly langgraphVersion: string;
  /**
   * Aborts when the server closes: what waits or streams ends then, so that its client comes back to another
   * process.
   */
  readonly closing: AbortSignal;
  /** Rejects unless the database answers; for /ok?check_db=1. */
  readonly checkDatabase: () => Promise<void>;
  /** Of all owners, in the whole database; for /metrics. */
  readonly countUnfinishedRuns: () => Promise<UnfinishedRuns>;
  /** Which pages get CORS headers. */
  readonly access: AccessRules;
  readonly identify: Identify;
  readonly limits: Limits;
  /** For requests that wait for a run. */
  readonly joins: Capacity;
  /** For event streams over HTTP. */
  readonly streams: Capacity;
};
