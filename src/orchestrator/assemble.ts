import { assembleAssistants } from './commands/assistants.ts';
import { cancelRun, cancelRuns, deleteRun } from './commands/cancel-run.ts';
import { createRun, createStatelessRun, createStatelessRuns } from './commands/create-run.ts';
import { assembleCrons } from './commands/crons.ts';
import { DefaultAssistants, type ServedGraph } from './commands/default-assistants.ts';
import { Turns } from './commands/run-request.ts';
import { StoreItemCommands } from './commands/store-items.ts';
import { copyThread, createThread, deleteThread, updateThread } from './commands/threads.ts';
import { bulkUpdateThreadState, updateThreadState } from './commands/update-thread-state.ts';
import type { Context } from './context.ts';
import { pruneThreads } from './maintenance/prune-threads.ts';
import type { Orchestrator } from './orchestrator.ts';
import { NO_LONG_TERM_STORE } from './ports/item-store.ts';
import { joinRun } from './queries/join-run.ts';
import { StoreQueries } from './queries/queries.ts';
import { WebhookDeliveryCommands } from './queries/webhook-deliveries.ts';
import type { CreateRun } from './requests.ts';

/**
 * The use cases over one context, as the transports see them.
 *
 * @param served the graphs as their default assistants show them; without it: with nothing beyond their names
 */
export function assembleOrchestrator(context: Context, served: readonly ServedGraph[] = plainGraphs(context)): Orchestrator {
  const defaults = new DefaultAssistants(context.store, served);
  const { subscriptions } = context;
  const turns = new Turns();
  return {
    createThread: (command) => createThread(context, command),
    updateThread: (command) => updateThread(context, command),
    deleteThread: (command) => deleteThread(context, command),
    updateThreadState: (command) => updateThreadState(context, command),
    bulkUpdateThreadState: (command) => bulkUpdateThreadState(context, command),
    copyThread: (command) => copyThread(context, command),
    pruneThreads: (command) => pruneThreads(context, command),
    createStatelessRuns: (commands) => createStatelessRuns({ ...context, defaults }, commands),
    // A caller repeats a key when no answer came. Decided side by side, the repetition could be refused and the first attempt accepted after it.
    createRun: (command) => turns.take(turnOf(command), () => createRun({ ...context, defaults }, command)),
    createStatelessRun: (command) => createStatelessRun({ ...context, defaults }, command),
    joinRun: (command) => joinRun(context, command),
    cancelRun: (command) => cancelRun(context, command),
    cancelRuns: (command) => cancelRuns(context, command),
    deleteRun: (command) => deleteRun(context, command),
    deliveries: new WebhookDeliveryCommands(context),
    crons: assembleCrons({ ...context, defaults }),
    items: new StoreItemCommands(context.longTerm ?? NO_LONG_TERM_STORE),
    queries: new StoreQueries(context),
    assistants: assembleAssistants(context, defaults),
    followRun: (request) => subscriptions.followRun(request),
    followThread: (request) => subscriptions.followThread(request),
    followMessages: (request) => subscriptions.followMessages(request),
  };
}

const plainGraphs = ({ graphs }: Context): ServedGraph[] =>
  graphs.graphIds.map((graphId) => ({ graphId, description: null, seed: { config: {}, context: {} } }));

const turnOf = ({ owner, idempotencyKey }: CreateRun): string | null =>
  idempotencyKey === undefined ? null : JSON.stringify([owner, idempotencyKey]);
