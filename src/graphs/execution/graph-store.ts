import {
  BaseStore,
  InvalidNamespaceError,
  type Item,
  type Operation,
  type OperationResults,
  type SearchItem,
  validateNamespace,
} from '@langchain/langgraph-checkpoint';
import type { Owner } from '../../domain/ids.ts';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import { JsonCopier } from '../../domain/json-copy.ts';
import type { FoundItem, Namespace, StoreItem } from '../../domain/store-item.ts';
import { nameFault } from '../../domain/store-item.ts';
import type { ItemResult, LongTermStore, MemoryOperation } from '../../orchestrator/ports/item-store.ts';

/**
 * The long-term store as graphs have it: config.store, getStore(). It answers as LangGraph's InMemoryStore
 * does, call by call, but that values come back as JSON does, and that an item's vectors are those of its
 * last put.
 */
export class GraphStore extends BaseStore {
  readonly #store: LongTermStore;
  readonly #owner: Owner;

  constructor(store: LongTermStore, owner: Owner) {
    super();
    this.#store = store;
    this.#owner = owner;
  }

  /**
   * All writes are stored, or none. @throws InvalidNamespaceError, TypeError or RangeError for what makes no
   * sense; then nothing is stored
   */
  override async batch<Op extends readonly Operation[]>(operations: Op): Promise<OperationResults<Op>> {
    const results = await this.#store.batch(this.#owner, 'GRAPH', operations.map(toMemoryOperation));
    return operations.map((operation, index) =>
      toResult(operation, results[index] ?? null),
    ) as OperationResults<Op>;
  }
}

function toMemoryOperation(operation: Operation): MemoryOperation {
  if ('namespacePrefix' in operation) {
    const { namespacePrefix, filter, limit = 10, offset = 0, query } = operation;
    validateNamespace(namespacePrefix, { allowEmpty: true, allowReservedRoot: true });
    const page = { limit: wholeNumber('limit', limit), offset: wholeNumber('offset', offset) };
    return {
      kind: 'search',
      prefix: namespacePrefix,
      filter: (filter as JsonObject | undefined) ?? null,
      ...page,
      query: query || null,
    };
  }
  if ('namespace' in operation) {
    const { namespace, key } = operation;
    validateNamespace(namespace, { allowReservedRoot: true });
    const fault = nameFault(namespace) ?? nameFault(key);
    if (fault !== null) throw new InvalidNamespaceError(`The namespace and the key ${fault}`);
    if (!('value' in operation)) return { kind: 'get', namespace, key };
    if (operation.value === null) return { kind: 'delete', namespace, key };
    return {
      kind: 'put',
      namespace,
      key,
      value: storable(operation.value),
      index: operation.index ?? undefined,
    };
  }
  const { matchConditions = [], maxDepth, limit, offset = 0 } = operation;
  const paths = (wanted: 'prefix' | 'suffix') =>
    matchConditions.filter(({ matchType }) => matchType === wanted).map(({ path }) => path);
  return {
    kind: 'namespaces',
    prefixes: paths('prefix') as Namespace[],
    suffixes: paths('suffix') as Namespace[],
    maxDepth,
    limit: limit === undefined ? null : wholeNumber('limit', limit),
    offset: wholeNumber('offset', offset),
  };
}

function wholeNumber(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0) return value;
  throw new RangeError(`${name} must be a whole number of at least 0, got ${value}`);
}

/**
 * As it will be read: undefined is left out as in JSON, and what JSON can't say is refused now, with its
 * place.
 */
function storable(value: unknown): JsonObject {
  const stored = typeof value === 'object' ? new JsonCopier().copy(value) : value;
  if (isJsonObject(stored)) return stored;
  throw new TypeError(
    `The value of an item must be an object, got ${Array.isArray(value) ? 'an array' : `a ${typeof value}`}`,
  );
}

function toResult(operation: Operation, result: ItemResult | null): unknown {
  if ('namespacePrefix' in operation) return (result as readonly FoundItem[]).map(toSearchItem);
  if ('namespace' in operation)
    return 'value' in operation || result === null ? null : toItem(result as StoreItem);
  return result;
}

const toItem = ({ namespace, key, value, createdAt, updatedAt }: StoreItem): Item => ({
  value: value as Record<string, unknown>,
  key,
  namespace: [...namespace],
  createdAt,
  updatedAt,
});

const toSearchItem = (item: FoundItem): SearchItem =>
  // a score that isn't there is there as undefined, as in LangGraph
  ({ ...toItem(item), score: item.score ?? undefined }) as SearchItem;
