import { type Assistant, contentOf } from '../../domain/assistant.ts';
import { type AssistantId, defaultAssistantId, type Owner, parseAssistantId } from '../../domain/ids.ts';
import { synchronized } from '../../domain/run-options.ts';
import type { AssistantSeed } from '../ports/deployment.ts';
import type { Store, Tx } from '../ports/store.ts';

/** A graph of langgraph.json, as its default assistant shows it. */
export type ServedGraph = {
  readonly graphId: string;
  readonly description: string | null;
  readonly seed: AssistantSeed;
};

/**
 * The default assistants: a row for each served graph and owner, made before the first of an owner's
 * assistants is read or written (ADR 0018). One that was never changed is kept as langgraph.json and
 * LANGGRAPH_CONFIG have it now; one whose graph is not served is not shown.
 */
export class DefaultAssistants {
  readonly #store: Store;
  readonly #graphs: readonly ServedGraph[];
  /** Owners whose rows this process has seen to. */
  readonly #ensured = new Map<Owner, Promise<void>>();
  readonly ids: readonly AssistantId[];

  constructor(store: Store, graphs: readonly ServedGraph[]) {
    this.#store = store;
    this.#graphs = graphs;
    this.ids = graphs.map(({ graphId }) => defaultAssistantId(graphId));
  }

  /**
   * The id under which an assistant is stored: of a graph's name that of its default assistant. Null for what
   * is neither name nor UUID.
   */
  idOf(idOrGraph: string): AssistantId | null {
    return this.#graphs.some(({ graphId }) => graphId === idOrGraph)
      ? defaultAssistantId(idOrGraph)
      : parseAssistantId(idOrGraph);
  }

  isShown({ isDefault, id }: Assistant): boolean {
    return !isDefault || this.ids.includes(id);
  }

  /** Rejects when the database does; the next call tries again. */
  ensure(owner: Owner): Promise<void> {
    const begun = this.#ensured.get(owner);
    if (begun !== undefined) return begun;
    const ensured = this.#store.transaction((tx) => this.#write(tx, owner));
    this.#ensured.set(owner, ensured);
    ensured.catch(() => this.#ensured.delete(owner));
    return ensured;
  }

  /** In the order of ids, so that processes that start at once don't wait for each other crosswise. */
  async #write(tx: Tx, owner: Owner): Promise<void> {
    const wanted = this.#graphs
      .map((graph) => defaultAssistant(owner, graph, tx.now))
      .sort((left, right) => (left.id < right.id ? -1 : 1));
    for (const assistant of wanted) {
      const stored = await tx.assistants.lock(owner, assistant.id);
      if (stored === null) await tx.assistants.insert(assistant);
      else if (isStale(stored, assistant)) await replace(tx, stored, assistant);
    }
  }
}

function defaultAssistant(owner: Owner, { graphId, description, seed }: ServedGraph, now: Date): Assistant {
  const hasContext = Object.keys(seed.context).length > 0;
  return {
    id: defaultAssistantId(graphId),
    owner,
    graphId,
    name: graphId,
    description,
    ...synchronized(seed.config, hasContext ? seed.context : undefined),
    metadata: { created_by: 'system' },
    version: 1,
    newestVersion: 1,
    isDefault: true,
    createdAt: now,
    updatedAt: now,
  };
}

/** Somebody's changes stay as they are; so does an assistant that somebody made under this id. */
const isStale = (stored: Assistant, wanted: Assistant): boolean =>
  stored.isDefault &&
  stored.newestVersion === 1 &&
  JSON.stringify(contentOf(stored)) !== JSON.stringify(contentOf(wanted));

async function replace(tx: Tx, stored: Assistant, wanted: Assistant): Promise<void> {
  const assistant = { ...wanted, createdAt: stored.createdAt };
  await tx.assistants.update(assistant);
  await tx.assistants.putVersion(stored.owner, {
    ...contentOf(assistant),
    assistantId: stored.id,
    version: 1,
    createdAt: stored.createdAt,
  });
}

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
