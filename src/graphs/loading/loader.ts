import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Json } from '../../domain/json.ts';
import { describeThrown, isErrorLike, read, toldOf } from '../../domain/thrown.ts';
import { inScope } from '../execution/graph-scope.ts';
import type { CompiledGraph, ReadAccess } from './graph-source.ts';
import type { GraphReference } from './langgraph-json.ts';

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.cts', '.cjs', '.tsx', '.jsx', '.json'];

/**
 * Why importing a module of the user's project failed, in words that say what to change. Node runs TypeScript
 * by stripping its types, so what needs a compiler or a bundler (imports without extensions, enums, .tsx)
 * fails in ways that deserve an explanation.
 */
export function explainImportFailure(error: unknown): string {
  if (!isErrorLike(error)) return toldOf(error);
  const { message } = describeThrown(error);
  switch (read(error, 'code')) {
    case 'ERR_MODULE_NOT_FOUND':
      return explainMissing(error, message);
    case 'ERR_UNSUPPORTED_DIR_IMPORT':
      return `${message}: imports must include the file name, such as "./folder/index.ts" (${STRIPPING})`;
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
      return `${message}: enums, namespaces with values, parameter properties and decorators require a compiler (${STRIPPING})`;
    case 'ERR_UNKNOWN_FILE_EXTENSION':
      return `${message}: graphs must be .ts, .mts, .js or .mjs files`;
    default:
      return toldOf(error);
  }
}

const STRIPPING =
  'Node only strips types from TypeScript; for other features, compile the project and refer to the .js file';

function explainMissing(error: object, message: string): string {
  const wanted = missingFile(error);
  if (wanted === null) return message;
  const beside = [
    ...EXTENSIONS.map((extension) => wanted + extension),
    wanted.replace(/\.([cm]?)js$/, '.$1ts'),
  ];
  const meant = beside.find((candidate) => candidate !== wanted && existsSync(candidate));
  if (meant === undefined) return message;
  return `${message}: found ${basename(meant)}; relative imports must include the file extension (${STRIPPING})`;
}

/** The file that a failed import looked for; null for a package. */
function missingFile(error: object): string | null {
  const url = read(error, 'url');
  return typeof url === 'string' && url.startsWith('file:') ? fileURLToPath(url) : null;
}

/** A graph that could not be loaded. The message names the graph, the file, the export and the cause. */
export class GraphLoadError extends Error {
  override readonly name = 'GraphLoadError';
  readonly graphId: string;
  /** The cause alone, without the file: what callers of the API may see. */
  readonly why: string;
  constructor({ graphId, file, exportName }: GraphReference, why: string, cause?: unknown) {
    super(`Graph "${graphId}" (${file}, export "${exportName}") cannot be loaded: ${why}`, { cause });
    this.graphId = graphId;
    this.why = why;
  }
}

/** langgraph.json names no such graph (any more). */
export class GraphNotServedError extends RangeError {
  override readonly name = 'GraphNotServedError';
  constructor(graphId: string, served: readonly string[]) {
    super(`Unknown graph "${graphId}"; available graphs are ${served.join(', ')}`);
  }
}

/**
 * A factory's second argument, as LangGraph's servers pass it (langgraph-sdk's ServerRuntime): what the graph
 * is built for, and the run's context where it is built to execute one.
 */
export type ServerRuntime =
  | {
      readonly accessContext: 'threads.create_run';
      readonly executionRuntime: { readonly context: Json | undefined };
    }
  | { readonly accessContext: ReadAccess; readonly executionRuntime: null };

/** The config that a factory of graphs is called with. */
export type FactoryConfig = {
  readonly configurable: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
};

/** What langgraph.json names, imported. */
export type LoadedGraph =
  | { readonly kind: 'compiled'; readonly reference: GraphReference; readonly graph: CompiledGraph }
  /** `build` rejects with GraphLoadError when the user's function throws or returns no graph. */
  | {
      readonly kind: 'factory';
      readonly reference: GraphReference;
      build(config: FactoryConfig, runtime: ServerRuntime): Promise<CompiledGraph>;
    };

