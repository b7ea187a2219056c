import type { IncomingMessage } from 'node:http';
import type { CORSOptions } from 'graphql-yoga';
import { allowsOrigin, answeredOrigin } from '../../orchestrator/cross-origin.ts';
import type { CorsSettings } from '../../orchestrator/ports/deployment.ts';

const METHODS = ['GET', 'POST', 'OPTIONS'];

/**
 * CORS as langgraph.json's http.cors has it. Without that every page may ask: there are no cookies, hence neither credentials nor anything
 * that a forged request could borrow.
 */
export function graphqlCors(settings: CorsSettings | null): CORSOptions | ((request: Request) => CORSOptions) {
  if (settings === null) return { origin: '*', credentials: false, methods: METHODS };
  return (request) => {
    const origin = request.headers.get('origin');
    const answered = origin === null ? null : answeredOrigin(settings, origin);
    if (answered === null) return false;
    return {
      origin: answered,
      credentials: settings.allowCredentials,
      methods: [...(settings.allowMethods ?? METHODS)],
      ...(settings.allowHeaders === null ? {} : { allowedHeaders: [...settings.allowHeaders] }),
      exposedHeaders: [...settings.exposeHeaders],
      maxAge: settings.maxAgeSeconds,
    };
  };
}

/** Whether a WebSocket may be opened. Browsers leave that to the server: CORS doesn't apply. What is no browser says no origin. */
export function allowsSocket(settings: CorsSettings | null, { headers: { origin, host } }: IncomingMessage): boolean {
  if (settings === null || origin === undefined) return true;
  return (URL.canParse(origin) && new URL(origin).host === host) || allowsOrigin(settings, origin);
}
