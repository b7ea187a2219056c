import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LanggraphJsonError, readLanggraphJson } from '../../src/graphs/loading/langgraph-json.ts';
import { directoryOfTest } from '../support/temporary-directory.ts';

async function write(content: unknown, files: Record<string, string> = {}): Promise<string> {
  const folder = await directoryOfTest();
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const file = join(folder, 'langgraph.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const refusal = async (content: unknown): Promise<string> => {
  const error = await readLanggraphJson(await write(content)).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LanggraphJsonError);
  const { message } = error as Error;
  expect(message).toContain('langgraph.json: ');
  return message;
};

const graphs = { agent: './agent.ts:graph' };

test('graphs are named with the file and the export', async () => {
  const file = await write({
    graphs: { ...graphs, other: { path: './src/b.js:', description: 'The other' } },
  });

  const read = await readLanggraphJson(file);

  expect(read.file).toBe(file);
  expect(read.graphs).toEqual([
    { graphId: 'agent', file: join(file, '../agent.ts'), exportName: 'graph', description: null },
    { graphId: 'other', file: join(file, '../src/b.js'), exportName: 'default', description: 'The other' },
  ]);
});

test('env may be a map', async () => {
  expect((await readLanggraphJson(await write({ graphs, env: { A: 'x', B: 2, C: true } }))).env).toEqual({
    A: 'x',
    B: '2',
    C: 'true',
  });
});

test('env may be a file beside it', async () => {
  const file = await write({ graphs, env: '.env' }, { '.env': '# comment\nA=x\nB="two words"\n' });

  expect((await readLanggraphJson(file)).env).toEqual({ A: 'x', B: 'two words' });
});

test('env may be a list of names, which are inherited anyway', async () => {
  expect((await readLanggraphJson(await write({ graphs, env: ['A'] }))).env).toEqual({});
});

test('an env file that is missing is named', async () => {
  expect(await refusal({ graphs, env: 'missing.env' })).toMatch(
    /env: .*missing\.env cannot be read \(file not found\)/,
  );
});

test.each([
  ['no JSON', '{ graphs', 'is not valid JSON'],
  ['no object', [], 'must be a JSON object'],
  ['no graphs', {}, 'graphs: must be a map from graph ids to "<path>:<export>"'],
  ['no graph at all', { graphs: {} }, 'graphs: must contain at least one graph'],
  ['a graph without a colon', { graphs: { agent: './agent.ts' } }, 'graphs.agent: must be "<path>:<export>"'],
  ['a graph that is a number', { graphs: { agent: 1 } }, 'graphs.agent: must be "<path>:<export>"'],
  ['a path without a colon', { graphs: { agent: { path: './agent.ts' } } }, 'graphs.agent'],
  ['a graph id with a space', { graphs: { 'my agent': './a.ts:b' } }, 'a graph id must not contain spaces'],
  [
    'an env that is a number',
    { graphs, env: 1 },
    'env: must be the path of an env file, a map of variables, or a list of names',
  ],
])('a file with %s is refused, naming the field and what is allowed', async (_what, content, expected) => {
  expect(await refusal(content)).toContain(expected);
});

test('a file that is missing is refused', async () => {
  await expect(readLanggraphJson('/nowhere/langgraph.json')).rejects.toThrow(
    '/nowhere/langgraph.json: cannot be read (file not found)',
  );
});
