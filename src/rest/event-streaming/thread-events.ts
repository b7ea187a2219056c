import type { Thread } from '../../domain/thread.ts';
import type { FollowedEvent } from '../../orchestrator/orchestrator.ts';
import type { ThreadStateJson } from '../../orchestrator/ports/graph-host.ts';
import { ownerOf, type RestDeps } from '../deps.ts';
import type { ThreadEvent } from './event.ts';
import { checkpointOf, EventMapper } from './event-mapper.ts';
import { type EventFilter, isWanted, modesOf, recalledModesOf } from './filter.ts';
import { rowOf } from './position.ts';
import { type AwaitedThread, untilThread } from './until-thread.ts';

export type EventsRequest = {
  readonly threadId: string;
  readonly filter: EventFilter;
  /** Only events behind this one; undefined: from the start of the run that is going on, or of the last one, or of a thread that is waited for. */
  readonly since?: number | undefined;
  readonly signal: AbortSignal;
};

/**
 * A thread's events as the filter has them: replayed from the log, then live, in order, each once, until `signal` aborts or the thread is
 * deleted. A thread that isn't there yet is waited for.
 */
export async function* threadEvents(deps: RestDeps, request: EventsRequest): AsyncGenerator<ThreadEvent, void, undefined> {
  const { orchestrator } = deps;
  const { filter, since, signal } = request;
  const awaited = await untilThread(deps, request.threadId, signal);
  if (awaited === null) return;
  const { thread } = awaited;
  const followed = await orchestrator.followThread({
    owner: ownerOf(),
    threadId: thread.id,
    modes: modesOf(filter),
    everyDelta: true,
    signal,
    ...(await placeOf(deps, awaited, request)),
  });
  if (followed.kind === 'refused') return; // deleted meanwhile
  const mapper = new EventMapper();
  for await (const row of followed.events)
    for (const event of mapper.map(row, await stateOf(deps, thread, row)))
      if (event.seq > (since ?? -1) && isWanted(event, filter)) yield event;
}

/** The row of `since` is read again, for it may have more to say; the run's rows from before are for the mapper. */
async function placeOf({ orchestrator }: RestDeps, { thread, isNew }: AwaitedThread, { since, filter }: EventsRequest) {
  const { queries } = orchestrator;
  if (isNew) return { afterSeq: 0 };
  if (since === undefined) return { afterSeq: await queries.replayStart(thread, null) };
  const row = rowOf(since);
  return { afterSeq: Math.max(row - 1, 0), recall: { fromSeq: await queries.replayStart(thread, row), modes: recalledModesOf(filter) } };
}

async function stateOf({ orchestrator }: RestDeps, thread: Thread, row: FollowedEvent): Promise<ThreadStateJson | null> {
  const checkpointId = checkpointOf(row);
  if (checkpointId === null) return null;
  const { queries } = orchestrator;
  if (row.body.kind === 'RUN_ENDED') return queries.stateAfter(row.body.run);
  // Its graph is that of its first run, which may have come after this reader.
  const current = (await queries.thread(thread.owner, thread.id)) ?? thread;
  return queries.state(current, checkpointId, false);
}
