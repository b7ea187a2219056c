import type { Cron } from '../../domain/cron.ts';
import type { ThreadId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { CreateRun } from '../orchestrator.ts';

export type RunSource = Pick<Cron, 'id' | 'owner' | 'assistantId' | 'threadId' | 'onRunCompleted' | 'strategy' | 'payload' | 'metadata'>;

/** What a cron's run on this thread is created with. */
export function cronRun(
  { id, owner, assistantId, threadId, onRunCompleted, strategy, payload, metadata }: RunSource,
  on: ThreadId,
): CreateRun {
  const { durability, request, webhook, interruptBefore, interruptAfter, unknownBreakpoints } = payload;
  return {
    owner,
    threadId: on,
    assistantId,
    // A new thread has no state to go on from: without an input the graph gets an empty one.
    input: payload.input ?? (threadId === null ? {} : undefined),
    strategy: strategy ?? 'ENQUEUE',
    keepPartialOutput: true,
    keepPendingInput: true,
    // `async` is served as the default (protocol.md §2.4).
    config: durability === 'exit' ? { ...payload.config, durability } : payload.config,
    context: payload.context ?? undefined,
    metadata: { ...metadata, cron_id: id },
    interruptBefore: interruptBefore ?? undefined,
    interruptAfter: interruptAfter ?? undefined,
    unknownBreakpoints,
    recordEvents: payload.recordEvents,
    webhook: webhook ?? undefined,
    request: requestOf(request, onRunCompleted === 'DELETE'),
  };
}

const requestOf = (request: JsonObject | null, temporary: boolean): JsonObject | undefined =>
  request === null && !temporary ? undefined : { ...request, temporary };
