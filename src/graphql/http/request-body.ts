import type { IncomingMessage } from 'node:http';
import { GraphQLError } from 'graphql';
import { decodeUtf8 } from '../../domain/json-text.ts';
import { bodyTooLarge } from '../../orchestrator/limits.ts';
import { requestError } from '../request-error.ts';

/** How many bytes of a refused body are still read and thrown away, so that the client gets to read the answer before the socket closes. */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;

/**
 * Reads a request's body as UTF-8 text. Rejects with PAYLOAD_TOO_LARGE beyond `maxBytes`, whether the length was announced or not.
 * The rest of a refused body is discarded; whoever sends far more is cut off.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
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
    throw new GraphQLError("The request's body is not valid UTF-8.", { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } });
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
