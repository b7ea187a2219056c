import { assistantUseCases } from './commands/assistants.ts';
import { cancelRun, cancelRuns, deleteRun } from './commands/cancel-run.ts';
import { createRun, createStatelessRun, createStatelessRuns } from './commands/create-run.ts';
import { cronUseCases } from './commands/crons.ts';
import type { KnownForRun } from './commands/prepare-run.ts';
import { Turns } from './commands/run-request.ts';
import { StoreItems } from './commands/store-items.ts';
import { copyThread, createThread, deleteThread, updateThread } from './commands/threads.ts';
import { bulkUpdateThreadState, updateThreadState } from './commands/update-thread-state.ts';
import { bindTo, type RunDeps } from './context.ts';
import { pruneThreads } from './maintenance/prune-threads.ts';
import type { FollowMessages, FollowRun, FollowThread } from './ports/subscriptions.ts';
import { joinRun } from './queries/join-run.ts';
import { Queries } from './queries/queries.ts';
import { WebhookDeliveries } from './queries/webhook-deliveries.ts';
import type { CreateRun } from './requests.ts';

/**
 * Everything a transport can ask for. Commands and reads alike filter by owner: what isn't the caller's is
 * not there. What a correct client can cause is in the outcome, discriminated by `kind`; a rejection is a
 * fault of ours or of the database.
 */
export type Orchestrator = Readonly<ReturnType<typeof assembleOrchestrator>>;

/** The use cases over one context, as the transports see them. */
export function assembleOrchestrator(deps: RunDeps) {
  const { subscriptions } = deps;
  const turns = new Turns();
  const bound = bindTo(deps);
  return {
    createThread: bound(createThread),
    /** Merges metadata (shallow), sets the ttl. */
    updateThread: bound(updateThread),
    /** Stops a running run first, then removes the thread with everything in it. */
    deleteThread: bound(deleteThread),
    updateThreadState: bound(updateThreadState),
    /**
     * Writes supersteps one on another, each as one checkpoint: rebuilds a thread from another one's history.
     */
    bulkUpdateThreadState: bound(bulkUpdateThreadState),
    /** A new thread with the state and history of this one, and without its runs. */
    copyThread: bound(copyThread),
    /**
     * Removes threads, or their older states. Those with unfinished runs are left as they are, unknown ones
     * are passed over.
     */
    pruneThreads: bound(pruneThreads),
    // A caller repeats a key when no answer came. Decided side by side, the repetition could be refused and
    // the first attempt accepted after it.
    createRun: (command: CreateRun, known?: KnownForRun) =>
      turns.take(turnOf(command), () => createRun(deps, command, known)),
    /** A run on a thread made for it, which is discarded after it unless `keepThread`. */
    createStatelessRun: bound(createStatelessRun),
    /** Several of them, all or none. */
    createStatelessRuns: bound(createStatelessRuns),
    /** Waits for the end of the run. Aborting `signal` (the caller has gone) rejects with its reason. */
    joinRun: bound(joinRun),
    cancelRun: bound(cancelRun),
    /** Asks many runs to stop; resolves with those that there were to stop, as cancelRun returns them. */
    cancelRuns: bound(cancelRuns),
    deleteRun: bound(deleteRun),

    queries: new Queries(deps),
    deliveries: new WebhookDeliveries(deps),
    crons: cronUseCases(deps),
    /** The long-term store. */
    items: new StoreItems(deps.longTerm),
    assistants: assistantUseCases(deps),

    /** Each resolves once the subscription has begun: what is committed from then on is delivered. */
    followRun: (request: FollowRun) => subscriptions.followRun(request),
    followThread: (request: FollowThread) => subscriptions.followThread(request),
    /** MESSAGE_*, MESSAGES_RESET and the runs' status changes (lifecycle bodies). */
    followMessages: (request: FollowMessages) => subscriptions.followMessages(request),
  };
}

const turnOf = ({ owner, idempotencyKey }: CreateRun): string | null =>
  idempotencyKey === undefined ? null : JSON.stringify([owner, idempotencyKey]);
