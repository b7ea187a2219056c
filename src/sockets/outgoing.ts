import type { Writable } from 'node:stream';

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
