import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

type Schema = { [key: string]: unknown };
type Operation = {
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema?: Schema }> }>;
};
type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

/**
 * The official OpenAPI document of the LangGraph Agent Server, as published. It says less than the server
 * does where null is concerned; what is loosened here is what protocol.md says of the official server (§1.2,
 * §1.4, §1.5, §1.6, §1.8, §2.9).
 */
const document = JSON.parse(
  readFileSync(new URL('./agent-server-openapi.json', import.meta.url), 'utf8'),
) as Document;
const { schemas } = document.components;

function orNull(schemaName: string, ...path: string[]): void {
  let holder = schemas[schemaName] as Schema;
  for (const step of path.slice(0, -1)) holder = holder[step] as Schema;
  const last = path.at(-1) as string;
  holder[last] = { anyOf: [holder[last], { type: 'null' }] };
}
orNull('Thread', 'properties', 'values'); // §1.2: null before the first run
orNull('CheckpointConfig', 'properties', 'checkpoint_id'); // §1.4
orNull('CheckpointConfig', 'properties', 'checkpoint_map');
for (const member of ['checkpoint', 'parent_checkpoint', 'created_at'])
  orNull('ThreadState', 'properties', member); // §1.5
for (const member of ['error', 'checkpoint', 'state'])
  orNull('ThreadState', 'properties', 'tasks', 'items', 'properties', member);
for (const member of ['thread_id', 'end_time']) orNull('Cron', 'properties', member); // §1.8
// §2.9: an item that isn't there is null, and clients read namespaces from an object.
const item = document.paths['/store/items']?.['get']?.responses['200']?.content?.['application/json'] as {
  schema: Schema;
};
item.schema = { anyOf: [item.schema, { type: 'null' }] };
schemas['ListNamespaceResponse'] = {
  type: 'object',
  required: ['namespaces'],
  properties: { namespaces: schemas['ListNamespaceResponse'] },
};
(schemas['Interrupt'] as { properties: Schema }).properties['value'] = {}; // §1.6: whatever the graph passed

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: 'official', components: document.components } as object);
const compiled = new Map<string, ValidateFunction>();

const templates = Object.keys(document.paths).map((path) => ({
  path,
  pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`),
  parameters: path.split('{').length - 1,
}));

/**
 * Checks one answer against what the official document says of that operation.
 *
 * @throws Error with what is wrong; nothing for operations and statuses that the document doesn't have
 */
export function checkAnswer(method: string, pathname: string, status: number, body: unknown): void {
  const found = templates
    .filter(
      ({ pattern, path }) =>
        pattern.test(pathname) && document.paths[path]?.[method.toLowerCase()] !== undefined,
    )
    .sort((left, right) => left.parameters - right.parameters)[0];
  if (status >= 400) {
    assertValid('ErrorResponse', { $ref: 'official#/components/schemas/ErrorResponse' }, body);
    return;
  }
  if (found === undefined) return;
  const operation = document.paths[found.path]?.[method.toLowerCase()];
  const schema = operation?.responses[String(status)]?.content?.['application/json']?.schema;
  if (schema !== undefined) assertValid(`${method} ${found.path} ${status}`, absoluteRefs(schema), body);
}

function assertValid(name: string, schema: Schema, body: unknown): void {
  const validate: ValidateFunction = compiled.get(name) ?? ajv.compile(schema);
  compiled.set(name, validate);
  if (validate(body)) return;
  throw new Error(
    `${name} differs from the official schema: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body, null, 2)}`,
  );
}

const absoluteRefs = (schema: Schema): Schema =>
  JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"official#/')) as Schema;
