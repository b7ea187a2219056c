import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import type { Answer, Endpoint } from './endpoint.ts';

export type OpenApiDocument = ReturnType<typeof createDocument>;

/** The description of the endpoints, from the schemas that their requests are checked against. */
export function openApiDocument(endpoints: readonly Endpoint[], version: string): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  for (const endpoint of endpoints) paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method]: operationOf(endpoint) };
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Interject: LangGraph protocol',
      version,
      description:
        "The LangGraph Agent Server's REST API as Interject serves it. What differs from the documented server stands in docs/langgraph-protocol.md. The same threads and runs are in GraphQL, at /graphql.",
    },
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
  });
}

function operationOf({
  method,
  path,
  tag,
  summary,
  description,
  params,
  query,
  body,
  headers,
  answers,
}: Endpoint): ZodOpenApiOperationObject {
  return {
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    operationId: `${method}${path.replaceAll(/[/_{}]+(\w?)/g, (_all, letter: string) => letter.toUpperCase())}`,
    requestParams: {
      ...(params === undefined ? {} : { path: params }),
      ...(query === undefined ? {} : { query }),
      ...(headers === undefined ? {} : { header: headers }),
    },
    ...(body === undefined ? {} : { requestBody: { content: { 'application/json': { schema: body } } } }),
    responses: Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, responseOf(Number(status), answer)])),
  };
}

function responseOf(status: number, { description, schema, type, headers }: Answer) {
  const hasBody = status !== 204 && status !== 202;
  const content = { [type ?? 'application/json']: schema === undefined ? {} : { schema } };
  return { description, ...(headers === undefined ? {} : { headers }), ...(hasBody ? { content } : {}) };
}
