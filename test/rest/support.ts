import { fileURLToPath } from 'node:url';
import { Client } from '@langchain/langgraph-sdk';
import { Client as Client2 } from 'langgraph-sdk-2';
import type { Service } from '../../src/service.ts';
import { type ServiceOptions, startTestService } from '../support/service.ts';
import { checkAnswer } from './official-schema.ts';

/** Graphs of the facade's tests; `agent` is protocol.md §9's. */
const REST_GRAPHS = fileURLToPath(new URL('./graphs/langgraph.json', import.meta.url));

/** A service with the protocol's clients, whose every JSON answer is checked against the official schema. */
export type RestServer = AsyncDisposable & {
  readonly service: Service;
  /** Where the protocol is: scheme, host and port. */
  readonly api: string;
  /** @langchain/langgraph-sdk 1.15.0 */
  readonly client: Client;
  /** @langchain/langgraph-sdk 2.0.0 */
  readonly client2: Client2;
  /** As fetch, for a path. */
  readonly request: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<RestAnswer>;
};
type RestAnswer = { readonly status: number; readonly headers: Headers; readonly body: unknown };

/** Use it with `await using`. */
export async function startRestServer(options: ServiceOptions = {}): Promise<RestServer> {
  const service = await startTestService({ langgraphJson: REST_GRAPHS, ...options });
  const api = new URL(service.url).origin;
  return {
    service,
    api,
    client: new Client({ apiUrl: api, apiKey: null as never, callerOptions }),
    client2: new Client2({ apiUrl: api, callerOptions }),
    request: async (method, path, body, headers = {}) => {
      const response = await checkedFetch(`${api}${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('application/json') === true;
      return {
        status: response.status,
        headers: response.headers,
        body: isJson && text !== '' ? JSON.parse(text) : text,
      };
    },
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

const callerOptions = { fetch: checkedFetch, maxRetries: 0 };

/** fetch, rejecting when a JSON answer is not as the official schema has it, or a 200 has no body (§0.4). */
async function checkedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  const type = response.headers.get('content-type') ?? '';
  if (!type.includes('application/json')) return response;
  const url = new URL(input instanceof Request ? input.url : input);
  const text = await response.text();
  const body: unknown = JSON.parse(text);
  // The official schema has whole objects only.
  const isSelection =
    url.searchParams.has('select') || (typeof init?.body === 'string' && init.body.includes('"select":'));
  if (!isSelection) checkAnswer(init?.method ?? 'GET', url.pathname, response.status, body);
  return new Response(text, { status: response.status, headers: response.headers });
}
