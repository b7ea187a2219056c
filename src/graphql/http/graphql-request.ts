import type { IncomingMessage } from 'node:http';
import { GraphQLError } from 'graphql';
import type { GraphQLParams } from 'graphql-yoga';
import { isJsonObject } from '../../domain/json.ts';
import { readBody } from './request-body.ts';

/** The operations in a POST's JSON body: one, or a list of them. Rejects with BAD_USER_INPUT or PAYLOAD_TOO_LARGE. */
export async function readOperations(request: IncomingMessage, maxBytes: number): Promise<GraphQLParams | GraphQLParams[]> {
  const body = parseJson(await readBody(request, maxBytes), "The request's body");
  if (Array.isArray(body) || isJsonObject(body)) return body as GraphQLParams | GraphQLParams[];
  throw badRequest("The request's body must be a JSON object with a query, or a list of such objects.");
}

export const isJsonRequest = (request: IncomingMessage): boolean =>
  /^application\/(graphql\+)?json\s*(;|$)/i.test(request.headers['content-type'] ?? '');

/** The operation in a GET's query string. Throws BAD_USER_INPUT. Source: GraphQL over HTTP, "GET". */
export function operationOfUrl({ searchParams }: URL): GraphQLParams {
  const text = (name: string) => searchParams.get(name) || undefined;
  const json = (name: string) => {
    const value = text(name);
    return value === undefined ? undefined : parseJson(value, `The parameter ${name}`);
  };
  const params = {
    query: text('query'),
    operationName: text('operationName'),
    variables: json('variables'),
    extensions: json('extensions'),
  };
  return params as GraphQLParams; // yoga checks the types before it uses any of it
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`${what} is not valid JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** 400 for every client: such a request isn't GraphQL at all. */
export const badRequest = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } });
