import type { EventBody } from './event.ts';

/**
 * The root checkpoint up to which these events of a run tell its conversation: the last one that they name. Null: the conversation was told to be
 * empty. Undefined: they name none, so readers have what there was before them.
 */
export function toldCheckpoint(bodies: readonly EventBody[]): string | null | undefined {
  const last = bodies.findLast((body) => body.kind === 'MESSAGES_RESET' || (body.kind === 'CHECKPOINT' && body.ns === ''));
  return last?.kind === 'MESSAGES_RESET' || last?.kind === 'CHECKPOINT' ? last.checkpointId : undefined;
}
