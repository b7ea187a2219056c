import { readFileSync } from 'node:fs';
import { buildSchema, Kind, parse, specifiedRules, validate } from 'graphql';
import { expect, test } from 'vitest';
import * as generated from '../../src/client/generated/graphql.ts';
import { DEFAULT_QUERY_LIMITS, queryLimitsRule } from '../../src/graphql/query-limits.ts';

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const operations = Object.entries(generated)
  .filter(([name]) => name.endsWith('Document'))
  .map(([name, text]) => [name, parse(String(text))] as const);

test.each(operations)('%s fits the schema and the limits of the server', (_, document) => {
  expect(validate(schema, document, [...specifiedRules, queryLimitsRule(DEFAULT_QUERY_LIMITS)])).toEqual([]);
});

test('every mutation and subscription of the schema has an operation', () => {
  const used = new Set(
    operations.flatMap(([, { definitions }]) =>
      definitions.flatMap((definition) =>
        definition.kind === Kind.OPERATION_DEFINITION
          ? definition.selectionSet.selections.flatMap((field) =>
              field.kind === Kind.FIELD ? [field.name.value] : [],
            )
          : [],
      ),
    ),
  );
  const fields = [schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
    Object.keys(type?.getFields() ?? {}),
  );

  expect(fields.filter((field) => !used.has(field))).toEqual([]);
});
