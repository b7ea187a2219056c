import type { Assistant } from '../../domain/assistant.ts';
import type { Owner } from '../../domain/ids.ts';
import type { Store } from '../ports/store.ts';
import type { DefaultAssistants } from './default-assistants.ts';

/** By id or by a graph's name; null where there is none. */
export async function findAssistant(
  { store, defaults }: { readonly store: Store; readonly defaults: DefaultAssistants },
  owner: Owner,
  idOrGraph: string,
): Promise<Assistant | null> {
  const id = defaults.idOf(idOrGraph);
  if (id === null) return null;
  await defaults.ensure(owner);
  const assistant = await store.reads.assistants.find(owner, id);
  return assistant === null || !defaults.isShown(assistant) ? null : assistant;
}
