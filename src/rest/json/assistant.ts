import type { Assistant, AssistantVersion } from '../../domain/assistant.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { GraphDrawing, GraphSchemas } from '../../orchestrator/ports/graph-inspector.ts';
import type { AssistantObject } from '../schemas/objects.ts';
import { withDamage } from './damaged.ts';

type Content = Pick<Assistant, 'graphId' | 'name' | 'description' | 'config' | 'context' | 'metadata' | 'version'>;

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

/** A version never changes: it was updated last when it was created. The official document has that member too. */
export const versionJson = withDamage(
  (version: AssistantVersion): AssistantObject => ({
    assistant_id: version.assistantId,
    ...contentJson(version),
    created_at: version.createdAt.toISOString(),
    updated_at: version.createdAt.toISOString(),
  }),
);

export const drawingJson = ({ nodes, edges }: GraphDrawing) => ({
  nodes: nodes.map(({ id, type, data, metadata }) => ({ id, type, data, ...(metadata === null ? {} : { metadata }) })),
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
