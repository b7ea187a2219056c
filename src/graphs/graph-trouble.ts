import { isA, toldOf } from '../domain/thrown.ts';
import type { StateIncomplete } from '../orchestrator/ports/graph-host.ts';
import { GraphLoadError, GraphNotServedError } from './loader.ts';

/** Why a graph couldn't say more of a state, in words for callers: without files of the server. */
export function graphTrouble(graphId: string, error: unknown): Omit<StateIncomplete, 'unknown'> {
  if (isA(error, GraphNotServedError))
    return { reason: 'GRAPH_NOT_SERVED', message: `The graph "${graphId}" is not in langgraph.json: this is the state as it was stored` };
  return { reason: 'GRAPH_FAILED', message: `The graph "${graphId}" could not be built or read: ${causeOf(error)}` };
}

/** What a graph's code threw, as callers see it. */
export function causeOf(error: unknown): string {
  return isA(error, GraphLoadError) ? error.why : toldOf(error);
}
