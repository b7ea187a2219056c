import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { moduleGraph } from '../../scripts/module-graph.ts';
import { ROOMS, violations } from './rules.ts';

const graph = moduleGraph(fileURLToPath(new URL('../../', import.meta.url)), ['src']);

/** The graph as it would be with one more import. */
const withEdge = (from: string, to: string) => ({
  ...graph,
  edges: [...graph.edges, { from, to, names: ['x'] }],
});
const withPackage = (file: string, name: string) => ({
  ...graph,
  packages: new Map([...graph.packages, [file, [...(graph.packages.get(file) ?? []), name]]]),
});
const someFileOf = (room: string): string => {
  const deepest = graph.files
    .filter((file) => file.startsWith(`src/${room}/`))
    .sort((a, b) => b.split('/').length - a.split('/').length);
  return deepest[0] ?? `src/${room}/none.ts`;
};

test('no file imports what its room may not, and none imports itself through others', () => {
  expect(violations(graph)).toEqual([]);
});

describe('the rules see', () => {
  test.each(
    Object.entries(ROOMS).flatMap(([room, { rooms }]) =>
      Object.keys(ROOMS)
        .filter((other) => other !== room && !rooms.includes(other))
        .map((other) => [room, other] as const),
    ),
  )('that %s/ imports %s/, at whatever depth', (room, other) => {
    const [from, to] = [someFileOf(room), someFileOf(other)];

    expect(violations(withEdge(from, to))).toContainEqual({
      file: from,
      message: `${room}/ may not import ${to}`,
    });
  });

  test.each(Object.keys(ROOMS))('that %s/ uses a package that it may not', (room) => {
    const file = someFileOf(room);

    expect(violations(withPackage(file, 'left-pad'))).toContainEqual({
      file,
      message: `${room}/ may not use left-pad`,
    });
  });

  test('a circle of types', () => {
    const [edge] = graph.edges;

    const found = violations(withEdge(edge?.to ?? '', edge?.from ?? ''));

    expect(found).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('imports itself through') }),
    );
  });

  test('a room that nobody has made a rule for', () => {
    expect(violations(withEdge('src/attic/box.ts', 'src/domain/run.ts'))).toContainEqual({
      file: 'src/attic/box.ts',
      message: 'no rule says what attic/ may import',
    });
  });
});

test('one file decides whose a request is: the others define the owner, and give graphs their store', () => {
  const naming = graph.files.filter((file) =>
    readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').includes('DEFAULT_OWNER'),
  );

  expect(naming.sort()).toEqual(['src/domain/ids.ts', 'src/http/request-context.ts', 'src/service.ts']);
});

describe('the documents name files that exist', () => {
  test.each(['docs/architecture.md', 'CONTRIBUTING.md'])('%s', (document) => {
    const text = readFileSync(new URL(`../../${document}`, import.meta.url), 'utf8');
    const named = new Set(
      [...text.matchAll(/`((?:src|test|bench|scripts)\/[\w./-]+)`/g)].map(([, path = '']) => path),
    );

    expect([...named].filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)))).toEqual([]);
    expect(named.size).toBeGreaterThan(10);
  });
});