/**
 * Imports every graph, in order. Rejects with GraphLoadError for the first that doesn't load; a factory is
 * only called when it is used.
 */
export async function loadGraphs(references: readonly GraphReference[]): Promise<LoadedGraph[]> {
  const loaded: LoadedGraph[] = [];
  for (const reference of references)
    loaded.push(
      await inScope({ graphId: reference.graphId, run: null, execution: null }, () => loadGraph(reference)),
    );
  return loaded;
}

/**
 * Imports one graph: a compiled graph, a builder with compile(), an agent that has its graph under `.graph`,
 * a promise of one of these, or a function of the config that returns one (protocol.md §8.1). Rejects with
 * GraphLoadError.
 *
 * @public for a test that loads it in a process of its own
 */
export async function loadGraph(reference: GraphReference): Promise<LoadedGraph> {
  const exported = await importExport(reference);
  if (typeof exported !== 'function')
    return { kind: 'compiled', reference, graph: toGraph(reference, exported, 'the export') };
  const factory = exported as (config: FactoryConfig, runtime: ServerRuntime) => unknown;
  return {
    kind: 'factory',
    reference,
    async build(config, runtime) {
      let made: unknown;
      try {
        made = await factory(config, runtime);
      } catch (error) {
        throw new GraphLoadError(reference, `the function threw ${toldOf(error)}`, error);
      }
      return toGraph(reference, made, "the function's result");
    },
  };
}

async function importExport(reference: GraphReference): Promise<unknown> {
  const { file, exportName } = reference;
  if (!existsSync(file)) throw new GraphLoadError(reference, 'file not found');
  let module: Readonly<Record<string, unknown>>;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    throw new GraphLoadError(reference, explainImportFailure(error), error);
  }
  let exported: unknown;
  try {
    exported = await module[exportName];
  } catch (error) {
    throw new GraphLoadError(reference, `its promise was rejected with ${toldOf(error)}`, error);
  }
  if (exported === undefined || exported === null) {
    const names = Object.keys(module);
    throw new GraphLoadError(
      reference,
      `export not found; the file exports ${names.length === 0 ? 'none' : names.join(', ')}`,
    );
  }
  return exported;
}

function toGraph(reference: GraphReference, value: unknown, what: string): CompiledGraph {
  if (isCompiled(value)) return value;
  if (typeof value === 'object' && value !== null) {
    // An agent has `.graph` and methods of its own, a builder compiles.
    const { graph, compile } = value as { graph?: unknown; compile?: unknown };
    if (isCompiled(graph)) return graph;
    if (typeof compile === 'function') return compileBuilder(reference, value as { compile(): unknown });
  }
  throw new GraphLoadError(
    reference,
    `${what} must be a graph, a builder with compile() or an agent with .graph, got ${nameOf(value)}`,
  );
}

function compileBuilder(reference: GraphReference, builder: { compile(): unknown }): CompiledGraph {
  let compiled: unknown;
  try {
    compiled = builder.compile();
  } catch (error) {
    throw new GraphLoadError(reference, `compile() threw ${toldOf(error)}`, error);
  }
  if (!isCompiled(compiled))
    throw new GraphLoadError(reference, `compile() returned ${nameOf(compiled)}, not a graph`);
  return compiled;
}

/** By LangGraph's own mark: the user's project may have a copy of LangGraph that isn't ours. */
const isCompiled = (value: unknown): value is CompiledGraph =>
  typeof value === 'object' && value !== null && (value as { lg_is_pregel?: unknown }).lg_is_pregel === true;

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `the ${typeof value} ${String(value)}`;
  return `an object of ${value.constructor?.name ?? 'no class'}`;
}
