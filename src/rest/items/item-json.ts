import { z } from 'zod';
import type { StoreItem } from '../../domain/store-item.ts';
import { queryOptionalBoolean, queryText } from '../query-values.ts';
import { absent, dateTime, jsonObject, longText, MAX_PAGE, pageFields, text } from '../schema.ts';

const namespace = z
  .array(longText())
  .meta({ description: 'Labels from the root; none empty, none with a period or colon.' });
const refreshTtl = absent(z.boolean()).meta({
  description: 'Whether reading refreshes the TTL. Defaults to langgraph.json.',
});

export const storePut = z
  .object({
    namespace,
    key: longText(),
    value: jsonObject,
    index: absent(z.union([z.literal(false), z.array(text())])).meta({
      description:
        'The paths of the fields to index for semantic search. false: none. Defaults to langgraph.json.',
    }),
    ttl: absent(z.number().positive()).meta({
      description: 'The time to live in minutes. Defaults to langgraph.json.',
    }),
  })
  .meta({ id: 'StorePutRequest' });

export const storeDelete = z
  .object({ namespace: absent(namespace).transform((labels) => labels ?? []), key: longText() })
  .meta({ id: 'StoreDeleteRequest' });

/**
 * Both ways in which clients write a namespace into a URL: labels joined by periods, or the parameter
 * repeated.
 */
const queryNamespace = z
  .array(longText())
  .optional()
  .transform((values = []) => (values.length === 1 ? (values[0] ?? '').split('.') : values))
  .meta({
    description: 'Repeated, or joined with periods.',
    override: { type: 'array', items: { type: 'string' } },
  });

export const storeGetQuery = z.object({
  key: queryText('The key.').pipe(z.string('is required').pipe(longText())),
  namespace: queryNamespace,
  refresh_ttl: queryOptionalBoolean('Whether reading refreshes the TTL. Defaults to langgraph.json.'),
});

export const storeSearch = z
  .object({
    namespace_prefix: absent(namespace).transform((labels) => labels ?? []),
    filter: absent(jsonObject),
    ...pageFields,
    query: absent(longText()),
    refresh_ttl: refreshTtl,
  })
  .meta({ id: 'StoreSearchRequest' });

export const storeNamespaces = z
  .object({
    prefix: absent(namespace),
    suffix: absent(namespace),
    max_depth: absent(z.int().min(1)),
    limit: absent(z.int().min(1).max(MAX_PAGE)).transform((limit) => limit ?? 100),
    offset: pageFields.offset,
  })
  .meta({ id: 'StoreListNamespacesRequest' });

const itemFields = {
  namespace: z.array(z.string()),
  key: z.string(),
  value: jsonObject,
  created_at: dateTime,
  updated_at: dateTime,
};
export const itemObject = z.object(itemFields).meta({ id: 'Item' });
export type ItemObject = z.input<typeof itemObject>;
export const foundItemsObject = z
  .object({ items: z.array(z.object({ ...itemFields, score: z.number().nullable() })) })
  .meta({ id: 'SearchItemsResponse' });
export const namespacesObject = z
  .object({ namespaces: z.array(z.array(z.string())) })
  .meta({ id: 'ListNamespaceResponse' });

/** An item of the store as the protocol has it (protocol.md §1.9). */
export const itemJson = ({ namespace, key, value, createdAt, updatedAt }: StoreItem): ItemObject => ({
  namespace: [...namespace],
  key,
  value,
  created_at: createdAt.toISOString(),
  updated_at: updatedAt.toISOString(),
});
