import { AsyncBatchedStore } from '@langchain/langgraph-checkpoint';
import type { EventBody } from '../domain/event.ts';
import type { RunId } from '../domain/ids.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { MessageJson } from '../domain/message.ts';
import type { RunCommand } from '../domain/run.ts';
import type { SaverHandle } from '../orchestrator/ports/checkpoints.ts';
import type {
  BulkUpdateState,
  ComposedInput,
  ComposeInput,
  Execution,
  GraphCall,
  GraphHost,
  PrepareHistory,
  ReadState,
  Reconcile,
  StateUpdated,
  StateValuesJson,
  StreamEnd,
  ThreadStateJson,
  UpdateState,
  ValidationIssue,
} from '../orchestrator/ports/graph-host.ts';
import type {
  GraphDrawing,
  GraphSchemas,
  InspectedGraph,
  Subgraph,
} from '../orchestrator/ports/graph-inspector.ts';
import { execute } from './execution/execution.ts';
import { inScope } from './execution/graph-scope.ts';
import { checkInput, commandIssues, nodesOf, readTaskInput } from './execution/input-check.ts';
import { adaptBatchedStores } from './execution/store-queue.ts';
import { LangGraphInspector } from './inspect/inspector.ts';
import type { CompiledGraph, GraphSource, ReadAccess } from './loading/graph-source.ts';
import type { LoadedGraphs } from './loading/loaded-graphs.ts';
import { GraphLoadError } from './loading/loader.ts';
import { observeUserFunctions } from './loading/user-functions.ts';
import { composeInput } from './reconcile/compose-input.ts';
import { prepareHistory } from './reconcile/prepare-history.ts';
import { reconcile } from './reconcile/reconcile-interrupted-run.ts';
import { readMessages, readState, readValues } from './state/state-reader.ts';
import { bulkUpdateState, updateState } from './state/state-update.ts';

/**
 * The graphs of a langgraph.json, run by LangGraph. Stateless but for the loaded graphs: each call brings its
 * own saver.
 */
export class LangGraphHost implements GraphHost, GraphSource {
  readonly #graphs: LoadedGraphs;
  readonly #inspector: LangGraphInspector;

  constructor(graphs: LoadedGraphs) {
    observeUserFunctions();
    adaptBatchedStores(AsyncBatchedStore.prototype);
    this.#graphs = graphs;
    this.#inspector = new LangGraphInspector(graphs);
  }

  get graphIds(): readonly string[] {
    return this.#graphs.graphIds;
  }

  has(graphId: string): boolean {
    return this.#graphs.has(graphId);
  }

  graphFor(
    graphId: string,
    call: GraphCall,
    saver: SaverHandle,
    access?: ReadAccess,
  ): Promise<CompiledGraph> {
    return this.#graphs.graphFor(graphId, call, saver, access);
  }

  checkInput(graphId: string, call: GraphCall, input: Json): Promise<readonly ValidationIssue[]> {
    return this.#checked(graphId, call, (graph) => checkInput(graph, input));
  }

  checkCommand(graphId: string, call: GraphCall, command: RunCommand): Promise<readonly ValidationIssue[]> {
    return this.#checked(graphId, call, (graph) => commandIssues(graph, command));
  }

  /** A factory that refuses this config fails the run when it starts, and its end says why. */
  async #checked(
    graphId: string,
    call: GraphCall,
    check: (graph: CompiledGraph) => readonly ValidationIssue[] | Promise<readonly ValidationIssue[]>,
  ): Promise<readonly ValidationIssue[]> {
    try {
      return await scoped({ graphId, call }, async () => check(await this.#graphs.bare(graphId, call)));
    } catch (error) {
      if (error instanceof GraphLoadError) return [];
      throw error;
    }
  }

  async nodes(graphId: string, call: GraphCall): Promise<readonly string[] | null> {
    try {
      return nodesOf(await scoped({ graphId, call }, () => this.#graphs.bare(graphId, call)));
    } catch (error) {
      // As checkInput: the run's end says why.
      if (error instanceof GraphLoadError) return null;
      throw error;
    }
  }

  needsConfig(graphId: string): boolean {
    return this.#graphs.needsConfig(graphId);
  }

  execute(execution: Execution): Promise<StreamEnd> {
    return execute(this.#graphs, execution);
  }

  composeInput(request: ComposeInput): Promise<ComposedInput> {
    return scoped(request, () => composeInput(this.#graphs, request));
  }

  prepareHistory(request: PrepareHistory): Promise<readonly EventBody[]> {
    return scoped(request, () => prepareHistory(this.#graphs, request));
  }

  reconcile(request: Reconcile): Promise<readonly EventBody[]> {
    return scoped(request, () => reconcile(this.#graphs, request));
  }

  readState(request: ReadState): Promise<ThreadStateJson | null> {
    return scoped(request, () => readState(this.#graphs, request));
  }

  readValues(request: ReadState): Promise<StateValuesJson | null> {
    return readValues(this.#graphs, request);
  }

  readMessages(request: ReadState): Promise<readonly MessageJson[]> {
    return scoped(request, () => readMessages(this.#graphs, request));
  }

  readTaskInput(request: ReadState, task: JsonObject): Promise<Json> {
    return scoped(request, () => readTaskInput(this.#graphs, request, task));
  }

  updateState(request: UpdateState): Promise<StateUpdated> {
    return scoped(request, () => updateState(this.#graphs, request));
  }

  bulkUpdateState(request: BulkUpdateState): Promise<StateUpdated> {
    return scoped(request, () => bulkUpdateState(this.#graphs, request));
  }

  draw(graph: InspectedGraph, xray: boolean | number): Promise<GraphDrawing> {
    return this.#inspector.draw(graph, xray);
  }

  schemas(graph: InspectedGraph): Promise<GraphSchemas> {
    return this.#inspector.schemas(graph);
  }

  subgraphs(
    graph: InspectedGraph,
    options: { readonly namespace?: string | undefined; readonly recurse: boolean },
  ): Promise<Subgraph[]> {
    return this.#inspector.subgraphs(graph, options);
  }
}

/**
 * Calls user code outside of an execution: what it leaves behind (a timer that throws) belongs to the graph,
 * not to the server.
 */
function scoped<T>(
  { graphId, call }: { readonly graphId: string; readonly call: GraphCall },
  work: () => T,
): T {
  const run = call.runId === null ? null : { threadId: call.threadId, runId: call.runId as RunId };
  return inScope({ graphId, run, execution: null }, work);
}
