import type { Assistant, AssistantVersion } from '../../src/domain/assistant.ts';
import { contentOf } from '../../src/domain/assistant.ts';
import type { AssistantId, Owner, RunId, ThreadId } from '../../src/domain/ids.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { containsJson } from '../../src/domain/json.ts';
import type {
  AssistantFilter,
  AssistantKey,
  AssistantQuery,
  AssistantReads,
  AssistantSearch,
  AssistantSortField,
  AssistantTx,
  AssistantVersionQuery,
} from '../../src/orchestrator/ports/assistants.ts';
import type { Window } from '../../src/orchestrator/ports/paging.ts';
import type { MemoryDatabase } from './memory-database.ts';
import type { Statements } from './statements.ts';

const assistantKey = (owner: Owner, id: AssistantId): string => JSON.stringify([owner, id]);
const versionKey = (owner: Owner, id: AssistantId, version: number): string =>
  JSON.stringify([owner, id, version]);
/** A version as its table keeps it. */
export type OwnedVersion = AssistantVersion & { readonly owner: Owner };

export class MemoryAssistantTx implements AssistantTx {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  lock(owner: Owner, id: AssistantId): Promise<Assistant | null> {
    return this.#statements.run(
      () => this.#statements.session.assistants.get(assistantKey(owner, id)) ?? null,
    );
  }

  insert(assistant: Assistant): Promise<boolean> {
    const { owner, id, version, createdAt } = assistant;
    return this.#statements.run(() => {
      const { assistants, assistantVersions } = this.#statements.session;
      if (assistants.get(assistantKey(owner, id)) !== undefined) return false;
      assistants.put(assistantKey(owner, id), assistant);
      assistantVersions.put(versionKey(owner, id, version), {
        ...contentOf(assistant),
        owner,
        assistantId: id,
        version,
        createdAt,
      });
      return true;
    });
  }

  update(assistant: Assistant): Promise<void> {
    return this.#statements.run(() =>
      this.#statements.session.assistants.put(assistantKey(assistant.owner, assistant.id), assistant),
    );
  }

  putVersion(owner: Owner, version: AssistantVersion): Promise<void> {
    const key = versionKey(owner, version.assistantId, version.version);
    return this.#statements.run(() =>
      this.#statements.session.assistantVersions.put(key, { ...version, owner }),
    );
  }

  version(owner: Owner, id: AssistantId, version: number): Promise<AssistantVersion | null> {
    return this.#statements.run(() => {
      const found = this.#statements.session.assistantVersions.get(versionKey(owner, id, version));
      return found === undefined ? null : withoutOwner(found);
    });
  }

  delete(owner: Owner, id: AssistantId): Promise<void> {
    return this.#statements.run(() => {
      const { assistants, assistantVersions } = this.#statements.session;
      for (const version of [...assistantVersions.values()])
        if (version.owner === owner && version.assistantId === id)
          assistantVersions.delete(versionKey(owner, id, version.version));
      assistants.delete(assistantKey(owner, id));
    });
  }
}

type Key = number | string;
const VALUES: Record<AssistantSortField, (assistant: Assistant) => Key> = {
  ASSISTANT_ID: ({ id }) => id,
  GRAPH_ID: ({ graphId }) => graphId,
  NAME: ({ name }) => name,
  CREATED_AT: ({ createdAt }) => createdAt.getTime(),
  UPDATED_AT: ({ updatedAt }) => updatedAt.getTime(),
};

