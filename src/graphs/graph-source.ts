import type { BaseChannel, Pregel, PregelNode } from '@langchain/langgraph';
import type { SaverHandle } from '../orchestrator/ports/checkpoints.ts';
import type { GraphCall } from '../orchestrator/ports/graph-host.ts';

/** A graph ready to run, whatever it was written with. Its state is untyped here: it belongs to the user's code. */
export type CompiledGraph = Pregel<Record<string, PregelNode>, Record<string, BaseChannel>>;

/** Where the parts of this folder get a graph from. */
export interface GraphSource {
  /**
   * The graph, with `saver` as its checkpointer: good for stream, getState and updateState with configurable { thread_id, … }.
   * A factory graph is built anew for each call, from the call's config; any other shares its compiled parts between calls.
   * Rejects with GraphLoadError when its factory fails, with a RangeError when there is no such graph.
   */
  graphFor(graphId: string, call: GraphCall, saver: SaverHandle): Promise<CompiledGraph>;
}
