import { randomUUID } from 'node:crypto';
import { DEFAULT_OWNER, type Owner } from '../domain/ids.ts';
import type { Capacity } from '../orchestrator/limits.ts';
import type { Orchestrator } from '../orchestrator/orchestrator.ts';
import type { RequestHeaders } from '../orchestrator/requests.ts';

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

export type OperationContextDeps = Pick<GraphQLContext, 'orchestrator' | 'version' | 'joins'>;

/** The context of one operation. Until authentication lands everybody is the same owner. */
export const operationContext = (
  { orchestrator, version, joins }: OperationContextDeps,
  signal: AbortSignal,
  headers: RequestHeaders = {},
): GraphQLContext => ({
  orchestrator,
  version,
  joins,
  owner: DEFAULT_OWNER,
  requestId: randomUUID(),
  headers,
  signal,
});
