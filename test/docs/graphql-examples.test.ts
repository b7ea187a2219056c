import { globSync, readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const schema = buildSchema(readFileSync(new URL('schema.graphql', root), 'utf8'));

const examples = ['README.md', ...globSync('docs/*.md', { cwd: root })].flatMap((file) =>
  [...readFileSync(new URL(file, root), 'utf8').matchAll(/^```graphql\n(.*?)^```/gms)].map(
    ([, text = ''], index) => ({
      name: `${file}, example ${index + 1}`,
      text,
    }),
  ),
);

test.each(examples)('$name is a valid operation', ({ text }) => {
  expect(validate(schema, parse(text))).toEqual([]);
});

test('the documents have examples', () => {
  expect(examples.length).toBeGreaterThan(5);
});
