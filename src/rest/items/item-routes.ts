import type { Found, Invalid } from '../../orchestrator/outcomes.ts';
import type { RestDeps } from '../deps.ts';
import type { Endpoints } from '../endpoint.ts';
import { refusalOf } from '../refusals.ts';
import { errorObject } from '../schema.ts';
import {
  foundItemsObject,
  itemJson,
  itemObject,
  namespacesObject,
  storeDelete,
  storeGetQuery,
  storeNamespaces,
  storePut,
  storeSearch,
} from './item-json.ts';

const INVALID = { description: 'The request is not valid; see detail.', schema: errorObject };

/** The long-term store (protocol.md §2.9). */
export function addStoreEndpoints(endpoints: Endpoints, deps: RestDeps): void {
  addPutItem(endpoints, deps);
  addGetItem(endpoints, deps);
  addDeleteItem(endpoints, deps);
  addSearchItems(endpoints, deps);
  addListNamespaces(endpoints, deps);
}

function addPutItem(endpoints: Endpoints, deps: RestDeps): void {
  const { items } = deps.orchestrator;
  endpoints.add(
    {
      method: 'put',
      path: '/store/items',
      tag: 'Store',
      summary: 'Put an item, replacing any existing one',
      body: storePut,
      answers: { 204: { description: 'Stored.' }, 422: INVALID },
    },
    async ({ body: { namespace, key, value, index, ttl }, http, context: { owner } }) => {
      accepted(await items.put({ owner, namespace, key, value, index, ttlMinutes: ttl }));
      return http.body(null, 204);
    },
  );
}

function addGetItem(endpoints: Endpoints, deps: RestDeps): void {
  const { items } = deps.orchestrator;
  endpoints.add(
    {
      method: 'get',
      path: '/store/items',
      tag: 'Store',
      summary: 'Get an item',
      query: storeGetQuery,
      answers: {
        200: { description: 'The item, or null if it does not exist.', schema: itemObject.nullable() },
        422: INVALID,
      },
    },
    async ({ query: { namespace, key, refresh_ttl }, http, context: { owner } }) => {
      const item = accepted(await items.get({ owner, namespace, key, refreshTtl: refresh_ttl }));
      return http.json(item === null ? null : itemJson(item));
    },
  );
}

function addDeleteItem(endpoints: Endpoints, deps: RestDeps): void {
  const { items } = deps.orchestrator;
  endpoints.add(
    {
      method: 'delete',
      path: '/store/items',
      tag: 'Store',
      summary: 'Delete an item',
      body: storeDelete,
      answers: { 204: { description: 'The item does not exist (anymore).' }, 422: INVALID },
    },
    async ({ body: { namespace, key }, http, context: { owner } }) => {
      accepted(await items.delete({ owner, namespace, key }));
      return http.body(null, 204);
    },
  );
}

function addSearchItems(endpoints: Endpoints, deps: RestDeps): void {
  const { items } = deps.orchestrator;
  endpoints.add(
    {
      method: 'post',
      path: '/store/items/search',
      tag: 'Store',
      summary: 'Search items at or below a namespace',
      description:
        'Nearest to the query first if langgraph.json configures an embedding; else most recently updated first.',
      body: storeSearch,
      answers: { 200: { description: 'A page of items.', schema: foundItemsObject }, 422: INVALID },
    },
    async ({
      body: { namespace_prefix, filter, limit, offset, query, refresh_ttl },
      http,
      context: { owner },
    }) => {
      const found = accepted(
        await items.search({
          owner,
          prefix: namespace_prefix,
          filter,
          query,
          limit,
          offset,
          refreshTtl: refresh_ttl,
        }),
      );
      return http.json({ items: found.map((item) => ({ ...itemJson(item), score: item.score })) });
    },
  );
}

function addListNamespaces(endpoints: Endpoints, deps: RestDeps): void {
  const { items } = deps.orchestrator;
  endpoints.add(
    {
      method: 'post',
      path: '/store/namespaces',
      tag: 'Store',
      summary: 'List namespaces that contain items',
      body: storeNamespaces,
      answers: {
        200: { description: 'A page of namespaces, sorted by their labels.', schema: namespacesObject },
        422: INVALID,
      },
    },
    async ({ body: { prefix, suffix, max_depth, limit, offset }, http, context: { owner } }) => {
      const namespaces = accepted(
        await items.namespaces({ owner, prefix, suffix, maxDepth: max_depth, limit, offset }),
      );
      return http.json({ namespaces });
    },
  );
}

function accepted<T>(outcome: Found<T> | Invalid): T {
  if (outcome.kind === 'invalid') throw refusalOf(outcome);
  return outcome.value;
}
