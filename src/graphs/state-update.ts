import type { BulkUpdateState, StateUpdated, UpdateState } from '../orchestrator/ports/graph-host.ts';
import { commandIssues } from './command-check.ts';
import type { GraphSource } from './graph-source.ts';
import { toCommand } from './graph-start.ts';
import { runConfig } from './run-config.ts';
import { snapshotOf } from './state-reader.ts';

/** LangGraph's complaints that are about `asNode`: unknown, without writers, or not to be guessed. */
const ABOUT_NODE = /^(Ambiguous update|Node "|No writers found)/;

/** Writes values as a node had; see GraphHost.updateState. Rejects only for what isn't the request's fault: the graph or the storage can't be had. */
export async function updateState(graphs: GraphSource, request: UpdateState): Promise<StateUpdated> {
  const { graphId, call, buffer, ns = '', checkpointId, values, asNode } = request;
  const graph = await graphs.graphFor(graphId, call, buffer);
  // Storage has answered by now, so what fails below is reducers, schemas and branches refusing these very values.
  await snapshotOf(graphs, { graphId, call, saver: buffer, ns, checkpointId });
  return answered(() => graph.updateState(runConfig(graphId, call, { ns, checkpointId }) as object, values, asNode ?? undefined));
}

/** Writes supersteps one on another; see GraphHost.bulkUpdateState. Rejects as updateState does. */
export async function bulkUpdateState(graphs: GraphSource, request: BulkUpdateState): Promise<StateUpdated> {
  const { graphId, call, buffer, supersteps } = request;
  const graph = await graphs.graphFor(graphId, call, buffer);
  await snapshotOf(graphs, { graphId, call, saver: buffer, checkpointId: null });
  const issues = supersteps.flatMap(({ updates }, step) =>
    updates.flatMap(({ command }, index) =>
      (command == null ? [] : commandIssues(graph, command)).map(({ path, message }) => ({
        path: ['supersteps', String(step), 'updates', String(index), 'command', ...path],
        message,
      })),
    ),
  );
  if (issues.length > 0) return { issues };
  const steps = supersteps.map(({ updates }) => ({
    updates: updates.map(({ values, command, asNode }) => ({
      values: command == null ? values : toCommand(command, []),
      ...(asNode === null ? {} : { asNode }),
    })),
  }));
  return answered(() => graph.bulkUpdateState(runConfig(graphId, call, { checkpointId: null }) as object, steps as never));
}

type Config = { readonly configurable?: Readonly<Record<string, unknown>> };

async function answered(update: () => Promise<Config>): Promise<StateUpdated> {
  try {
    const config = await update();
    return { checkpointId: String(config.configurable?.['checkpoint_id']) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { issues: [{ path: [ABOUT_NODE.test(message) ? 'asNode' : 'values'], message }] };
  }
}
