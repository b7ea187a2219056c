import type { Run } from '../domain/run.ts';
import type { Thread } from '../domain/thread.ts';
import { graphCallAt, graphCallOf } from './graph-call.ts';
import type { CheckpointStore } from './ports/checkpoints.ts';
import type { GraphHost, ReadState } from './ports/graph-host.ts';
import type { Reads } from './ports/store.ts';

type Checkpoints = Pick<CheckpointStore, 'reader' | 'salvage'>;
type Parts = {
  readonly reads: Pick<Reads, 'runBehind'>;
  readonly graphs: Pick<GraphHost, 'needsConfig'>;
  readonly checkpoints: Checkpoints;
};

/** How a thread's state is read with the graph that it has now. Null: no graph has run on it. */
export async function readRequest(
  parts: Parts,
  thread: Pick<Thread, 'id' | 'graphId'>,
  at: { readonly ns?: string; readonly checkpointId: string | null },
): Promise<ReadState | null> {
  const { graphId } = thread;
  if (graphId === null) return null;
  const { ns = '', checkpointId } = at;
  const call = await graphCallAt(parts, thread, graphId, { ns, checkpointId });
  return { graphId, call, ...sourceOf(parts.checkpoints), ns, checkpointId };
}

/** How a state is read with a run's own graph and configuration. */
export const readRequestOfRun = (
  { checkpoints }: Pick<Parts, 'checkpoints'>,
  run: Run,
  at: { readonly ns?: string; readonly checkpointId: string | null },
): ReadState => ({ graphId: run.graphId, call: graphCallOf(run), ...sourceOf(checkpoints), ...at });

const sourceOf = (checkpoints: Checkpoints): Pick<ReadState, 'saver' | 'salvage'> => ({
  saver: checkpoints.reader(),
  salvage: (threadId, ns, checkpointId) => checkpoints.salvage(threadId, ns, checkpointId),
});
