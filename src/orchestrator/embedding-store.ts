import type { Vector } from '../domain/embedding.ts';
import { textsAtPath } from '../domain/embedding.ts';
import type { Owner } from '../domain/ids.ts';
import type { StoreTtlSettings } from './ports/deployment.ts';
import type {
  ItemOperation,
  ItemResult,
  ItemStore,
  ItemView,
  LongTermStore,
  MemoryOperation,
  PutItem,
  SemanticIndex,
} from './ports/item-store.ts';

/** Of a langgraph.json that says nothing of it. */
export const NO_TTL: StoreTtlSettings = { refreshOnRead: true, defaultMinutes: null, sweepMinutes: null };

type Put = Extract<MemoryOperation, { kind: 'put' }>;
const MINUTE_MS = 60_000;

/** Says what the settings say, and makes vectors of texts, for a store of items. */
export class EmbeddingStore implements LongTermStore {
  readonly #items: ItemStore;
  readonly #index: SemanticIndex | null;
  readonly #ttl: StoreTtlSettings;

  /** @param index null: queries are answered as if none had been asked, as LangGraph's own store does */
  constructor(items: ItemStore, index: SemanticIndex | null, ttl: StoreTtlSettings = NO_TTL) {
    this.#items = items;
    this.#index = index;
    this.#ttl = ttl;
  }

  async batch(
    owner: Owner,
    view: ItemView,
    operations: readonly MemoryOperation[],
  ): Promise<readonly ItemResult[]> {
    const vectors = await this.#embed(operations);
    return this.#items.perform(
      owner,
      view,
      operations.map((operation) => this.#prepared(operation, vectors)),
    );
  }

  #prepared(operation: MemoryOperation, vectors: EmbeddedTexts): ItemOperation {
    switch (operation.kind) {
      case 'get':
        return { ...operation, refreshTtl: operation.refreshTtl ?? this.#ttl.refreshOnRead };
      case 'search': {
        const query = operation.query === null ? null : (vectors.queries.get(operation.query) ?? null);
        return { ...operation, query, refreshTtl: operation.refreshTtl ?? this.#ttl.refreshOnRead };
      }
      case 'put':
        return this.#preparedPut(operation, vectors);
      case 'delete':
      case 'namespaces':
        return operation;
    }
  }

  #preparedPut(put: Put, vectors: EmbeddedTexts): PutItem {
    const { kind, namespace, key, value } = put;
    const minutes = put.ttlMinutes === undefined ? this.#ttl.defaultMinutes : put.ttlMinutes;
    return {
      kind,
      namespace,
      key,
      value,
      ttlMs: minutes === null ? null : Math.max(1, Math.round(minutes * MINUTE_MS)),
      vectors: this.#textsOf(put).flatMap(({ path, text }) => {
        const vector = vectors.documents.get(text);
        return vector === undefined ? [] : [{ path, vector }];
      }),
    };
  }

  /** Each text once, and all of them at once. */
  async #embed(operations: readonly MemoryOperation[]): Promise<EmbeddedTexts> {
    const index = this.#index;
    if (index === null) return { queries: new Map(), documents: new Map() };
    const queries = new Set(
      operations.flatMap((operation) =>
        operation.kind === 'search' && operation.query ? [operation.query] : [],
      ),
    );
    const texts = new Set(
      operations
        .flatMap((operation) => (operation.kind === 'put' ? this.#textsOf(operation) : []))
        .map(({ text }) => text),
    );
    const [asked, embedded] = await Promise.all([
      Promise.all([...queries].map((query) => index.embedder.embedQuery(query))),
      texts.size === 0 ? [] : index.embedder.embedDocuments([...texts]),
    ]);
    return { queries: paired(index, queries, asked), documents: paired(index, texts, embedded) };
  }

  #textsOf({ value, index }: Put): { readonly path: string; readonly text: string }[] {
    if (this.#index === null || index === false) return [];
    const paths = new Set(index ?? this.#index.fields);
    return [...paths].flatMap((path) =>
      textsAtPath(value, path).map((text, place, { length }) => ({
        path: length === 1 ? path : `${path}.${place}`,
        text,
      })),
    );
  }
}

type EmbeddedTexts = {
  readonly queries: ReadonlyMap<string, Vector>;
  readonly documents: ReadonlyMap<string, Vector>;
};

/** @throws Error when the model made something else of the texts than store.index says */
function paired(
  { dims }: SemanticIndex,
  texts: ReadonlySet<string>,
  vectors: readonly Vector[],
): Map<string, Vector> {
  if (vectors.length !== texts.size)
    throw new Error(
      `The embedding of store.index returned ${vectors.length} vectors for ${texts.size} texts`,
    );
  const wrong = vectors.find((vector) => vector.length !== dims || !vector.every(Number.isFinite));
  if (wrong !== undefined)
    throw new Error(
      `The embedding of store.index returned a vector that is not ${dims} finite numbers (dims)`,
    );
  return new Map([...texts].map((text, place) => [text, vectors[place] ?? []]));
}
