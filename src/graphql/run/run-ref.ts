import type { Run } from '../../domain/run.ts';
import { builder } from '../builder.ts';

/** The type's name, apart from its fields, so that types which refer to each other need no import cycle. */
export const RunRef = builder.objectRef<Run>('Run');
