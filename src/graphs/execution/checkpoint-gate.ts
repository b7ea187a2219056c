import type { EventBody } from '../../domain/event.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ClaimedSaver } from '../../orchestrator/ports/checkpoints.ts';
import type { Mapped } from './stream-mapper.ts';

/**
 * When LangGraph stores a superstep's checkpoint: before the next one starts, while it runs, or only the last
 * one, at the end of the run.
 */
export type Durability = 'sync' | 'async' | 'exit';

export const durabilityOf = (config: JsonObject): Durability => {
  const { durability } = config;
  return durability === 'async' || durability === 'exit' ? durability : 'sync';
};

const refersToCheckpoint = (body: EventBody): boolean =>
  body.kind === 'VALUES' || body.kind === 'CHECKPOINT' || body.kind === 'MESSAGES_RESET';

/**
 * Lets events that refer to a checkpoint through once it is committed. With `sync` that is awaited on the
 * spot. With `async` LangGraph may not even have asked for the checkpoint to be stored when it speaks of it,
 * so the references wait for the end of the stream.
 */
export class CheckpointGate {
  readonly #saver: ClaimedSaver;
  readonly #durability: Durability;
  readonly #held: Mapped[] = [];

  constructor(saver: ClaimedSaver, durability: Durability) {
    this.#saver = saver;
    this.#durability = durability;
  }

  /** What may be emitted now. Rejects as the checkpoint's put did. */
  async pass({ bodies, checkpoint }: Mapped): Promise<readonly EventBody[]> {
    if (checkpoint === null) return bodies;
    if (this.#durability === 'sync') {
      await this.#saver.committed(checkpoint.ns, checkpoint.id);
      return bodies;
    }
    this.#held.push({ bodies: bodies.filter(refersToCheckpoint), checkpoint });
    return bodies.filter((body) => !refersToCheckpoint(body));
  }

  /** What was held back, once the stream has ended and LangGraph has asked for all it stores. */
  async close(): Promise<readonly EventBody[]> {
    for (const { checkpoint } of this.#held)
      if (checkpoint !== null) await this.#saver.committed(checkpoint.ns, checkpoint.id);
    return this.#held.flatMap(({ bodies }) => bodies);
  }
}
