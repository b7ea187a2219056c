import { createHash } from 'node:crypto';
import { SignalsError } from './signals-error.ts';

/** Goes into a notification channel's name, a Redis channel and a NATS subject alike; 63 characters are what PostgreSQL takes. */
const PREFIX = /^[A-Za-z0-9_-]{1,40}$/;

/**
 * The channel that all processes of one database share and others don't, whatever way they reach it: the prefix and a hash of what the
 * database says of itself.
 * @throws SignalsError when the prefix isn't allowed
 */
export function channelName(prefix: string, identity: string): string {
  if (!PREFIX.test(prefix)) {
    throw new SignalsError(`The signals channel's prefix must be 1 to 40 letters, digits, "_" or "-", not ${JSON.stringify(prefix)}`);
  }
  return `${prefix}-${createHash('sha256').update(identity).digest('hex').slice(0, 16)}`;
}
