import { createHash } from 'node:crypto';
import { stringify } from 'safe-stable-stringify';
import type { CreateRun } from './orchestrator.ts';
import type { ValidCreateRun } from './validation.ts';

type Hashed = {
  readonly command: CreateRun;
  readonly valid: ValidCreateRun;
  readonly threadId: string;
  readonly assistantId: string;
};

/**
 * Equal for two createRun calls that ask for the same thing: whatever the order of keys in their JSON, whether a default was given or left out,
 * and whether the assistant was named by its id or its graph. Owner, key and the request's headers are not part of it.
 */
export function requestHash({ command, valid, threadId, assistantId }: Hashed): string {
  const { strategy, keepPartialOutput, keepPendingInput, recordEvents } = command;
  return sha256({
    ...valid,
    config: Object.fromEntries(Object.entries(valid.config).filter(([, value]) => value !== null)),
    threadId,
    assistantId,
    ...{ strategy, keepPartialOutput, keepPendingInput, recordEvents },
    checkpointId: command.checkpointId ?? null,
    interruptBefore: command.interruptBefore ?? null,
    interruptAfter: command.interruptAfter ?? null,
    request: command.request ?? null,
    threadMetadata: command.threadMetadata ?? null,
    newThread: command.newThread ?? null,
  });
}

/** The hash of versions before 0.2, which keys stored by them still have: a call that is repeated across the update finds its run. */
export function earlierRequestHash({ command, threadId }: Pick<Hashed, 'command' | 'threadId'>): string {
  const { owner: _owner, idempotencyKey: _key, headers: _headers, ...request } = command;
  return sha256({ ...request, threadId });
}

const sha256 = (value: object): string =>
  createHash('sha256')
    .update(stringify(value) ?? '')
    .digest('hex');
