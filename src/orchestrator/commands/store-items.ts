import type { Owner } from '../../domain/ids.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { FoundItem, Namespace, StoreItem } from '../../domain/store-item.ts';
import {
  FILTER_OPERATORS,
  labelFault,
  nameFault,
  putNamespaceFault,
  unknownOperator,
} from '../../domain/store-item.ts';
import type { Found, Invalid } from '../outcomes.ts';
import type { ValidationIssue } from '../ports/graph-host.ts';
import type { LongTermStore, MemoryOperation } from '../ports/item-store.ts';
import { issue } from './validation.ts';

export type StoreItemRef = { readonly owner: Owner; readonly namespace: Namespace; readonly key: string };
export type GetStoreItem = StoreItemRef & { readonly refreshTtl?: boolean | undefined };
/** `index`, `ttlMinutes`: as MemoryOperation's. */
export type PutStoreItem = StoreItemRef & {
  readonly value: Json;
  readonly index?: readonly string[] | false | undefined;
  readonly ttlMinutes?: number | null | undefined;
};
type Paging = { readonly owner: Owner; readonly limit: number; readonly offset: number };
export type SearchStoreItems = Paging & {
  readonly prefix: Namespace;
  readonly filter?: Json | undefined;
  readonly query?: string | undefined;
  readonly refreshTtl?: boolean | undefined;
};
export type ListStoreNamespaces = Paging & {
  readonly prefix?: Namespace | undefined;
  readonly suffix?: Namespace | undefined;
  readonly maxDepth?: number | undefined;
};

/** As long as a thread may wait, and then some. */
const MAX_TTL_MINUTES = 100 * 365 * 24 * 60;

/** The long-term store as transports have it: what makes no sense is refused as data, and changes nothing. */
export class StoreItems {
  readonly #store: LongTermStore;

  constructor(store: LongTermStore) {
    this.#store = store;
  }

  /** A new item, or a new value of one that is there. */
  put({
    owner,
    namespace,
    key,
    value,
    index,
    ttlMinutes,
  }: PutStoreItem): Promise<Found<StoreItem> | Invalid> {
    const issues = [
      ...fault('namespace', putNamespaceFault(namespace)),
      ...fault('key', nameFault(key)),
      ...fault('value', isJsonObject(value) ? null : 'must be a JSON object'),
      ...fault(
        'ttlMinutes',
        isTtl(ttlMinutes)
          ? null
          : `must be a number of minutes greater than 0 and at most ${MAX_TTL_MINUTES}`,
      ),
    ];
    return this.#answer<StoreItem>(owner, issues, {
      kind: 'put',
      namespace,
      key,
      value: value as JsonObject,
      index,
      ttlMinutes,
    });
  }

  /** Null: there is none. */
  get({ owner, namespace, key, refreshTtl }: GetStoreItem): Promise<Found<StoreItem | null> | Invalid> {
    const issues = [...fault('namespace', labelFault(namespace)), ...fault('key', nameFault(key))];
    return this.#answer<StoreItem | null>(owner, issues, { kind: 'get', namespace, key, refreshTtl });
  }

  /** `value`: was there one? */
  delete({ owner, namespace, key }: StoreItemRef): Promise<Found<boolean> | Invalid> {
    const issues = [...fault('namespace', labelFault(namespace)), ...fault('key', nameFault(key))];
    return this.#answer<boolean>(owner, issues, { kind: 'delete', namespace, key });
  }

  /**
   * Those at or below a namespace that pass the filter: the nearest to `query` first where there is one, else
   * the last updated.
   */
  search({
    owner,
    prefix,
    filter,
    query,
    limit,
    offset,
    refreshTtl,
  }: SearchStoreItems): Promise<Found<readonly FoundItem[]> | Invalid> {
    const issues = [
      ...fault('namespacePrefix', labelFault(prefix)),
      ...fault('filter', filterFault(filter ?? null)),
    ];
    const asked = { filter: (filter ?? null) as JsonObject | null, query: query || null, refreshTtl };
    return this.#answer<readonly FoundItem[]>(owner, issues, {
      kind: 'search',
      prefix,
      limit,
      offset,
      ...asked,
    });
  }

  namespaces({
    owner,
    prefix,
    suffix,
    maxDepth,
    limit,
    offset,
  }: ListStoreNamespaces): Promise<Found<readonly Namespace[]> | Invalid> {
    const issues = [
      ...fault('prefix', labelFault(prefix ?? [])),
      ...fault('suffix', labelFault(suffix ?? [])),
      ...fault('maxDepth', maxDepth === undefined || maxDepth > 0 ? null : 'must be greater than 0'),
    ];
    const pattern = { prefixes: given(prefix), suffixes: given(suffix), maxDepth };
    return this.#answer<readonly Namespace[]>(owner, issues, {
      kind: 'namespaces',
      limit,
      offset,
      ...pattern,
    });
  }

  async #answer<T>(
    owner: Owner,
    issues: readonly ValidationIssue[],
    operation: MemoryOperation,
  ): Promise<Found<T> | Invalid> {
    if (issues.length > 0) return { kind: 'invalid', issues };
    const [result] = await this.#store.batch(owner, 'API', [operation]);
    return { kind: 'ok', value: result as T };
  }
}

const fault = (path: string, message: string | null): ValidationIssue[] =>
  message === null ? [] : [issue(path, message)];
const given = (namespace: Namespace | undefined): Namespace[] => (namespace === undefined ? [] : [namespace]);
const isTtl = (minutes: number | null | undefined): boolean =>
  minutes == null || (minutes > 0 && minutes <= MAX_TTL_MINUTES);

function filterFault(filter: Json): string | null {
  if (filter === null) return null;
  if (!isJsonObject(filter)) return 'must be a JSON object';
  const unknown = unknownOperator(filter);
  return unknown === null
    ? null
    : `contains the unknown operator ${unknown.operator} at "${unknown.key}"; supported are ${FILTER_OPERATORS.join(', ')}`;
}
