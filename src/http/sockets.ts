import type { Writable } from 'node:stream';
import type { RawData, WebSocket } from 'ws';

/** The connection that an answer leaves by. */
export type Outgoing = {
  /** What has been handed over and the client's side has not taken. */
  unsentBytes(): number;
  /** Cuts it, for its client to see that the answer isn't whole. */
  breakOff(): void;
};

export const outgoingOf = (response: Pick<Writable, 'writableLength' | 'destroy'>): Outgoing => ({
  unsentBytes: () => response.writableLength,
  breakOff: () => response.destroy(),
});

/** Bytes that may wait in a socket before its subscriptions stop reading on. */
const HIGH_WATER_BYTES = 64 * 1024;
/** "Service Restart" (RFC 6455's registry): clients come back. */
export const SERVICE_RESTART = 1012;

/** "Try Again Later" (RFC 6455's registry): clients come back. */
const TRY_AGAIN_LATER = 1013;

/**
 * Sends at once while the client keeps up; else resolves when the message has left. A client that leaves more
 * than `maxUnsentBytes` unread loses its connection, and comes back with its cursor.
 */
export function sendText(socket: WebSocket, text: string, maxUnsentBytes: number): Promise<void> | undefined {
  if (socket.readyState !== socket.OPEN) return undefined;
  if (socket.bufferedAmount > maxUnsentBytes) {
    socket.close(TRY_AGAIN_LATER, 'Too slow: too many unread bytes');
    return undefined;
  }
  if (socket.bufferedAmount < HIGH_WATER_BYTES) {
    socket.send(text);
    return undefined;
  }
  return new Promise((resolve) => socket.send(text, () => resolve()));
}

/**
 * The messages of one WebSocket that are being handled: how many there may be at once, and how many bytes
 * they may have together.
 */
export class Underway {
  readonly #max: number;
  readonly #maxBytes: number;
  #count = 0;
  #bytes = 0;

  constructor(max: number, maxBytes: number) {
    this.#max = max;
    this.#maxBytes = maxBytes;
  }

  /** Whether the message that has just begun is too much. One alone never is too long. */
  get isExceeded(): boolean {
    return this.#count > this.#max || (this.#count > 1 && this.#bytes > this.#maxBytes);
  }

  /** Counts a message until what is returned is called, once. */
  begin(bytes: number): () => void {
    this.#count += 1;
    this.#bytes += bytes;
    return () => {
      this.#count -= 1;
      this.#bytes -= bytes;
    };
  }
}

/** The length of a message as it came. */
export const bytesOf = (data: RawData): number =>
  Array.isArray(data) ? data.reduce((sum, { length }) => sum + length, 0) : data.byteLength;
