import type { RawData } from 'ws';

/** The messages of one WebSocket that are being handled: how many there may be at once, and how many bytes they may have together. */
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