/** Reads of assistants, of what is committed. */
export class MemoryAssistantReads implements AssistantReads {
  readonly #database: MemoryDatabase;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  async find(owner: Owner, id: AssistantId): Promise<Assistant | null> {
    return this.#database.assistants.get(assistantKey(owner, id)) ?? null;
  }

  async search(search: AssistantSearch): Promise<Assistant[]> {
    const { sortBy, direction, limit, offset } = search;
    const found = this.#matching(search).sort((a, b) =>
      comparing(direction)(keyOf(sortBy, a), keyOf(sortBy, b)),
    );
    return found.slice(offset, offset + limit);
  }

  async page({ order, window, ...filter }: AssistantQuery): Promise<Assistant[]> {
    return windowOf(
      this.#matching(filter),
      (assistant) => keyOf(order.field, assistant),
      comparing(order.direction),
      window,
    );
  }

  async count(filter: AssistantFilter): Promise<number> {
    return this.#matching(filter).length;
  }

  async versions({ owner, id, metadata, window }: AssistantVersionQuery): Promise<AssistantVersion[]> {
    return windowOf(
      this.#versions(owner, id, metadata),
      ({ version }) => version,
      (a, b) => b - a,
      window,
    );
  }

  async countVersions(owner: Owner, id: AssistantId, metadata?: JsonObject): Promise<number> {
    return this.#versions(owner, id, metadata).length;
  }

  async runs(
    owner: Owner,
    id: AssistantId,
    after: RunId | null,
    limit: number,
  ): Promise<{ id: RunId; threadId: ThreadId }[]> {
    const runs = [...this.#database.runs.values()].filter(
      (run) => run.owner === owner && run.assistantId === id && (after === null || run.id > after),
    );
    return runs
      .sort((a, b) => order(a.id, b.id))
      .slice(0, limit)
      .map((run) => ({ id: run.id, threadId: run.threadId }));
  }

  async threads(owner: Owner, id: AssistantId, limit: number): Promise<ThreadId[]> {
    const runs = [...this.#database.runs.values()];
    const isIts = (threadId: ThreadId, metadata: JsonObject): boolean => {
      const own = runs.filter((run) => run.threadId === threadId);
      return (
        metadata['assistant_id'] === id || (own.length > 0 && own.every((run) => run.assistantId === id))
      );
    };
    const found = [...this.#database.threads.values()].filter(
      (thread) => thread.owner === owner && isIts(thread.id, thread.metadata),
    );
    return found
      .map((thread) => thread.id)
      .sort(order)
      .slice(0, limit);
  }

  #matching({ owner, defaults, graphId, name, metadata = {} }: AssistantFilter): Assistant[] {
    return [...this.#database.assistants.values()].filter(
      (assistant) =>
        assistant.owner === owner &&
        (!assistant.isDefault || defaults.includes(assistant.id)) &&
        (graphId === undefined || assistant.graphId === graphId) &&
        (name === undefined || assistant.name.toLowerCase().includes(name.toLowerCase())) &&
        containsJson(assistant.metadata, metadata),
    );
  }

  #versions(owner: Owner, id: AssistantId, metadata: JsonObject = {}): AssistantVersion[] {
    return [...this.#database.assistantVersions.values()]
      .filter(
        (version) =>
          version.owner === owner && version.assistantId === id && containsJson(version.metadata, metadata),
      )
      .map(withoutOwner);
  }
}

const withoutOwner = ({ owner: _owner, ...version }: OwnedVersion): AssistantVersion => version;
const order = (a: Key, b: Key): number => (a < b ? -1 : a > b ? 1 : 0);
const keyOf = (field: AssistantSortField, assistant: Assistant): AssistantKey => ({
  value: VALUES[field](assistant),
  id: assistant.id,
});
const comparing =
  (direction: 'ASC' | 'DESC') =>
  (a: AssistantKey, b: AssistantKey): number =>
    (direction === 'ASC' ? 1 : -1) * (order(a.value, b.value) || order(a.id, b.id));

function windowOf<T, K>(
  items: readonly T[],
  keyOfItem: (item: T) => K,
  compare: (a: K, b: K) => number,
  window: Window<K>,
): T[] {
  const { after, before, limit, inverted } = window;
  const within = items.filter((item) => {
    const key = keyOfItem(item);
    return (
      (after === undefined || compare(key, after) > 0) && (before === undefined || compare(key, before) < 0)
    );
  });
  const sorted = within.sort((a, b) => (inverted ? -1 : 1) * compare(keyOfItem(a), keyOfItem(b)));
  return sorted.slice(0, limit);
}
