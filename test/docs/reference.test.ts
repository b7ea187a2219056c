import { globSync, readFileSync } from 'node:fs';
import { buildSchema, isObjectType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { SETTINGS } from '../../src/settings.ts';

const root = new URL('../../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), 'utf8');
const schema = buildSchema(read('schema.graphql'));
const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});

/** The cells of a document's table rows, by the words in code in a row's first cell. */
function rows(document: string): Map<string, readonly string[]> {
  const cells = document
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | *\|?$/g, '').trim()));
  return new Map(
    cells.flatMap((row) =>
      [...(row[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, word = '']) => [word, row] as const),
    ),
  );
}

describe('a setting', () => {
  const settings = Object.values(SETTINGS);

  test.each(settings)(
    '$env has its row in the README and in operations.md, with its flag',
    ({ env, flag }) => {
      expect(rows(read('README.md')).get(env)?.[1]).toBe(`\`--${flag}\``);
      expect(rows(read('docs/operations.md')).get(`--${flag}`)?.[1]).toBe(`\`${env}\``);
    },
  );

  test.each(settings.filter((setting) => /^\w+$/.test(setting.default)))(
    '$env has the default that both documents say',
    ({ env, flag, ...setting }) => {
      expect(rows(read('README.md')).get(env)?.[2]).toBe(setting.default);
      expect(rows(read('docs/operations.md')).get(`--${flag}`)?.[2]).toBe(setting.default);
    },
  );

  test('is explained by --help in a column of its own, with the default only where there is one', () => {
    const command = readConfig(['--help']);
    const help = command.kind === 'help' ? command.text.split('\n') : [];

    for (const setting of settings) {
      const at = help.findIndex((line) => line.startsWith(`  --${setting.flag} `));
      expect(help[at]).toMatch(/^ {2}--\S+ \S+ {2,}\S/);
      expect(help[at + 1]?.trim()).toBe(
        setting.default === '' ? `(${setting.env})` : `(${setting.env}; default: ${setting.default})`,
      );
      expect(help[at]?.indexOf(setting.help)).toBe(help[at + 1]?.indexOf('('));
    }
  });
});

test('errors.md has a row for every error that is data', () => {
  const errors = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Error'),
  );

  expect(errors.length).toBeGreaterThan(5);
  expect(errors.map(({ name }) => name).filter((name) => !rows(read('docs/errors.md')).has(name))).toEqual(
    [],
  );
});

test('graphql.md explains every argument of createRun', () => {
  const explained = rows(read('docs/graphql.md'));
  const args = mutations.find(({ name }) => name === 'createRun')?.args.map(({ name }) => name) ?? [];

  expect(args.filter((name) => !['threadId', 'assistantId'].includes(name) && !explained.has(name))).toEqual(
    [],
  );
});

test.each(['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: root })])(
  '%s links to files that are there',
  (file) => {
    const here = new URL(file, root);
    const links = [...read(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link = '']) => link);

    expect(links.filter((link) => globSync(new URL(link, here).pathname).length === 0)).toEqual([]);
  },
);

test('adr/README.md lists every decision', () => {
  const listed = [...read('docs/adr/README.md').matchAll(/\]\((\d{4}[^)]+)\)/g)].map(([, file]) => file);

  expect(listed.sort()).toEqual(globSync('[0-9]*.md', { cwd: new URL('docs/adr/', root) }).sort());
});
