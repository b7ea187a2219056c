import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

export function sendJson(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** Refuses an upgrade to a WebSocket, and closes the connection. Null: an answer without a body. */
export function refuseUpgrade(
  socket: Duplex,
  status: number,
  body: object | null,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = body === null ? '' : JSON.stringify(body);
  const lines = Object.entries({
    Connection: 'close',
    ...(body === null ? {} : { 'Content-Type': 'application/json; charset=utf-8' }),
    'Content-Length': String(Buffer.byteLength(text)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${text}`);
}
