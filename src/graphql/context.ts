import { randomUUID } from 'node:crypto';
import type { Capacity } from '../http/limits.ts';
import type { RequestContext } from '../http/request-context.ts';
import type { Orchestrator } from '../orchestrator/orchestrator.ts';

/** What every resolver gets. One object per operation. */
export type GraphQLContext = RequestContext & {
  readonly orchestrator: Orchestrator;
  /** Version of the server's package. */
  readonly version: string;
  /** For operations that wait for a run. */
  readonly joins: Capacity;
  /** Names the operation in the log and in masked errors. */
  readonly requestId: string;
  /** Aborts when the caller has gone or the server closes. */
  readonly signal: AbortSignal;
};

export type OperationContextDeps = Pick<GraphQLContext, 'orchestrator' | 'version' | 'joins'>;

/** The context of one operation of the request, or of the WebSocket that it opened. */
export const operationContext = (
  { orchestrator, version, joins }: OperationContextDeps,
  request: RequestContext,
  signal: AbortSignal,
): GraphQLContext => ({
  ...request,
  orchestrator,
  version,
  joins,
  requestId: randomUUID(),
  signal,
});
