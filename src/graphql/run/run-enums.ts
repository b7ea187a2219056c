import type { Run } from '../../domain/run.ts';
import { builder } from '../builder.ts';

/** The type's name, apart from its fields, so that types which refer to each other need no import cycle. */
export const RunRef = builder.objectRef<Run>('Run');

export const MultitaskStrategyEnum = builder.enumType('MultitaskStrategy', {
  description: 'How a new run treats unfinished runs of its thread.',
  values: {
    REJECT: { description: 'Reject the new run if the thread has unfinished runs. Nothing is stored.' },
    ENQUEUE: {
      description:
        'Start the new run after all earlier runs of the thread, first in first out. A delayed run does not block later ones; it joins the queue when it is due.',
    },
    INTERRUPT: {
      description:
        'Stop the running run, supersede the waiting ones and keep their results, then start the new run.',
    },
    ROLLBACK: {
      description:
        'Stop and remove the running and waiting runs with all their effects on the thread, then start the new run from the state before them.',
    },
  },
});

export const RunStatusEnum = builder.enumType('RunStatus', {
  description: 'The status of a run.',
  values: {
    PENDING: { description: 'Stored and waiting for its turn or for afterSeconds.' },
    RUNNING: { description: 'A process executes the graph or is about to take over the run.' },
    SUCCESS: { description: 'The graph finished, or paused for a human.' },
    ERROR: { description: "The graph threw, or the run's processes were lost too often." },
    TIMEOUT: { description: 'Stopped because timeoutSeconds had elapsed.' },
    INTERRUPTED: { description: 'Stopped by a later run or by cancelRun.' },
  },
});

export const RunEndReasonEnum = builder.enumType('RunEndReason', {
  description: 'Why a run ended.',
  values: {
    COMPLETED: { description: 'SUCCESS: the graph finished.' },
    AWAITING_HUMAN: {
      description:
        'SUCCESS: the graph paused for a human (interrupt(), interruptBefore, interruptAfter); the thread is INTERRUPTED, as in the LangGraph protocol.',
    },
    SUPERSEDED: {
      description: 'INTERRUPTED: superseded by a later run with INTERRUPT; see Run.supersededBy.',
    },
    CANCELLED: { description: 'INTERRUPTED: stopped by cancelRun.' },
    FAILED: { description: 'ERROR: the graph threw; see Run.error.' },
    WORKER_LOST: { description: "ERROR: the run's processes died more often than maxAttempts." },
    TIMED_OUT: { description: 'TIMEOUT: timeoutSeconds had elapsed.' },
  },
});

export const CancelActionEnum = builder.enumType('CancelAction', {
  description: 'How cancelRun treats the results of the run.',
  values: {
    INTERRUPT: { description: 'Stop the run and keep its results.' },
    ROLLBACK: { description: 'Stop and remove the run, and restore the state from before it started.' },
  },
});

export const StreamModeEnum = builder.enumType('StreamMode', {
  description:
    "Kinds of run events, named after LangGraph's stream modes. Lifecycle events are always included.",
  values: {
    VALUES: { description: 'The complete state after each superstep: ValuesChunk.' },
    UPDATES: { description: 'The return value of each node: UpdatesChunk.' },
    MESSAGES: {
      description:
        'Messages while they are written: MessageStarted, MessageDelta, MessageCompleted, MessagesReset.',
    },
    CUSTOM: { description: 'Data that nodes write with their writer: CustomChunk.' },
    TASKS: { description: 'The start and end of each task: TaskChunk.' },
    CHECKPOINTS: { description: 'Each checkpoint: CheckpointChunk.' },
    DEBUG: {
      description:
        "TASKS and CHECKPOINTS in the format of LangGraph's debug mode: DebugChunk. Only on request.",
    },
    EVENTS: {
      description:
        "LangChain's callback events: EventsChunk. Only of runs created with EVENTS in streamModes.",
    },
  },
});
