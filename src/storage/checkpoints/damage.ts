import { CheckpointDamagedError } from '../../orchestrator/ports/checkpoints.ts';
import { concernsOneObject } from '../../orchestrator/ports/store-trouble.ts';

/** Reads a checkpoint. What keeps it from being read, other than a database that can't work at all, is damage to that checkpoint. */
export async function orDamaged<T>(ns: string, checkpointId: string | null, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw concernsOneObject(error) ? new CheckpointDamagedError(ns, checkpointId, error) : error;
  }
}
