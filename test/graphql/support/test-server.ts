import { onTestFinished } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { GraphQLServer, type GraphQLServerOptions } from '../../../src/http/server.ts';
import type { Orchestrator } from '../../../src/orchestrator/orchestrator.ts';

type LogLine = { readonly level: string; readonly message: string } & { readonly [field: string]: unknown };
export type TestServer = {
  readonly server: GraphQLServer;
  /** http://127.0.0.1:<port> */
  readonly origin: string;
  readonly url: string;
  readonly webSocketUrl: string;
  /** What the server logged, oldest first. */
  readonly log: readonly LogLine[];
};

/** A listening server that is gone when the test has finished. */
export async function serve(
  orchestrator: Orchestrator,
  options: Partial<GraphQLServerOptions> = {},
): Promise<TestServer> {
  const log: LogLine[] = [];
  const line = (level: string) => (fields: object, message: string) =>
    void log.push({ ...fields, level, message });
  const server = new GraphQLServer({
    orchestrator,
    logger: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    clock: systemClock,
    version: '0.0.0-test',
    readiness: async () => ({ ready: true }),
    playground: true,
    ...options,
  });
  const { port } = new URL(await server.listen(0, '127.0.0.1'));
  onTestFinished(() => server.close('test over', 500));
  const origin = `http://127.0.0.1:${port}`;
  return { server, origin, url: `${origin}/graphql`, webSocketUrl: `ws://127.0.0.1:${port}/graphql`, log };
}

export type Answer = { readonly status: number; readonly type: string | null; readonly body: unknown };

/** Posts one operation the way a modern client does. */
export async function post(url: string, query: string, variables: object = {}): Promise<Answer> {
  return answerOf(
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({ query, variables }),
    }),
  );
}

export const answerOf = async (response: Response): Promise<Answer> => ({
  status: response.status,
  type: response.headers.get('content-type'),
  body: await response.json(),
});
