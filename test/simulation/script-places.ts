import type { SaverHandle } from '../../src/orchestrator/ports/checkpoints.ts';
import type { MemorySaver } from './memory-saver.ts';
import { EMPTY, type Place, type ScriptState } from './script.ts';

/** The state at a checkpoint; null: the head. */
export async function placeAt(
  { saver }: SaverHandle,
  threadId: string,
  checkpointId: string | null,
): Promise<Place> {
  const configurable = {
    thread_id: threadId,
    checkpoint_ns: '',
    ...(checkpointId === null ? {} : { checkpoint_id: checkpointId }),
  };
  const tuple = await (saver as MemorySaver).getTuple({ configurable });
  if (tuple === undefined)
    return {
      config: { configurable: { thread_id: threadId, checkpoint_ns: '' } },
      state: EMPTY,
      tuple: null,
    };
  return { config: tuple.config, state: tuple.checkpoint.channel_values as unknown as ScriptState, tuple };
}

export type Put = {
  readonly saver: SaverHandle;
  readonly from: Place;
  readonly id: string;
  readonly state: ScriptState;
  readonly source: 'input' | 'loop' | 'update';
};

/** Puts a state as a child of where it was. */
export async function putState({ saver: { saver }, from, id, state, source }: Put): Promise<Place> {
  const config = await (saver as MemorySaver).put(
    from.config,
    { id, channel_values: state },
    { source, step: state.step },
  );
  return { config, state, tuple: null };
}
