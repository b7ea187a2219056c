import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const files = globSync('src/client/**/*.ts', { cwd: new URL('../..', import.meta.url) });

test('the client runs in browsers: it imports itself and graphql-ws, and types alone from elsewhere', () => {
  const imports = files.flatMap((file) => {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    return [...text.matchAll(/^(?:import|export) (type )?[^;]*? from ['"]([^'"]+)['"]/gms)].map(([, type, from]) => ({
      file,
      type,
      from: from ?? '',
    }));
  });

  expect(imports.length).toBeGreaterThan(10);
  expect(imports.filter(({ type, from }) => !from.startsWith('./') && from !== 'graphql-ws' && type === undefined)).toEqual([]);
});
