import { z } from 'zod';
import { ownerOf, type RestDeps } from '../../deps.ts';
import { absent, text } from '../../schemas/common.ts';
import { endOf, Subgraphs } from '../lifecycle.ts';
import { type CommandEnvelope, CommandError, type CommandResult, paramsOf } from './command.ts';
import { newestRun, requireThreadOf } from './thread.ts';

const getTree = z.object({ run_id: absent(text()) });

/** agent.getTree: the run's graph with its subgraphs as the log has them now; of the newest run where none is named. */
export async function agentTree(deps: RestDeps, threadId: string, command: CommandEnvelope): Promise<CommandResult> {
  const { run_id } = paramsOf(getTree, command);
  const { queries } = deps.orchestrator;
  const thread = await requireThreadOf(deps, threadId);
  const run = run_id === undefined ? await newestRun(deps, thread) : await queries.run(ownerOf(), run_id);
  if (run === null || run.threadId !== thread.id) throw new CommandError('no_such_run', `Run ${run_id} not found on thread ${thread.id}`);
  const subgraphs = new Subgraphs();
  for (const body of await queries.log(run)) {
    if (body.kind === 'TASK') subgraphs.task(body.ns, body.task, 0);
    if (body.kind === 'RUN_ENDED') subgraphs.close(endOf(body), 0);
  }
  const status = run.status === 'PENDING' ? 'started' : endOf(run);
  return { result: { tree: subgraphs.tree({ status, graphName: run.graphId }) } };
}
