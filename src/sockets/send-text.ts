import type { WebSocket } from 'ws';

/** Bytes that may wait in a socket before its subscriptions stop reading on. */
const HIGH_WATER_BYTES = 64 * 1024;
/** "Service Restart" (RFC 6455's registry): clients come back. */
export const SERVICE_RESTART = 1012;

/** Sends at once while the client keeps up; else resolves when the message has left. */
export function sendText(socket: WebSocket, text: string): Promise<void> | undefined {
  if (socket.readyState !== socket.OPEN) return undefined;
  if (socket.bufferedAmount < HIGH_WATER_BYTES) {
    socket.send(text);
    return undefined;
  }
  return new Promise((resolve) => socket.send(text, () => resolve()));
}
