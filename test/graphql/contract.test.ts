import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLSchema,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  visit,
} from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const sorted = (of: GraphQLSchema): string => printSchema(lexicographicSortSchema(of));

/**
 * The schema as sorted SDL without its descriptions and without the specification links of scalars: what a
 * client can depend on.
 */
function facts(of: GraphQLSchema): string {
  const bare = visit(parse(sorted(of)), {
    enter: (node) =>
      'description' in node && node.description ? { ...node, description: undefined } : undefined,
    ScalarTypeDefinition: (node) => ({ ...node, description: undefined, directives: [] }),
  });
  return print(bare);
}

/** Coordinates of what has no description, in the order of the document. */
function undescribed(sdl: string): string[] {
  const bare: string[] = [];
  const path: string[] = [];
  visit(parse(sdl), {
    enter(node) {
      if (!('name' in node) || !/Definition$/.test(node.kind)) return;
      path.push(node.name?.value ?? '');
      if (!('description' in node) || !node.description?.value.trim()) bare.push(path.join('.'));
    },
    leave(node) {
      if ('name' in node && /Definition$/.test(node.kind)) path.pop();
    },
  });
  return bare;
}

test('the schema has exactly the types, fields, arguments, defaults, values and members of the contract', () => {
  const contract = buildSchema(read('./contract.graphql'));

  expect(facts(schema)).toBe(facts(contract));
});

test.each([
  ['a default', 'type Query { a(b: Boolean! = true): ID }', 'type Query { a(b: Boolean! = false): ID }'],
  ['a nullability', 'type Query { a: [ID!]! }', 'type Query { a: [ID]! }'],
  [
    'a union member',
    'type Query { a: U } type A { x: ID } type B { x: ID } union U = A | B',
    'type Query { a: U b: B } type A { x: ID } type B { x: ID } union U = A',
  ],
])('the comparison sees %s that differs', (_what, one, other) => {
  expect(facts(buildSchema(one))).not.toBe(facts(buildSchema(other)));
});

test('every type, field, argument and enum value has a description', () => {
  expect(undescribed(sorted(schema))).toEqual([]);
});

test('the search for missing descriptions finds them at every level', () => {
  expect(undescribed('"t" type A { f("x" a: ID b: ID): ID } "e" enum E { V }')).toEqual([
    'A.f',
    'A.f.b',
    'E.V',
  ]);
});

test('schema.graphql is what the code prints', () => {
  expect(read('../../schema.graphql')).toBe(`${sorted(schema)}\n`);
});
