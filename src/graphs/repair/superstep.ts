import type { BaseCheckpointSaver, CheckpointTuple } from '@langchain/langgraph';
import type { CompiledGraph } from '../graph-source.ts';
import { messagesIn, type StateMessage } from '../messages-channel.ts';
import type { RunConfig } from '../run-config.ts';
import { snapshotAt } from '../snapshot.ts';

/** The channel of what tasks ask a human (LangGraph's own name). */
export const INTERRUPT = '__interrupt__';

export type Task = { readonly id: string; readonly name: string };

/** The superstep that follows the head: what an interrupted run was about. */
export type Superstep = {
  readonly head: CheckpointTuple;
  /** The state, with what the finished tasks wrote. */
  readonly values: unknown;
  /** The conversation in it. */
  readonly messages: readonly StateMessage[];
  readonly finished: readonly Task[];
  readonly unfinished: readonly Task[];
  /** Those of the unfinished ones that wait for a human. */
  readonly waiting: readonly Task[];
};

/** Channels of pending writes that are no result of a task (LangGraph's own names). */
const NO_RESULT: ReadonlySet<string> = new Set(['__error__', '__error_source_node__', INTERRUPT, '__resume__', '__scheduled__']);

/** Reads it from the head; null when the thread has no checkpoint. Runs the graph's reducers. */
export async function currentSuperstep(graph: CompiledGraph, saver: BaseCheckpointSaver, config: RunConfig): Promise<Superstep | null> {
  const head = await saver.getTuple({ configurable: config.configurable });
  if (head === undefined) return null;
  const { values, tasks } = await snapshotAt(graph, config);
  const writes = head.pendingWrites ?? [];
  const hasWritten = (id: string, channels: (channel: string) => boolean): boolean =>
    writes.some(([taskId, channel]) => taskId === id && channels(channel));
  const isFinished = ({ id }: Task): boolean => hasWritten(id, (channel) => !NO_RESULT.has(channel));
  const unfinished = tasks.filter((task) => !isFinished(task));
  const waits = ({ id }: Task): boolean => hasWritten(id, (channel) => channel === INTERRUPT);
  return {
    head,
    values,
    messages: messagesIn(values),
    finished: tasks.filter(isFinished),
    unfinished,
    waiting: unfinished.filter(waits),
  };
}
