import type { IncomingMessage } from 'node:http';
import { GraphQLError } from 'graphql';
import type { GraphQLParams } from 'graphql-yoga';
import { isJsonObject } from '../../domain/json.ts';
import { decodeUtf8 } from '../../domain/text.ts';
import { bodyTooLarge } from '../../http/limits.ts';
import { requestError } from '../error-masking.ts';

/**
 * How many bytes of a refused body are still read and thrown away, so that the client gets to read the answer
 * before the socket closes.
 */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;

/**
 * Reads a request's body as UTF-8 text. Rejects with PAYLOAD_TOO_LARGE beyond `maxBytes`, whether the length
 * was announced or not. The rest of a refused body is discarded; a client that sends far more is
 * disconnected.
 */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(request, maxBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    request.on('data', function take(chunk: Buffer) {
      bytes += chunk.length;
      if (bytes <= maxBytes) return chunks.push(chunk);
      request.off('data', take);
      return reject(tooLarge(request, maxBytes));
    });
    request.once('end', resolve);
    request.once('error', reject);
  });
  try {
    return decodeUtf8(Buffer.concat(chunks));
  } catch {
    throw new GraphQLError('The request body is not valid UTF-8.', {
      extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
    });
  }
}

function tooLarge(request: IncomingMessage, maxBytes: number): Error {
  let discarded = 0;
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > MAX_DISCARDED_BYTES) request.destroy();
  });
  request.resume();
  return requestError('PAYLOAD_TOO_LARGE', bodyTooLarge(maxBytes));
}

/**
 * The operations in a POST's JSON body: one, or a list of them. Rejects with BAD_USER_INPUT or
 * PAYLOAD_TOO_LARGE.
 */
export async function readOperations(
  request: IncomingMessage,
  maxBytes: number,
): Promise<GraphQLParams | GraphQLParams[]> {
  const body = parseJson(await readBody(request, maxBytes), 'The request body');
  if (Array.isArray(body) || isJsonObject(body)) return body as GraphQLParams | GraphQLParams[];
  throw badRequest('The request body must be a JSON object with a query, or a list of such objects.');
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
