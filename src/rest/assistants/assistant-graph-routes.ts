import { z } from 'zod';
import type { Assistant } from '../../domain/assistant.ts';
import type { Json } from '../../domain/json.ts';
import type { RequestContext } from '../../http/request-context.ts';
import type { Orchestrator } from '../../orchestrator/orchestrator.ts';
import type { Invalid, NotFound } from '../../orchestrator/outcomes.ts';
import type { RestDeps } from '../deps.ts';
import type { Endpoints } from '../endpoint.ts';
import { queryBoolean, queryText } from '../query-values.ts';
import { notFound, type RestError, refusalOf, unprocessable } from '../refusals.ts';
import { errorObject } from '../schema.ts';
import { assistantParams, drawingJson, schemasJson, subgraphJson, subgraphParams } from './assistant-json.ts';

/** The assistant of a path, or 404 in the words that this protocol has there. */
export async function requireAssistantAt(
  { orchestrator }: RestDeps,
  { owner }: RequestContext,
  idOrGraph: string,
): Promise<Assistant> {
  const assistant = await orchestrator.assistants.find(owner, idOrGraph);
  if (assistant === null) throw notFound(NO_SUCH_ASSISTANT);
  return assistant;
}

const NO_SUCH_ASSISTANT = 'Assistant not found';

export const assistantRefusal = (refusal: NotFound | Invalid): RestError =>
  refusal.kind === 'notFound' && refusal.what === 'Assistant'
    ? notFound(NO_SUCH_ASSISTANT)
    : refusalOf(refusal);

const NOT_FOUND = { description: 'Assistant not found.', schema: errorObject };
const INVALID = { description: 'The graph could not be built; see detail.', schema: errorObject };

const graphQuery = z.object({
  xray: queryText('true: includes the nodes of subgraphs; a number: down to that depth.'),
});
const subgraphQuery = z.object({ recurse: queryBoolean('Includes subgraphs of subgraphs.') });

/** The graphs of assistants: drawings, schemas, subgraphs. */
export function addAssistantGraphEndpoints(endpoints: Endpoints, deps: RestDeps): void {
  addDrawGraph(endpoints, deps);
  addGetSchemas(endpoints, deps);
  addGetSubgraphs(endpoints, deps);
  addGetSubgraph(endpoints, deps);
}

function addDrawGraph(endpoints: Endpoints, deps: RestDeps): void {
  const { assistants } = deps.orchestrator;
  endpoints.add(
    {
      method: 'get',
      path: '/assistants/{assistant_id}/graph',
      tag: 'Assistants',
      summary: "Draw an assistant's graph",
      params: assistantParams,
      query: graphQuery,
      answers: { 200: { description: 'The nodes and edges of the graph.' }, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params, query, http, context }) => {
      const drawn = await assistants.draw(
        await requireAssistantAt(deps, context, params.assistant_id),
        xrayOf(query.xray),
      );
      if (drawn.kind !== 'ok') throw assistantRefusal(drawn);
      return http.json(drawingJson(drawn.value));
    },
  );
}

function addGetSchemas(endpoints: Endpoints, deps: RestDeps): void {
  const { assistants } = deps.orchestrator;
  endpoints.add(
    {
      method: 'get',
      path: '/assistants/{assistant_id}/schemas',
      tag: 'Assistants',
      summary: "Get the JSON Schemas of an assistant's graph",
      params: assistantParams,
      answers: { 200: { description: "The graph's schemas." }, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params, http, context }) => {
      const assistant = await requireAssistantAt(deps, context, params.assistant_id);
      const schemas = await assistants.schemas(assistant);
      if (schemas.kind !== 'ok') throw assistantRefusal(schemas);
      return http.json({ graph_id: assistant.graphId, ...schemasJson(schemas.value) });
    },
  );
}

const SUBGRAPHS = { description: "The subgraphs' schemas by namespace." };

async function subgraphsOf(
  { assistants }: Orchestrator,
  assistant: Assistant,
  recurse: boolean,
  namespace?: string,
): Promise<Record<string, Json>> {
  const found = await assistants.subgraphs(assistant, { namespace, recurse });
  if (found.kind !== 'ok') throw assistantRefusal(found);
  return Object.fromEntries(found.value.map(({ namespace: at, schemas }) => [at, subgraphJson(schemas)]));
}

function addGetSubgraphs(endpoints: Endpoints, deps: RestDeps): void {
  endpoints.add(
    {
      method: 'get',
      path: '/assistants/{assistant_id}/subgraphs',
      tag: 'Assistants',
      summary: "Get the subgraphs of an assistant's graph",
      params: assistantParams,
      query: subgraphQuery,
      answers: { 200: SUBGRAPHS, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params, query, http, context }) =>
      http.json(
        await subgraphsOf(
          deps.orchestrator,
          await requireAssistantAt(deps, context, params.assistant_id),
          query.recurse,
        ),
      ),
  );
}

function addGetSubgraph(endpoints: Endpoints, deps: RestDeps): void {
  endpoints.add(
    {
      method: 'get',
      path: '/assistants/{assistant_id}/subgraphs/{namespace}',
      tag: 'Assistants',
      summary: "Get the subgraph of an assistant's graph at a namespace",
      params: subgraphParams,
      query: subgraphQuery,
      answers: { 200: SUBGRAPHS, 404: NOT_FOUND, 422: INVALID },
    },
    async ({ params, query, http, context }) =>
      http.json(
        await subgraphsOf(
          deps.orchestrator,
          await requireAssistantAt(deps, context, params.assistant_id),
          query.recurse,
          params.namespace,
        ),
      ),
  );
}

function xrayOf(text: string | undefined): boolean | number {
  if (text === undefined) return false;
  if (/^\d+$/.test(text)) return Number(text) === 0 ? false : Number(text);
  if (/^(true|false|yes|no)$/i.test(text)) return /^(true|yes)$/i.test(text);
  throw unprocessable([{ path: ['query', 'xray'], message: 'must be true, false, or a depth' }]);
}
