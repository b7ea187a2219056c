import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { Answer, Endpoint } from './endpoint.ts';

export type OpenApiDocument = ReturnType<typeof createDocument>;

/** The description of the endpoints, from the schemas that their requests are checked against. */
export function openApiDocument(endpoints: readonly Endpoint[], version: string): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  for (const endpoint of endpoints)
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method]: operationOf(endpoint) };
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Interject: LangGraph protocol',
      version,
      description:
        "The LangGraph Agent Server's REST API as served by Interject. docs/langgraph-protocol.md lists the differences. The same threads and runs are available in GraphQL at /graphql.",
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
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [status, responseOf(Number(status), answer)]),
    ),
  };
}

function responseOf(status: number, { description, schema, type, headers }: Answer) {
  const hasBody = status !== 204 && status !== 202;
  const content = { [type ?? 'application/json']: schema === undefined ? {} : { schema } };
  return { description, ...(headers === undefined ? {} : { headers }), ...(hasBody ? { content } : {}) };
}

/** The description of the API as one HTML page: no script, nothing from elsewhere. */
export function docsPage(document: OpenApiDocument): string {
  const api = JSON.parse(JSON.stringify(document)) as JsonObject;
  const info = objectIn(api, 'info');
  const operations = Object.entries(objectIn(api, 'paths')).flatMap(([path, methods]) =>
    Object.entries(methods as JsonObject).map(([method, operation]) => ({
      path,
      method,
      operation: operation as JsonObject,
    })),
  );
  const tags = [
    ...new Set(operations.map(({ operation }) => String((operation['tags'] as readonly Json[])[0]))),
  ];
  const sections = tags.map((tag) => {
    const own = operations.filter(({ operation }) => (operation['tags'] as readonly Json[])[0] === tag);
    return `<section><h2>${text(tag)}</h2>${own.map(operationHtml).join('')}</section>`;
  });
  const schemas = Object.entries(objectIn(objectIn(api, 'components'), 'schemas')).map(
    ([name, schema]) =>
      `<details id="${text(name)}"><summary><code>${text(name)}</code></summary>${schemaHtml(schema)}</details>`,
  );
  const title = text(String(info['title']));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${STYLE}</style></head>
<body><h1>${title} <small>${text(String(info['version']))}</small></h1>
<p>${text(String(info['description']))}</p><p>As data: <a href="openapi.json">openapi.json</a></p>
${sections.join('\n')}
<section><h2>Objects</h2>${schemas.join('')}</section></body></html>
`;
}

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
details { border-top: 1px solid #8884; padding: .3rem 0; }
summary { cursor: pointer; }
b { display: inline-block; min-width: 4.5rem; }
pre { overflow-x: auto; background: #8882; padding: .6rem; }
td { padding: .1rem .8rem .1rem 0; vertical-align: top; }`;

function operationHtml({
  path,
  method,
  operation,
}: {
  readonly path: string;
  readonly method: string;
  readonly operation: JsonObject;
}): string {
  const parameters = Array.isArray(operation['parameters'])
    ? (operation['parameters'] as readonly JsonObject[])
    : [];
  const rows = parameters.map(
    ({ name, in: place, description, schema }) =>
      `<tr><td><code>${text(String(name))}</code></td><td>${text(String(place))}</td><td>${text(typeOf(schema ?? null))}</td><td>${text(String(description ?? ''))}</td></tr>`,
  );
  const body = contentSchema(operation['requestBody']);
  const answers = Object.entries(objectIn(operation, 'responses')).map(
    ([status, answer]) =>
      `<tr><td><code>${text(status)}</code></td><td>${text(String((answer as JsonObject)['description']))}</td><td>${linkOf(contentSchema(answer))}</td></tr>`,
  );
  return `<details><summary><b>${method.toUpperCase()}</b><code>${text(path)}</code> ${text(String(operation['summary']))}</summary>
${operation['description'] === undefined ? '' : `<p>${text(String(operation['description']))}</p>`}
${rows.length === 0 ? '' : `<table>${rows.join('')}</table>`}
${body === null ? '' : `<p>Body: ${linkOf(body)}</p>`}
<table>${answers.join('')}</table></details>`;
}

const schemaHtml = (schema: Json): string => `<pre>${text(JSON.stringify(schema, null, 2))}</pre>`;

/** The schema of what has a body; null without one. */
function contentSchema(holder: Json | undefined): Json {
  const [content] = isJsonObject(holder) ? Object.values(objectIn(holder, 'content')) : [];
  return isJsonObject(content) ? (content['schema'] ?? null) : null;
}

/** A named schema as a link to it, a list of such too, any other one whole. */
function linkOf(schema: Json): string {
  if (!isJsonObject(schema)) return '';
  const name = nameOf(schema);
  if (name !== null) return `<a href="#${text(name)}">${text(name)}</a>`;
  const items = isJsonObject(schema['items']) ? nameOf(schema['items']) : null;
  return items === null ? schemaHtml(schema) : `a list of <a href="#${text(items)}">${text(items)}</a>`;
}

function nameOf({ $ref }: JsonObject): string | null {
  return typeof $ref === 'string' ? ($ref.split('/').at(-1) ?? null) : null;
}

function typeOf(schema: Json): string {
  if (!isJsonObject(schema)) return '';
  const { type, enum: words, default: fallback, items } = schema;
  const said = Array.isArray(words)
    ? words.join(' | ')
    : type === 'array'
      ? `list of ${typeOf(items ?? null)}`
      : String(type ?? '');
  return fallback === undefined ? said : `${said} = ${JSON.stringify(fallback)}`;
}

const objectIn = (holder: JsonObject, key: string): JsonObject => {
  const value = holder[key];
  return isJsonObject(value) ? value : {};
};

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const text = (plain: string): string =>
  plain.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
