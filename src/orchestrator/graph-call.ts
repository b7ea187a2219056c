import { withoutDamage } from '../domain/damage.ts';
import type { Run } from '../domain/run.ts';
import type { Thread } from '../domain/thread.ts';
import type { GraphCall, GraphHost } from './ports/graph-host.ts';
import type { Reads } from './ports/store.ts';

/** What a run's graph is built and called with. */
export function graphCallOf(run: Run): GraphCall {
  // A damaged run is never executed; reading the state that it left needs a graph all the same.
  const { threadId, id: runId, assistantId, config, context, metadata } = withoutDamage(run);
  return { threadId, runId, assistantId, config: config ?? {}, context, metadata: metadata ?? {} };
}

type Parts = { readonly reads: Pick<Reads, 'runBehind'>; readonly graphs: Pick<GraphHost, 'needsConfig'> };

/**
 * What a thread's graph is built with to read or write the state at a checkpoint (null: the head): for a factory, the configuration of the run
 * that wrote the checkpoint, else of the newest run of that graph. Other graphs need none.
 */
export async function graphCallAt(
  { reads, graphs }: Parts,
  thread: Pick<Thread, 'id'>,
  graphId: string,
  at: { readonly ns: string; readonly checkpointId: string | null },
): Promise<GraphCall> {
  const run = graphs.needsConfig(graphId) ? await reads.runBehind({ threadId: thread.id, graphId, ...at }) : null;
  // No run is at work in this call: its id would say so to the graph.
  return run === null ? graphCallOfThread(thread) : { ...graphCallOf(run), runId: null };
}

/** The same without any run at hand. */
const graphCallOfThread = (thread: Pick<Thread, 'id'>): GraphCall => ({
  threadId: thread.id,
  runId: null,
  assistantId: null,
  config: {},
  context: null,
  metadata: {},
});
