import type { BaseCheckpointSaver, BaseStore } from '@langchain/langgraph-checkpoint';
import { isA, toldOf } from '../../domain/thrown.ts';
import type { SaverHandle } from '../../orchestrator/ports/checkpoints.ts';
import type { GraphCall, StateIncomplete } from '../../orchestrator/ports/graph-host.ts';
import type { InspectedGraph } from '../../orchestrator/ports/graph-inspector.ts';
import { withSaver } from '../execution/graph-scope.ts';
import { factoryConfig, inspectionConfig } from '../execution/run-config.ts';
import type { CompiledGraph, GraphSource, ReadAccess } from './graph-source.ts';
import {
  type FactoryConfig,
  GraphLoadError,
  GraphNotServedError,
  type LoadedGraph,
  type ServerRuntime,
} from './loader.ts';

/** Why a graph couldn't say more of a state, in words for callers: without files of the server. */
export function graphTrouble(graphId: string, error: unknown): Omit<StateIncomplete, 'unknown'> {
  if (isA(error, GraphNotServedError))
    return {
      reason: 'GRAPH_NOT_SERVED',
      message: `The graph "${graphId}" is not in langgraph.json; showing the state as stored`,
    };
  return {
    reason: 'GRAPH_FAILED',
    message: `The graph "${graphId}" could not be built or read: ${causeOf(error)}`,
  };
}

/** What a graph's code threw, as callers see it. */
function causeOf(error: unknown): string {
  return isA(error, GraphLoadError) ? error.why : toldOf(error);
}

/** The graphs of a langgraph.json, ready to be used with any saver. */
export class LoadedGraphs implements GraphSource {
  readonly graphIds: readonly string[];
  readonly #graphs: ReadonlyMap<string, LoadedGraph>;
  readonly #store: BaseStore | null;

  /** @param store every graph's, in place of its own; null: each keeps its own */
  constructor(graphs: readonly LoadedGraph[], store: BaseStore | null = null) {
    this.#store = store;
    this.graphIds = graphs.map(({ reference }) => reference.graphId);
    this.#graphs = new Map(graphs.map((graph) => [graph.reference.graphId, graph]));
  }

  has(graphId: string): boolean {
    return this.#graphs.has(graphId);
  }

  needsConfig(graphId: string): boolean {
    return this.#graphs.get(graphId)?.kind === 'factory';
  }

  async graphFor(
    graphId: string,
    call: GraphCall,
    saver: SaverHandle,
    access?: ReadAccess,
  ): Promise<CompiledGraph> {
    return served(await this.bare(graphId, call, access), saver, this.#store);
  }

  /**
   * The graph as it was compiled, without a saver of ours: to look at, not to run. Rejects as graphFor does.
   */
  async bare(graphId: string, call: GraphCall, access?: ReadAccess): Promise<CompiledGraph> {
    const runtime: ServerRuntime =
      access === undefined
        ? { accessContext: 'threads.create_run', executionRuntime: { context: call.context ?? undefined } }
        : { accessContext: access, executionRuntime: null };
    return this.#build(graphId, runtime, () => factoryConfig(graphId, call));
  }

  /** The same without a thread: for its drawing and its schemas. */
  async inspected(graph: InspectedGraph): Promise<CompiledGraph> {
    const runtime: ServerRuntime = { accessContext: 'assistants.read', executionRuntime: null };
    return this.#build(graph.graphId, runtime, () => inspectionConfig(graph));
  }

  async #build(graphId: string, runtime: ServerRuntime, config: () => FactoryConfig): Promise<CompiledGraph> {
    const loaded = this.#graphs.get(graphId);
    if (loaded === undefined) throw new GraphNotServedError(graphId, this.graphIds);
    return loaded.kind === 'compiled' ? loaded.graph : loaded.build(config(), runtime);
  }
}

/** A clone with our saver and store; subgraphs inherit both through the config. */
function served(graph: CompiledGraph, { saver }: SaverHandle, store: BaseStore | null): CompiledGraph {
  const clone = withSaver(graph, saver as BaseCheckpointSaver);
  return store === null ? clone : Object.assign(clone, { store });
}
