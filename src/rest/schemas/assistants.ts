import { z } from 'zod';
import { queryInteger } from '../query-values.ts';
import { absent, jsonObject, longText, pageFields, text, uuid } from './common.ts';
import { assistantObject } from './objects.ts';

/** `/assistants/{assistant_id}`: an id, or a graph's name for its default assistant. */
export const assistantParams = z.object({ assistant_id: text().min(1) });
export const subgraphParams = assistantParams.extend({ namespace: longText().min(1) });

const content = {
  config: absent(jsonObject),
  context: absent(jsonObject),
  metadata: absent(jsonObject),
  name: absent(text()),
  description: absent(longText()),
};

export const assistantCreate = z
  .object({
    graph_id: text().min(1),
    assistant_id: absent(uuid),
    ...content,
    if_exists: absent(z.enum(['raise', 'do_nothing'])).transform((what) => what ?? 'raise'),
  })
  .meta({ id: 'AssistantCreate' });

export const assistantPatch = z.object({ graph_id: absent(text().min(1)), ...content }).meta({ id: 'AssistantPatch' });

const filter = { metadata: absent(jsonObject), graph_id: absent(text()), name: absent(text()) };
const SORT_FIELDS = ['assistant_id', 'graph_id', 'name', 'created_at', 'updated_at'] as const;
const FIELDS = Object.keys(assistantObject.shape) as [string, ...string[]];

export const assistantSearch = z
  .object({
    ...filter,
    ...pageFields,
    sort_by: absent(z.enum(SORT_FIELDS)).transform((field) => field ?? 'created_at'),
    sort_order: absent(z.enum(['asc', 'desc'])).transform((order) => order ?? 'desc'),
    select: absent(z.array(z.enum(FIELDS))),
  })
  .meta({ id: 'AssistantSearchRequest' });

export const assistantCount = z.object(filter).meta({ id: 'AssistantCountRequest' });

export const assistantVersions = z.object({ ...pageFields, metadata: absent(jsonObject) }).meta({ id: 'AssistantVersionsRequest' });

/** The clients send the version in the body, the official document has it in the query. */
export const assistantLatest = z.object({ version: absent(z.int()) }).meta({ id: 'AssistantVersionChange' });
export const latestQuery = z.object({
  version: queryInteger({ min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0, description: 'Where the body has none.' }),
});
