import { DEFAULT_OWNER, type Owner } from '../domain/ids.ts';
import type { RequestHeaders } from '../orchestrator/requests.ts';

/**
 * Who calls. Made once for each HTTP request, also for one that opens a WebSocket, and handed to every
 * operation that comes with it.
 */
export type RequestContext = {
  /** Whose rows the operation sees. */
  readonly owner: Owner;
  /** By their names in lower case. */
  readonly headers: RequestHeaders;
};

/** Says who calls, by the headers of the request. */
export type Identify = (headers: RequestHeaders) => RequestContext;

/** Until authentication lands every caller is the same owner. */
export const asDefaultOwner: Identify = (headers) => ({ owner: DEFAULT_OWNER, headers });
