import type { Thread } from '../../domain/thread.ts';
import { builder } from '../builder.ts';

/** The type's name, apart from its fields, so that types which refer to each other need no import cycle. */
export const ThreadRef = builder.objectRef<Thread>('Thread');
