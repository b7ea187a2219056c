import type { BaseChannel, Pregel, PregelNode } from '@langchain/langgraph';
import type { SaverHandle } from '../../orchestrator/ports/checkpoints.ts';
import type { GraphCall } from '../../orchestrator/ports/graph-host.ts';

/**
 * A graph ready to run, whatever it was written with. Its state is untyped here: it belongs to the user's
 * code.
 */
export type CompiledGraph = Pregel<Record<string, PregelNode>, Record<string, BaseChannel>>;

/** Where the parts of this folder get a graph from. */
export interface GraphSource {
  /**
   * The graph, with `saver` as its checkpointer: good for stream, getState and updateState with configurable
   * { thread_id, … }. A factory graph is built anew for each call, from the call's config; any other shares
   * its compiled parts between calls. Rejects with GraphLoadError when its factory fails, with a
   * GraphNotServedError when there is no such graph.
   *
   * @param access what for; default: to execute the call's run
   */
  graphFor(graphId: string, call: GraphCall, saver: SaverHandle, access?: ReadAccess): Promise<CompiledGraph>;
  /** Whether a factory makes the graph. False where there is no such graph. */
  needsConfig(graphId: string): boolean;
}

/** Reading a state, writing one, and looking at an assistant's graph. */
export type ReadAccess = 'threads.read' | 'threads.update' | 'assistants.read';
