import { builder } from '../builder.ts';
import { RunRef } from '../run/run-ref.ts';
import { InterruptType } from '../thread/thread-state-type.ts';
import { EventInterface, type EventOf } from './event-interface.ts';

/** Events that tell how a run goes. They are no stream mode: every subscription to runs has them. */

const interfaces = [EventInterface];
const RUN = 'The run as it is when the event is delivered.';

export const RunQueuedType = builder.objectRef<EventOf<'RUN_QUEUED'>>('RunQueued').implement({
  description: 'A run was accepted.',
  interfaces,
  fields: (t) => ({ run: t.field({ type: RunRef, description: RUN, resolve: ({ body }) => body.run }) }),
});

export const RunStartedType = builder.objectRef<EventOf<'RUN_STARTED'>>('RunStarted').implement({
  description: 'A process began to execute the run.',
  interfaces,
  fields: (t) => ({ run: t.field({ type: RunRef, description: RUN, resolve: ({ body }) => body.run }) }),
});

export const RunResumedType = builder.objectRef<EventOf<'RUN_RESUMED'>>('RunResumed').implement({
  description: 'Another process took the run over; attempt counts up.',
  interfaces,
  fields: (t) => ({
    attempt: t.int({ description: 'Which attempt this is; the first start was 1.', resolve: ({ body }) => body.attempt }),
  }),
});

export const RunEndedType = builder.objectRef<EventOf<'RUN_ENDED'>>('RunEnded').implement({
  description: "The run's last event: it has ended.",
  interfaces,
  fields: (t) => ({
    run: t.field({ type: RunRef, description: RUN, resolve: ({ body }) => body.run }),
    interrupts: t.field({
      type: [InterruptType],
      description: 'What the graph asks a human, when the run ended AWAITING_HUMAN; else empty.',
      resolve: ({ body }) => [...body.interrupts],
    }),
    abandoned: t.stringList({
      description: 'Nodes and tools that ignored the stop and were still at work when the grace period ended; see Run.abandoned.',
      resolve: ({ body }) => [...(body.abandoned ?? [])],
    }),
  }),
});

export const RunRolledBackType = builder.objectRef<EventOf<'RUN_ROLLED_BACK'>>('RunRolledBack').implement({
  description: "Stands in the place of a removed run's events.",
  interfaces,
  fields: (t) => ({
    abandoned: t.stringList({
      description: 'Nodes and tools that ignored the stop and were still at work when the grace period ended; see Run.abandoned.',
      resolve: ({ body }) => [...(body.abandoned ?? [])],
    }),
  }),
});

export const RunStatusChangedType = builder.objectRef<EventOf<'RUN_QUEUED' | 'RUN_STARTED' | 'RUN_ENDED'>>('RunStatusChanged').implement({
  description: 'A run of the thread was accepted, started or ended.',
  interfaces,
  fields: (t) => ({ run: t.field({ type: RunRef, description: RUN, resolve: ({ body }) => body.run }) }),
});
