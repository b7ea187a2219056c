import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { answeredOrigin } from '../orchestrator/cross-origin.ts';
import type { CorsSettings } from '../orchestrator/ports/deployment.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** What a browser's client reads of an answer: without `location` it can't come back to a stream (protocol.md §0.5). */
const EXPOSED_HEADERS = ['content-location', 'location', 'x-pagination-total', 'x-pagination-next'];

/** CORS as langgraph.json's http.cors has it; without that every page may ask, without credentials. */
export function restCors(settings: CorsSettings | null): MiddlewareHandler {
  // Where no headers are named the preflight's own list is sent back.
  if (settings === null) return cors({ origin: '*', allowMethods: METHODS, exposeHeaders: EXPOSED_HEADERS });
  return cors({
    origin: (origin) => answeredOrigin(settings, origin),
    allowMethods: [...(settings.allowMethods ?? METHODS)],
    allowHeaders: [...(settings.allowHeaders ?? [])],
    credentials: settings.allowCredentials,
    exposeHeaders: [...new Set([...EXPOSED_HEADERS, ...settings.exposeHeaders])],
    maxAge: settings.maxAgeSeconds,
  });
}
