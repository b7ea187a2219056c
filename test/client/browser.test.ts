import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url);

/** What a file imports at run time. */
function importsOf(file: string): string[] {
  const text = readFileSync(new URL(file, ROOT), 'utf8');
  return [...text.matchAll(/^(?:import|export) (type )?[^;]*? from ['"]([^'"]+)['"]/gms)].flatMap(
    ([, type, from = '']) => (type === undefined ? [from] : []),
  );
}

const pathOf = (file: string, relative: string): string =>
  fileURLToPath(new URL(relative, new URL(file, ROOT))).slice(fileURLToPath(ROOT).length);

test('the client runs in browsers: it loads itself, graphql-ws, and of the domain what needs no package', () => {
  const loaded = new Set(globSync('src/client/**/*.ts', { cwd: ROOT }));
  const packages = new Set<string>();
  for (const file of loaded)
    for (const from of importsOf(file))
      from.startsWith('.') ? loaded.add(pathOf(file, from)) : packages.add(from);

  expect([...packages]).toEqual(['graphql-ws']);
  const others = [...loaded].filter((file) => !file.startsWith('src/client/'));
  expect(others).toContain('src/domain/message-fold.ts');
  expect(others.filter((file) => !file.startsWith('src/domain/'))).toEqual([]);
});
