import { randomUUID } from 'node:crypto';
import { DEFAULT_OWNER } from '../domain/ids.ts';
import type { Orchestrator, RequestHeaders } from '../orchestrator/orchestrator.ts';
import type { GraphQLContext } from './context.ts';

export type OperationContextDeps = { readonly orchestrator: Orchestrator; readonly version: string };

/** The context of one operation. Until authentication lands everybody is the same owner. */
export const operationContext = (
  { orchestrator, version }: OperationContextDeps,
  signal: AbortSignal,
  headers: RequestHeaders = {},
): GraphQLContext => ({
  orchestrator,
  version,
  owner: DEFAULT_OWNER,
  requestId: randomUUID(),
  headers,
  signal,
});
