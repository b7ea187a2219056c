import type { Run } from '../domain/run.ts';
import type { Thread } from '../domain/thread.ts';
import type { GraphCall } from './ports/graph-host.ts';

/** What a run's graph is built and called with. */
export const graphCallOf = (run: Run): GraphCall => ({
  threadId: run.threadId,
  runId: run.id,
  assistantId: run.assistantId,
  config: run.config,
  context: run.context,
  metadata: run.metadata,
});

/** What a thread's graph is built with when no run is at hand: reading and updating state. */
export const graphCallOfThread = (thread: Pick<Thread, 'id'>): GraphCall => ({
  threadId: thread.id,
  runId: null,
  assistantId: null,
  config: {},
  context: null,
  metadata: {},
});
