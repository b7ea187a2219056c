import { AsyncLocalStorage } from 'node:async_hooks';
import { BaseCallbackHandler } from '@langchain/core/callbacks/base';
import type { Serialized } from '@langchain/core/load/serializable';
import { AsyncLocalStorageProviderSingleton } from '@langchain/core/singletons';
import type { WorkPlace } from '../../orchestrator/ports/underway.ts';
import { currentScope, type ToolNames } from '../execution/graph-scope.ts';
import { adaptBatchedStores, isBatchedStore } from '../execution/store-queue.ts';

type Run = <T>(store: unknown, callback: () => T) => T;
type ConfigStorage = { run: Run };
/** What LangChain keeps there: the config of the function, under its own key. */
type Kept = { readonly extra?: Readonly<Record<symbol, FunctionConfig | undefined>> } | undefined;
type FunctionConfig = {
  readonly callbacks?: unknown;
  readonly configurable?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly store?: unknown;
};

const CHILD_CONFIG = Symbol.for('lc:child_config');
const observed = new WeakSet<object>();

/**
 * From now on the functions of nodes, tasks and tools are counted in the Underway of the execution that calls
 * them, until they have settled.
 *
 * LangChain and LangGraph call each of them (RunnableCallable, RunnableLambda, `tool`, LangChain's
 * middleware) within the one AsyncLocalStorage of the process that carries their config, which every copy of
 * the libraries shares (`ls:tracing_async_local_storage`). There the promise of the function itself is seen.
 * Callbacks and streams don't show it: at an abort both end before the function does (core's raceWithSignal).
 */
export function observeUserFunctions(): void {
  AsyncLocalStorageProviderSingleton.initializeGlobalInstance(new AsyncLocalStorage());
  const storage = AsyncLocalStorageProviderSingleton.getInstance() as unknown as ConfigStorage;
  if (observed.has(storage)) return;
  observed.add(storage);
  const run = storage.run.bind(storage) as Run;
  storage.run = (kept, callback) => {
    const execution = currentScope()?.execution;
    const config = (kept as Kept)?.extra?.[CHILD_CONFIG];
    // Without a config it is not a function of the graph: LangChain calls its callbacks this way.
    if (execution == null || config === undefined) return run(kept, callback);
    // A graph's project may have a copy of the library of its own, which shows itself here at the latest.
    if (isBatchedStore(config.store)) adaptBatchedStores(Object.getPrototypeOf(config.store) as object);
    const tool = execution.tools.nameOf(callbackRunIdOf(config));
    return execution.underway.during(
      () => placeOf(config, tool),
      () => run(kept, callback),
    );
  };
}

function placeOf(config: FunctionConfig, tool: string | undefined): WorkPlace {
  const ns = config.configurable?.['checkpoint_ns'];
  const node =
    typeof ns === 'string' && ns !== '' ? pathOf(ns) : String(config.metadata?.['langgraph_node'] ?? 'graph');
  return tool === undefined ? node : `${node}:${tool}`;
}

/** `outer:id|inner:id` without the ids. */
const pathOf = (ns: string): string =>
  ns
    .split('|')
    .map((segment) => segment.split(':')[0])
    .join('|');

/** The function's own callbacks name whose children they are: the tool that it is of. */
const callbackRunIdOf = (config: FunctionConfig): string =>
  String((config.callbacks as { _parentRunId?: string } | undefined)?._parentRunId ?? '');

/**
 * Notes the names of the tools that an execution calls: a tool's function is called with a config that
 * doesn't say which it is.
 */
export class CalledTools extends BaseCallbackHandler implements ToolNames {
  override readonly name = 'interject-called-tools';
  override awaitHandlers = true;
  override ignoreLLM = true;
  override ignoreChain = true;
  override ignoreRetriever = true;
  override ignoreCustomEvent = true;
  readonly #names = new Map<string, string>();

  override handleToolStart(
    tool: Serialized,
    _input: string,
    runId: string,
    _parentRunId?: string,
    _tags?: string[],
    _metadata?: Record<string, unknown>,
    runName?: string,
  ): void {
    this.#names.set(runId, runName ?? tool.id.at(-1) ?? 'tool');
  }

  override handleToolEnd(_output: unknown, runId: string): void {
    this.#names.delete(runId);
  }

  override handleToolError(_error: unknown, runId: string): void {
    this.#names.delete(runId);
  }

  nameOf(callbackRunId: string): string | undefined {
    return this.#names.get(callbackRunId);
  }
}
