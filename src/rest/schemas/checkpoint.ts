import { z } from 'zod';
import { absent, jsonObject, longText, text } from './common.ts';

/** A reference to a checkpoint as clients send it: any member may be missing, the path's thread counts. */
export const checkpointRef = z
  .object({
    thread_id: absent(text()),
    checkpoint_ns: absent(longText()),
    checkpoint_id: absent(text()),
    checkpoint_map: absent(jsonObject),
  })
  .meta({ id: 'CheckpointConfig', description: 'Names a checkpoint, or with a namespace alone the newest one in it.' });

export type CheckpointRefBody = z.output<typeof checkpointRef>;
