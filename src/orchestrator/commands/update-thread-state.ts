import { type Owner, parseThreadId } from '../../domain/ids.ts';
import type { Thread } from '../../domain/thread.ts';
import type { Context } from '../context.ts';
import type { Busy, Found, Invalid, NotFound } from '../outcomes.ts';
import type { StateBuffer } from '../ports/checkpoints.ts';
import type { GraphCall, StateUpdated, ThreadStateJson } from '../ports/graph-host.ts';
import { graphCallAt, refreshThread } from '../queries/thread-state.ts';
import type { BulkUpdateThreadState, UpdateThreadStateCommand } from '../requests.ts';
import { issue, validateSupersteps } from './validation.ts';

/**
 * The update runs reducers of the graph outside of the transaction; a state that changed under it is updated
 * again, this often at most.
 */
const MAX_TRIES = 5;

type Outcome = Found<ThreadStateJson> | NotFound | Busy | Invalid;

/** Writes values as if a node had; refused while a run is unfinished. */
export function updateThreadState(context: Context, command: UpdateThreadStateCommand): Promise<Outcome> {
  const { owner, threadId, checkpointId = null, ns = '', values, asNode = null } = command;
  return update(context, { owner, threadId, ns, checkpointId }, (request) =>
    context.graphs.updateState({ ...request, ns, checkpointId, values, asNode }),
  );
}

/**
 * Writes supersteps one on another, each as one checkpoint, on top of the head; refused as updateThreadState
 * is.
 */
export function bulkUpdateThreadState(
  context: Context,
  { owner, threadId, supersteps }: BulkUpdateThreadState,
): Promise<Outcome> {
  const issues = validateSupersteps(supersteps);
  if (issues.length > 0) return Promise.resolve({ kind: 'invalid', issues });
  return update(context, { owner, threadId, ns: '', checkpointId: null }, (request) =>
    context.graphs.bulkUpdateState({ ...request, supersteps }),
  );
}

type Target = {
  readonly owner: Owner;
  readonly threadId: string;
  readonly ns: string;
  readonly checkpointId: string | null;
};
type GraphRequest = { readonly graphId: string; readonly call: GraphCall; readonly buffer: StateBuffer };

async function update(
  context: Context,
  { owner, threadId: id, ns, checkpointId }: Target,
  write: (request: GraphRequest) => Promise<StateUpdated>,
): Promise<Outcome> {
  const { store, graphs, checkpoints } = context;
  const threadId = parseThreadId(id);
  const notFound: NotFound = { kind: 'notFound', what: 'Thread', id };
  if (threadId === null) return notFound;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const thread = await store.reads.thread(owner, threadId);
    if (thread === null) return notFound;
    const busy = (await store.transaction((tx) => tx.runs.unfinished(threadId)))[0];
    if (busy !== undefined) return { kind: 'busy', blockingRun: busy };
    const graphId = graphOf(context, thread);
    if (graphId === null)
      return {
        kind: 'invalid',
        issues: [
          issue(
            'threadId',
            'the thread has no graph yet: start a run, or create the thread with metadata { "graph_id": … }',
          ),
        ],
      };
    if (!graphs.has(graphId))
      return {
        kind: 'invalid',
        issues: [issue('', `the thread's graph "${graphId}" is not in langgraph.json`)],
      };
    if (checkpointId !== null && !(await checkpoints.exists(threadId, ns, checkpointId)))
      return { kind: 'notFound', what: 'Checkpoint', id: checkpointId };

    const call = await graphCallAt({ reads: store.reads, graphs }, thread, graphId, { ns, checkpointId });
    const buffer = await checkpoints.buffer(threadId, null);
    const updated = await write({ graphId, call, buffer });
    if ('issues' in updated) return { kind: 'invalid', issues: updated.issues };
    const root = await graphs.readState({ graphId, call, saver: buffer, checkpointId: null });
    const committed = await store.transaction(async (tx): Promise<Outcome | 'COMMITTED' | 'CHANGED'> => {
      const locked = await tx.threads.lock(owner, threadId);
      if (locked === null) return notFound;
      const blockingRun = (await tx.runs.unfinished(threadId))[0];
      if (blockingRun !== undefined) return { kind: 'busy', blockingRun };
      if (!(await tx.checkpoints.commit(buffer))) return 'CHANGED';
      const reference = { ns, checkpointId: updated.checkpointId } as const;
      await tx.events.append(threadId, [
        { runId: null, body: { kind: 'CHECKPOINT', ...reference } },
        { runId: null, body: { kind: 'VALUES', ...reference } },
        ...(ns === ''
          ? [{ runId: null, body: { kind: 'MESSAGES_RESET', checkpointId: updated.checkpointId } } as const]
          : []),
      ]);
      // A pause that the update has ended is none any more.
      const isOver =
        locked.restingStatus === 'INTERRUPTED' && root?.incomplete === null && root.next.length === 0;
      await refreshThread(tx, locked, { graphId, ...(isOver ? { restingStatus: 'IDLE' } : {}) });
      return 'COMMITTED';
    });
    if (committed === 'CHANGED') continue;
    if (committed !== 'COMMITTED') return committed;
    const state = await graphs.readState({
      graphId,
      call,
      saver: checkpoints.reader(),
      ns,
      checkpointId: updated.checkpointId,
    });
    if (state === null)
      throw new Error(`Checkpoint ${updated.checkpointId} was committed but cannot be read`);
    return { kind: 'ok', value: state };
  }
  return {
    kind: 'invalid',
    issues: [issue('', "the thread's state changed repeatedly during the update; try again")],
  };
}

/**
 * The graph of the thread's newest run, the one its metadata names (protocol.md §2.1), or the only one there
 * is.
 */
function graphOf({ graphs }: Context, thread: Thread): string | null {
  const named = thread.graphId ?? thread.metadata['graph_id'];
  if (typeof named === 'string') return named;
  return graphs.graphIds.length === 1 ? (graphs.graphIds[0] ?? null) : null;
}
