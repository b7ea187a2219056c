import { createHash } from 'node:crypto';
import { stringify } from 'safe-stable-stringify';
import type { CreateRun } from './orchestrator.ts';

/** Equal for two createRun calls that ask for the same thing, whatever the order of keys in their JSON. Owner, key and the request's headers are not part of it. */
export function requestHash({ owner: _owner, idempotencyKey: _key, headers: _headers, ...request }: CreateRun): string {
  return createHash('sha256')
    .update(stringify(request) ?? '')
    .digest('hex');
}
