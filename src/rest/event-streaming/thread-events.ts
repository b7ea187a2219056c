import type { Owner } from '../../domain/ids.ts';
import type { Thread } from '../../domain/thread.ts';
import type { ThreadStateJson } from '../../orchestrator/ports/graph-host.ts';
import type { FollowedEvent, FollowThread } from '../../orchestrator/ports/subscriptions.ts';
import type { RestDeps } from '../deps.ts';
import { type EventFilter, isWanted, modesOf, recalledModesOf, rowOf, type ThreadEvent } from './event.ts';
import { checkpointOf, EventMapper } from './event-mapper.ts';

/** How often a missing thread is looked for. Nothing else reports its creation by another process. */
const LOOK_EVERY_MS = 200;

type ThreadRequest = { readonly owner: Owner; readonly threadId: string; readonly signal: AbortSignal };

/** `isNew`: it wasn't there at first, so its whole log is new to who waited. */
type AwaitedThread = { readonly thread: Thread; readonly isNew: boolean };

/**
 * The thread, once it is there: clients open the stream of a thread that their first command will create.
 * Null when `signal` aborts first.
 */
async function untilThread(
  { orchestrator, clock }: RestDeps,
  { owner, threadId, signal }: ThreadRequest,
): Promise<AwaitedThread | null> {
  for (let isNew = false; ; isNew = true) {
    if (signal.aborted) return null;
    const thread = await orchestrator.queries.thread(owner, threadId);
    if (thread !== null) return { thread, isNew };
    await new Promise<void>((resolve) => {
      const timer = clock.timer(LOOK_EVERY_MS, () => done());
      const done = (): void => {
        timer[Symbol.dispose]();
        signal.removeEventListener('abort', done);
        resolve();
      };
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

export type EventsRequest = ThreadRequest & {
  readonly filter: EventFilter;
  /**
   * Only events behind this one; undefined: from the start of the run that is going on, or of the last one,
   * or of a thread that is waited for.
   */
  readonly since?: number | undefined;
  /** Where that is, if it has been found out already. */
  readonly place?: Place | undefined;
};

/**
 * A thread's events as the filter has them: replayed from the log, then live, in order, each once, until
 * `signal` aborts or the thread is deleted. A thread that isn't there yet is waited for.
 */
export async function* threadEvents(
  deps: RestDeps,
  request: EventsRequest,
): AsyncGenerator<ThreadEvent, void, undefined> {
  const awaited = await untilThread(deps, request);
  if (awaited !== null) yield* eventsOf(deps, awaited.thread, request, await placeOf(deps, awaited, request));
}

/** Events that are counted at most. Counting reads the log, and the states that its rows refer to. */
const MAX_COUNTED = 5_000;

/**
 * Where a reader begins, and how many events it is sent of the log as it is now; `count` null: more than
 * MAX_COUNTED.
 */
export async function replayOf(
  deps: RestDeps,
  request: EventsRequest,
): Promise<{ readonly count: number | null; readonly place?: Place }> {
  const thread = await deps.orchestrator.queries.thread(request.owner, request.threadId);
  if (thread === null) return { count: 0 };
  const place = await placeOf(deps, { thread, isNew: false }, request);
  let count = 0;
  for await (const _ of eventsOf(deps, thread, request, { ...place, untilSeq: thread.nextSeq - 1 })) {
    count += 1;
    if (count > MAX_COUNTED) return { count: null, place };
  }
  return { count, place };
}

type Place = Pick<FollowThread, 'afterSeq' | 'recall'>;

async function* eventsOf(
  deps: RestDeps,
  thread: Thread,
  { filter, since, signal }: EventsRequest,
  place: Place & Pick<FollowThread, 'untilSeq'>,
): AsyncGenerator<ThreadEvent, void, undefined> {
  const followed = await deps.orchestrator.followThread({
    owner: thread.owner,
    threadId: thread.id,
    modes: modesOf(filter),
    everyDelta: true,
    signal,
    ...place,
  });
  if (followed.kind === 'refused') return; // deleted meanwhile
  const mapper = new EventMapper();
  for await (const row of followed.events)
    for (const event of mapper.map(row, await stateOf(deps, thread, row)))
      if (event.seq > (since ?? -1) && isWanted(event, filter)) yield event;
}

/**
 * The row of `since` is read again, for it may have more to say; the run's rows from before are for the
 * mapper.
 */
async function placeOf(
  { orchestrator }: RestDeps,
  { thread, isNew }: AwaitedThread,
  { since, filter, place }: EventsRequest,
): Promise<Place> {
  if (place !== undefined) return place;
  const { queries } = orchestrator;
  if (isNew) return { afterSeq: 0 };
  if (since === undefined) return { afterSeq: await queries.replayStart(thread, null) };
  const row = rowOf(since);
  return {
    afterSeq: Math.max(row - 1, 0),
    recall: { fromSeq: await queries.replayStart(thread, row), modes: recalledModesOf(filter) },
  };
}

async function stateOf(
  { orchestrator }: RestDeps,
  thread: Thread,
  row: FollowedEvent,
): Promise<ThreadStateJson | null> {
  const checkpointId = checkpointOf(row);
  if (checkpointId === null) return null;
  const { queries } = orchestrator;
  if (row.body.kind === 'RUN_ENDED') return queries.stateAfter(row.body.run);
  // Its graph is that of its first run, which may have come after this reader.
  const current = (await queries.thread(thread.owner, thread.id)) ?? thread;
  return queries.state(current, checkpointId, false);
}
