import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AccessRules } from '../../http/access-rules.ts';
import { sendJson } from '../../http/health.ts';
import { requestError } from '../error-masking.ts';
import { GRAPHQL_PATH } from './yoga-handler.ts';

/** Why a browser's request is refused (AccessRules); null: it is served. */
export const accessProblem = (rules: AccessRules, { headers }: IncomingMessage): string | null =>
  rules.problemOf({
    host: headers.host,
    origin: headers.origin,
    fetchSite: headerOf(headers['sec-fetch-site']),
    fetchMode: headerOf(headers['sec-fetch-mode']),
  });

/** 403 in the form that clients of the path expect, without CORS headers. */
export function sendForbidden(request: IncomingMessage, response: ServerResponse, problem: string): void {
  // The body is never read: what keeps coming would hold up the connection.
  response.setHeader('connection', 'close');
  sendJson(response, 403, forbiddenBody(request, problem));
}

/** The same as the answer to an upgrade. */
export function endForbidden(request: IncomingMessage, socket: Duplex, problem: string): void {
  const body = JSON.stringify(forbiddenBody(request, problem));
  socket.end(
    `HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

const forbiddenBody = ({ url = '/' }: IncomingMessage, problem: string): object =>
  url.split('?', 1)[0] === GRAPHQL_PATH ? { errors: [requestError('FORBIDDEN', problem)] } : { detail: problem };

const headerOf = (value: string | readonly string[] | undefined): string | undefined =>
  value === undefined || typeof value === 'string' ? value : value[0];
