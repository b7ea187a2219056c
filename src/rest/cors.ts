import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { AccessRules } from '../orchestrator/access-rules.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** What a browser's client reads of an answer: without `location` it can't come back to a stream (protocol.md §0.5). */
const EXPOSED_HEADERS = ['content-location', 'location', 'x-pagination-total', 'x-pagination-next', 'warning'];

/** CORS for the origins that may call the server. Requests of others have been refused before. */
export function restCors(rules: AccessRules): MiddlewareHandler {
  const { allowCredentials, allowMethods, allowHeaders, exposeHeaders, maxAgeSeconds } = rules.cors;
  return cors({
    origin: (origin, http) => (origin === '' ? null : rules.answeredOrigin(origin, http.req.header('host'))),
    allowMethods: [...(allowMethods ?? METHODS)],
    allowHeaders: [...(allowHeaders ?? [])], // none named: the preflight's own list is sent back
    credentials: allowCredentials,
    exposeHeaders: [...new Set([...EXPOSED_HEADERS, ...exposeHeaders])],
    maxAge: maxAgeSeconds,
  });
}
