import type { Clock } from '../orchestrator/ports/environment.ts';

/**
 * Signals between processes can't be set up. The message is one line that names the engine and says why; it
 * holds no password.
 */
export class SignalsError extends Error {
  override readonly name = 'SignalsError';
}

/** What carries messages between the processes of one channel: PostgreSQL, Redis or NATS. */
export interface Engine {
  /** For logs and errors: kind and address, no password. */
  readonly name: string;
  /** How long one message may be, as UTF-8 JSON. */
  readonly maxMessageBytes: number;
  /**
   * Connects once; resolves when the subscription is asked for.
   * Nothing is retried: `onDown` reports that the link is unusable, and its user opens another one.
   */
  connect(events: LinkEvents): Promise<Link>;
}

/** One connected life of an engine. */
export interface Link {
  /** Resolves when the engine has taken the messages, in this order; rejects when it may not have. */
  publish(messages: readonly object[]): Promise<void>;
  /** Ends it, politely for a second at most. Never rejects. */
  close(): Promise<void>;
}

export type LinkEvents = {
  /** A parsed message of the channel, from any process (this one included) or any other writer. */
  readonly onMessage: (data: unknown) => void;
  /** A message of the channel is not valid JSON. */
  readonly onGarbage: (reason: string) => void;
  /** The link is lost; may be called more than once. */
  readonly onDown: (reason: Error) => void;
};

export type EngineOptions = {
  readonly url: string;
  /** At most 63 characters, all of them letters, digits, `_` or `-`. */
  readonly channel: string;
  readonly clock: Clock;
};

/** How long connecting may take. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** How long the engine may take to answer a command. */
export const ANSWER_TIMEOUT_MS = 5_000;
/** How long a goodbye may take before the connection is cut. */
export const CLOSE_TIMEOUT_MS = 1_000;

/** Where a URL leads, for logs and errors: no user, no password, no query. */
export function addressOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host || 'the local socket' : 'an invalid URL';
}
