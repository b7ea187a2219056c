import type { CORSOptions } from 'graphql-yoga';
import type { AccessRules } from '../../orchestrator/access-rules.ts';

const METHODS = ['GET', 'POST', 'OPTIONS'];

/** CORS for the origins that may call the server. Requests of others have been refused before. */
export function graphqlCors(rules: AccessRules): (request: Request) => CORSOptions {
  const { allowCredentials, allowMethods, allowHeaders, exposeHeaders, maxAgeSeconds } = rules.cors;
  return ({ headers }) => {
    const origin = headers.get('origin');
    const answered = origin === null ? null : rules.answeredOrigin(origin, headers.get('host') ?? undefined);
    if (answered === null) return false;
    return {
      origin: answered,
      credentials: allowCredentials,
      methods: [...(allowMethods ?? METHODS)],
      ...(allowHeaders === null ? {} : { allowedHeaders: [...allowHeaders] }),
      exposedHeaders: [...exposeHeaders],
      maxAge: maxAgeSeconds,
    };
  };
}
