import type { Owner } from '../domain/ids.ts';
import type { Capacity } from '../orchestrator/capacity.ts';
import type { Orchestrator, RequestHeaders } from '../orchestrator/orchestrator.ts';

/** What every resolver gets. One object per operation. */
export type GraphQLContext = {
  readonly orchestrator: Orchestrator;
  /** Whose rows the operation sees. */
  readonly owner: Owner;
  /** Version of the server's package. */
  readonly version: string;
  /** For operations that wait for a run. */
  readonly joins: Capacity;
  /** Names the operation in the log and in masked errors. */
  readonly requestId: string;
  /** Of the request, or of the one that opened the WebSocket. */
  readonly headers: RequestHeaders;
  /** Aborts when the caller has gone or the server closes. */
  readonly signal: AbortSignal;
};
