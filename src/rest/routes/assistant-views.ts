import type { Assistant } from '../../domain/assistant.ts';
import type { Invalid, NotFound } from '../../orchestrator/orchestrator.ts';
import { ownerOf, type RestDeps } from '../deps.ts';
import { refusalOf } from '../refusals.ts';
import { notFound, type RestError } from '../rest-error.ts';

/** The assistant of a path, or 404 in the words that this protocol has there. */
export async function requireAssistantAt({ orchestrator }: RestDeps, idOrGraph: string): Promise<Assistant> {
  const assistant = await orchestrator.assistants.find(ownerOf(), idOrGraph);
  if (assistant === null) throw notFound(NOT_FOUND);
  return assistant;
}

const NOT_FOUND = 'Assistant not found';

export const assistantRefusal = (refusal: NotFound | Invalid): RestError =>
  refusal.kind === 'notFound' && refusal.what === 'Assistant' ? notFound(NOT_FOUND) : refusalOf(refusal);
