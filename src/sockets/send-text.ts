import type { WebSocket } from 'ws';

/** Bytes that may wait in a socket before its subscriptions stop reading on. */
const HIGH_WATER_BYTES = 64 * 1024;
/** "Service Restart" (RFC 6455's registry): clients come back. */
export const SERVICE_RESTART = 1012;

/** "Try Again Later" (RFC 6455's registry): clients come back. */
export const TRY_AGAIN_LATER = 1013;

/**
 * Sends at once while the client keeps up; else resolves when the message has left. A client that leaves more than `maxUnsentBytes` unread loses its
 * connection, and comes back with its cursor.
 */
export function sendText(socket: WebSocket, text: string, maxUnsentBytes: number): Promise<void> | undefined {
  if (socket.readyState !== socket.OPEN) return undefined;
  if (socket.bufferedAmount > maxUnsentBytes) {
    socket.close(TRY_AGAIN_LATER, 'Too slow: too many bytes were not read');
    return undefined;
  }
  if (socket.bufferedAmount < HIGH_WATER_BYTES) {
    socket.send(text);
    return undefined;
  }
  return new Promise((resolve) => socket.send(text, () => resolve()));
}
