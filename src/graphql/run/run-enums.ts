import type { Run } from '../../domain/run.ts';
import { builder } from '../builder.ts';

/** The type's name, apart from its fields, so that types which refer to each other need no import cycle. */
export const RunRef = builder.objectRef<Run>('Run');

export const MultitaskStrategyEnum = builder.enumType('MultitaskStrategy', {
  description: 'What a new run does when its thread has unfinished runs.',
  values: {
    REJECT: { description: 'Refuse the new run while any run of the thread is unfinished; nothing is stored.' },
    ENQUEUE: {
      description:
        "Run it after every earlier run of the thread has ended, first in first out. A delayed run doesn't hold up those behind it; it takes its place when it is due.",
    },
    INTERRUPT: {
      description: 'Stop the running run and supersede the waiting ones, keep what was done and said, then start this one.',
    },
    ROLLBACK: {
      description:
        'Stop and remove the running run and the waiting ones with all they did, then start this one from the state before them.',
    },
  },
});

export const RunStatusEnum = builder.enumType('RunStatus', {
  description: 'Where a run is in its life.',
  values: {
    PENDING: { description: 'Stored and waiting: for its turn, or for afterSeconds.' },
    RUNNING: { description: 'A process executes its graph, or is about to take it over.' },
    SUCCESS: { description: 'The graph finished, or paused for a human.' },
    ERROR: { description: 'The graph threw, or the processes that ran it were lost too often.' },
    TIMEOUT: { description: 'It was stopped because timeoutSeconds were over.' },
    INTERRUPTED: { description: 'It was stopped by a later run or by cancelRun.' },
  },
});

export const RunEndReasonEnum = builder.enumType('RunEndReason', {
  description: 'Why a run ended; null while it is PENDING or RUNNING.',
  values: {
    COMPLETED: { description: 'SUCCESS: the graph finished.' },
    AWAITING_HUMAN: {
      description:
        'SUCCESS: the graph paused for a human (interrupt(), interruptBefore, interruptAfter); the thread is INTERRUPTED, as in the LangGraph protocol.',
    },
    SUPERSEDED: { description: 'INTERRUPTED: a later run with INTERRUPT took over; see Run.supersededBy.' },
    CANCELLED: { description: 'INTERRUPTED: cancelRun.' },
    FAILED: { description: 'ERROR: the graph threw; see Run.error.' },
    WORKER_LOST: { description: 'ERROR: the processes that ran it died more often than maxAttempts.' },
    TIMED_OUT: { description: 'TIMEOUT: timeoutSeconds were over.' },
  },
});

export const CancelActionEnum = builder.enumType('CancelAction', {
  description: 'What cancelRun does with what the run did.',
  values: {
    INTERRUPT: { description: 'Stop it and keep what was done and said.' },
    ROLLBACK: { description: 'Stop it and remove it with all it did; the state is what it was before it started.' },
  },
});

export const StreamModeEnum = builder.enumType('StreamMode', {
  description: "Kinds of a run's events, as LangGraph names them. The run's lifecycle is no mode: it is always there.",
  values: {
    VALUES: { description: 'The whole state after each superstep: ValuesChunk.' },
    UPDATES: { description: 'What each node returned: UpdatesChunk.' },
    MESSAGES: { description: 'Messages as they are written: MessageStarted, MessageDelta, MessageCompleted, MessagesReset.' },
    CUSTOM: { description: 'What nodes write by themselves: CustomChunk.' },
    TASKS: { description: 'Start and end of each task: TaskChunk.' },
    CHECKPOINTS: { description: 'Each checkpoint: CheckpointChunk.' },
    DEBUG: { description: "TASKS and CHECKPOINTS retold in the shape of LangGraph's debug mode: DebugChunk. Only when asked for." },
    EVENTS: { description: "LangChain's callback events: EventsChunk. Only of runs that createRun's streamModes asked to record them." },
  },
});
