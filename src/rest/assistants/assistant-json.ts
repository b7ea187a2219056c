import { z } from 'zod';
import type { Assistant, AssistantVersion } from '../../domain/assistant.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { GraphDrawing, GraphSchemas } from '../../orchestrator/ports/graph-inspector.ts';
import { withDamage } from '../damaged-json.ts';
import { queryInteger } from '../query-values.ts';
import {
  type AssistantObject,
  absent,
  assistantObject,
  jsonObject,
  longText,
  pageFields,
  text,
  uuid,
} from '../schema.ts';

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

export const assistantPatch = z
  .object({ graph_id: absent(text().min(1)), ...content })
  .meta({ id: 'AssistantPatch' });

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

export const assistantVersions = z
  .object({ ...pageFields, metadata: absent(jsonObject) })
  .meta({ id: 'AssistantVersionsRequest' });

/** The clients send the version in the body, the official document has it in the query. */
export const assistantLatest = z.object({ version: absent(z.int()) }).meta({ id: 'AssistantVersionChange' });
export const latestQuery = z.object({
  version: queryInteger({
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    fallback: 0,
    description: 'Used if the body contains none.',
  }),
});

type Content = Pick<
  Assistant,
  'graphId' | 'name' | 'description' | 'config' | 'context' | 'metadata' | 'version'
>;

const contentJson = ({ graphId, name, description, config, context, metadata, version }: Content) => ({
  graph_id: graphId,
  name,
  description,
  config,
  context,
  metadata,
  version,
});

/** An assistant as the protocol has it (protocol.md §1.1). */
export const assistantJson = withDamage(
  (assistant: Assistant): AssistantObject => ({
    assistant_id: assistant.id,
    ...contentJson(assistant),
    created_at: assistant.createdAt.toISOString(),
    updated_at: assistant.updatedAt.toISOString(),
  }),
);

/**
 * A version never changes: it was updated last when it was created. The official document has that member
 * too.
 */
export const versionJson = withDamage(
  (version: AssistantVersion): AssistantObject => ({
    assistant_id: version.assistantId,
    ...contentJson(version),
    created_at: version.createdAt.toISOString(),
    updated_at: version.createdAt.toISOString(),
  }),
);

export const drawingJson = ({ nodes, edges }: GraphDrawing) => ({
  nodes: nodes.map(({ id, type, data, metadata }) => ({
    id,
    type,
    data,
    ...(metadata === null ? {} : { metadata }),
  })),
  edges: edges.map(({ source, target, label, conditional }) => ({
    source,
    target,
    conditional,
    ...(label === null ? {} : { data: label }),
  })),
});

/** What isn't known is left out, as the official document says; clients rely on a state schema. */
export const schemasJson = ({ input, output, state, config, context }: GraphSchemas): JsonObject => ({
  ...(input === null ? {} : { input_schema: input }),
  ...(output === null ? {} : { output_schema: output }),
  state_schema: state ?? {},
  ...(config === null ? {} : { config_schema: config }),
  ...(context === null ? {} : { context_schema: context }),
});

/** Under the documented names and under those of the development server. */
export const subgraphJson = (schemas: GraphSchemas): JsonObject => ({
  input_schema: {},
  output_schema: {},
  ...schemasJson(schemas),
  input: schemas.input,
  output: schemas.output,
  state: schemas.state,
  config: schemas.config,
});
