import type { Run } from '../../domain/run.ts';
import type { RequestHeaders } from '../../orchestrator/orchestrator.ts';
import { ownerOf, type RestDeps } from '../deps.ts';
import { RestError } from '../rest-error.ts';
import type { StatelessRunBody } from '../schemas/create-run.ts';
import { requireAssistant, startStatelessRun } from './start-run.ts';

/**
 * Starts all of them, in order, or none: what can be known of a run without starting it is checked for all of them first, and when one is
 * refused all the same, those before it are stopped and removed. Rejects with the RestError that says which one, and why.
 */
export async function startStatelessBatch(deps: RestDeps, bodies: readonly StatelessRunBody[], headers: RequestHeaders): Promise<Run[]> {
  for (const [index, body] of bodies.entries()) await placed(index, () => requireAssistant(deps, body.assistant_id));
  const started: Run[] = [];
  try {
    for (const [index, body] of bodies.entries()) started.push(await placed(index, () => startStatelessRun(deps, body, headers)));
    return started;
  } catch (error) {
    for (const { threadId } of started) await deps.orchestrator.deleteThread({ owner: ownerOf(), threadId });
    throw error;
  }
}

/** A refusal says which of the runs it is about. */
async function placed<T>(index: number, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    throw new RestError(error.status, `${index}${error.status === 422 ? '.' : ': '}${error.message}`);
  }
}
