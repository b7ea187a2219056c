import { randomUUID } from 'node:crypto';
import { DEFAULT_OWNER } from '../domain/ids.ts';
import type { RequestHeaders } from '../orchestrator/orchestrator.ts';
import type { GraphQLContext } from './context.ts';

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
