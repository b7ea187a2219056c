import type { BaseCheckpointSaver } from '@langchain/langgraph';
import type { Json } from '../../domain/json.ts';
import { describeThrown } from '../../domain/thrown.ts';
import { CheckpointDamagedError } from '../../orchestrator/ports/checkpoints.ts';
import type {
  BulkUpdateState,
  StateUpdated,
  Superstep,
  UpdateState,
  ValidationIssue,
} from '../../orchestrator/ports/graph-host.ts';
import { toCommand } from '../execution/graph-stream.ts';
import { commandIssues } from '../execution/input-check.ts';
import { messageIssues } from '../execution/message-check.ts';
import { type CheckpointAddress, runConfig } from '../execution/run-config.ts';
import type { CompiledGraph, GraphSource } from '../loading/graph-source.ts';
import { graphTrouble } from '../loading/loaded-graphs.ts';
import { graphAt } from './state-reader.ts';

/** LangGraph's complaints that are about `asNode`: unknown, without writers, or not to be guessed. */
const ABOUT_NODE = /^(Ambiguous update|Node "|No writers found)/;

/** Writes values as a node had; see GraphHost.updateState. Rejects only when the storage fails. */
export async function updateState(graphs: GraphSource, request: UpdateState): Promise<StateUpdated> {
  const { graphId, call, ns = '', checkpointId, values, asNode } = request;
  return written(
    graphs,
    request,
    { ns, checkpointId },
    {
      write: (graph) =>
        graph.updateState(
          runConfig(graphId, call, { ns, checkpointId }) as object,
          values,
          asNode ?? undefined,
        ),
      check: async (graph) => {
        const written = await graphAt(graph, ns);
        return written === null ? [] : valueIssues(written, values, ['values']);
      },
    },
  );
}

/** Writes supersteps one on another; see GraphHost.bulkUpdateState. Rejects as updateState does. */
export async function bulkUpdateState(graphs: GraphSource, request: BulkUpdateState): Promise<StateUpdated> {
  const { graphId, call, supersteps } = request;
  const steps = supersteps.map(({ updates }) => ({
    updates: updates.map(({ values, command, asNode }) => ({
      values: command == null ? values : toCommand(command, []),
      ...(asNode === null ? {} : { asNode }),
    })),
  }));
  const address = { checkpointId: null };
  const write = (graph: CompiledGraph) =>
    graph.bulkUpdateState(runConfig(graphId, call, address) as object, steps as never);
  const check = (graph: CompiledGraph) =>
    supersteps.flatMap((superstep, step) => issuesOf(graph, superstep, step));
  return written(graphs, request, address, { write, check });
}

const issuesOf = (graph: CompiledGraph, { updates }: Superstep, step: number): ValidationIssue[] =>
  updates.flatMap(({ values, command }, index) => {
    const at = ['supersteps', String(step), 'updates', String(index)];
    if (command == null) return valueIssues(graph, values, [...at, 'values']);
    return commandIssues(graph, command).map(({ path, message }) => ({
      path: [...at, 'command', ...path],
      message,
    }));
  });

const valueIssues = (graph: CompiledGraph, values: Json, at: readonly string[]): ValidationIssue[] =>
  messageIssues(graph, values).map(({ path, message }) => ({ path: [...at, ...path], message }));

type Writing = {
  readonly write: (graph: CompiledGraph) => Promise<Config>;
  /** What is wrong with the values, where writing them failed. */
  readonly check: (graph: CompiledGraph) => readonly ValidationIssue[] | Promise<readonly ValidationIssue[]>;
};

async function written(
  graphs: GraphSource,
  { graphId, call, buffer }: Pick<UpdateState, 'graphId' | 'call' | 'buffer'>,
  address: CheckpointAddress,
  { write, check }: Writing,
): Promise<StateUpdated> {
  // Storage answers first, so what fails below is the graph: its factory, or reducers, schemas and branches
  // refusing these very values.
  try {
    await (buffer.saver as BaseCheckpointSaver).getTuple(runConfig(graphId, call, address) as object);
  } catch (error) {
    if (error instanceof CheckpointDamagedError) return { issues: [{ path: [], message: error.message }] };
    throw error;
  }
  let graph: CompiledGraph;
  try {
    graph = await graphs.graphFor(graphId, call, buffer, 'threads.update');
  } catch (error) {
    return { issues: [{ path: [], message: graphTrouble(graphId, error).message }] };
  }
  const issues = await check(graph);
  return issues.length > 0 ? { issues } : answered(() => write(graph));
}

type Config = { readonly configurable?: Readonly<Record<string, unknown>> };

async function answered(update: () => Promise<Config>): Promise<StateUpdated> {
  try {
    const config = await update();
    return { checkpointId: String(config.configurable?.['checkpoint_id']) };
  } catch (error) {
    const message = describeThrown(error).message;
    return { issues: [{ path: [ABOUT_NODE.test(message) ? 'asNode' : 'values'], message }] };
  }
}
