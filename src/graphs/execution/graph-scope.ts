import { AsyncLocalStorage } from 'node:async_hooks';
import type { BaseCheckpointSaver } from '@langchain/langgraph';
import type { RunId, ThreadId } from '../../domain/ids.ts';
import type { Underway } from '../../orchestrator/ports/underway.ts';
import type { CompiledGraph } from '../loading/graph-source.ts';

/** For whom code of a graph is at work, and all that it has left behind: timers, promises, listeners. */
export type GraphScope = {
  readonly graphId: string;
  /** Null outside of runs: a read, a factory that is only looked at, the import of the graph's file. */
  readonly run: { readonly threadId: ThreadId; readonly runId: RunId | null } | null;
  /** Null where functions are not counted. */
  readonly execution: ScopedExecution | null;
};

type ScopedExecution = {
  readonly underway: Underway;
  /** Names of the tools that have been called, by the id of LangChain's callbacks. */
  readonly tools: ToolNames;
  /**
   * Ends the run ERROR with what its code threw where nothing caught it. False, doing nothing, when it is
   * over or is to stop already.
   */
  fail(thrown: unknown): boolean;
};

export interface ToolNames {
  nameOf(callbackRunId: string): string | undefined;
}

// One for the process, as the code that it follows is: whatever is awaited or scheduled within `inScope`
// carries it on.
const scopes = new AsyncLocalStorage<GraphScope>();

/** Calls `work`; what it does and leaves behind belongs to `scope`. */
export const inScope = <T>(scope: GraphScope, work: () => T): T => scopes.run(scope, work);

/**
 * The scope of the code that is at work now, in a handler of an uncaught exception: of the code that threw
 * it. Undefined: it is none of a graph.
 */
export const currentScope = (): GraphScope | undefined => scopes.getStore();

/**
 * A shallow clone with another saver: nodes and channels are shared. Subgraphs inherit the saver through the
 * config.
 */
export const withSaver = (graph: CompiledGraph, saver: BaseCheckpointSaver): CompiledGraph =>
  Object.assign(Object.create(Object.getPrototypeOf(graph)), graph, { checkpointer: saver });

export function saverOf({ checkpointer }: CompiledGraph): BaseCheckpointSaver {
  if (typeof checkpointer !== 'object') throw new Error('The graph has no checkpointer');
  return checkpointer;
}
