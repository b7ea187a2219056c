import type { Run } from '../domain/run.ts';
import type { DefaultAssistants } from './assistants/default-assistants.ts';
import type { Context } from './context.ts';
import type { CreateStatelessRun, CreateStatelessRunsOutcome } from './orchestrator.ts';
import { createStatelessRun } from './stateless-run.ts';
import { deleteThread } from './threads.ts';
import { issue } from './validation.ts';

/** Runs that one command may ask for. */
const MAX_RUNS = 100;

/** All of the runs or none: where one is refused, those before it are gone again, and the refusal says which it was. */
export async function createStatelessRuns(
  deps: Context & { readonly defaults: DefaultAssistants },
  commands: readonly CreateStatelessRun[],
): Promise<CreateStatelessRunsOutcome> {
  if (commands.length === 0 || commands.length > MAX_RUNS)
    return { kind: 'invalid', issues: [issue('runs', `must be 1 to ${MAX_RUNS} runs, but are ${commands.length}`)] };
  const runs: Run[] = [];
  for (const [index, command] of commands.entries()) {
    const outcome = await createStatelessRun(deps, command);
    if (outcome.kind === 'ok') {
      runs.push(outcome.value);
      continue;
    }
    for (const run of runs) await deleteThread(deps, { owner: run.owner, threadId: run.threadId });
    if (outcome.kind === 'invalid') {
      const issues = outcome.issues.map(({ path, message }) => ({ path: ['runs', String(index), ...path], message }));
      return { kind: 'invalid', issues };
    }
    if (outcome.kind === 'notFound') return outcome;
    throw new Error(`A run on a new thread was refused: ${outcome.kind}`);
  }
  return { kind: 'ok', value: runs };
}
