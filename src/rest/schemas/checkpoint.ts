import { z } from 'zod';
import { absent, jsonObject } from './common.ts';

/** A reference to a checkpoint as clients send it: any member may be missing, the path's thread counts. */
export const checkpointRef = z
  .object({
    thread_id: absent(z.string()),
    checkpoint_ns: absent(z.string()),
    checkpoint_id: absent(z.string()),
    checkpoint_map: absent(jsonObject),
  })
  .meta({ id: 'CheckpointConfig', description: 'Names a checkpoint, or with a namespace alone the newest one in it.' });

export type CheckpointRefBody = z.output<typeof checkpointRef>;
