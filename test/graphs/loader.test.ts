import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MemorySaver } from '@langchain/langgraph';
import { expect, test } from 'vitest';
import { readLanggraphJson } from '../../src/graphs/loading/langgraph-json.ts';
import { LoadedGraphs } from '../../src/graphs/loading/loaded-graphs.ts';
import { loadGraphs } from '../../src/graphs/loading/loader.ts';
import { directoryOfTest } from '../support/temporary-directory.ts';
import { callOf } from './support.ts';

const fixtures = join(import.meta.dirname, '../support/graphs');

async function loaded(): Promise<LoadedGraphs> {
  return new LoadedGraphs(
    await loadGraphs((await readLanggraphJson(join(fixtures, 'langgraph.json'))).graphs),
  );
}

const saver = { saver: new MemorySaver() };

test.each(['echo', 'uncompiled', 'create-agent', 'factory'])(
  'the graph %s gives a compiled graph',
  async (graphId) => {
    const graph = await (await loaded()).graphFor(
      graphId,
      callOf({ config: { configurable: { reply: 'x' } } }),
      saver,
    );

    expect(graph.lg_is_pregel).toBe(true);
    expect(graph.checkpointer).toBe(saver.saver);
  },
);

test('each use of a graph has its own saver and shares the nodes', async () => {
  const graphs = await loaded();
  const [one, two] = [{ saver: new MemorySaver() }, { saver: new MemorySaver() }];

  const first = await graphs.graphFor('echo', callOf(), one);
  const second = await graphs.graphFor('echo', callOf(), two);

  expect(first.checkpointer).toBe(one.saver);
  expect(second.checkpointer).toBe(two.saver);
  expect(second.nodes).toBe(first.nodes);
});

test('a factory is called with the config and the ids of each use', async () => {
  const seen: unknown[] = [];
  const graphs = await loaded();
  const graph = await graphs.graphFor('echo', callOf(), saver);
  const reference = { graphId: 'made', file: '/made.ts', exportName: 'make', description: null };
  const factory = {
    kind: 'factory',
    reference,
    build: async (config: unknown) => {
      seen.push(config);
      return graph;
    },
  } as const;
  const call = callOf({
    config: { recursion_limit: 5, configurable: { tenant: 'a', thread_id: 'forged', __own: 1 } },
  });

  await new LoadedGraphs([factory]).graphFor('made', call, saver);

  expect(seen).toEqual([
    {
      recursion_limit: 5,
      configurable: {
        tenant: 'a',
        thread_id: call.threadId,
        graph_id: 'made',
        run_id: call.runId,
        assistant_id: call.assistantId,
      },
    },
  ]);
});

/** Loads in a process of its own: the test runner would compile what Node only strips the types of. */
async function failures(files: Record<string, string>, references: readonly string[]): Promise<string[]> {
  const folder = await directoryOfTest();
  for (const [name, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files }))
    await writeFile(join(folder, name), text);
  const script = `
    const { loadGraph } = await import(process.argv[1]);
    const messages = [];
    for (const text of JSON.parse(process.argv[3])) {
      const [file, exportName] = text.split(':');
      const reference = { graphId: 'agent', file: process.argv[2] + '/' + file, exportName, description: null };
      try {
        const graph = await loadGraph(reference);
        if (graph.kind === 'factory') await graph.build({ configurable: {} });
        messages.push('loaded');
      } catch (error) {
        messages.push(error.name + ' ' + error.message);
      }
    }
    console.log(JSON.stringify(messages));`;
  const loader = join(import.meta.dirname, '../../src/graphs/loading/loader.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    script,
    loader,
    folder,
    JSON.stringify(references),
  ]);
  return JSON.parse(stdout) as string[];
}

test('a graph that does not load says which file, which export and why', async () => {
  const files = {
    'extensionless.ts': "import { x } from './other';\nexport const graph = x;",
    'js-for-ts.ts': "import { x } from './other.js';\nexport const graph = x;",
    'other.ts': 'export const x: number = 1;',
    'package.ts': "import 'no-such-package';",
    'missing.ts': "import './gone.ts';",
    'enum.ts': 'enum E { A }\nexport const graph = E;',
    'throws.ts': "throw new RangeError('at the top');",
    'exports.ts': `
      export const nothing = null;
      export const number = 7;
      export const object = { nodes: [] };
      export const rejected = Promise.reject(new Error('no model'));
      export const builder = { compile() { throw new Error('no entry point'); } };
      export const odd = { compile: () => 1 };
      export const factory = () => { throw new TypeError('no key'); };
      export const empty = async () => undefined;
      rejected.catch(() => {});`,
  };

  const messages = await failures(files, [
    'extensionless.ts:graph',
    'js-for-ts.ts:graph',
    'package.ts:graph',
    'missing.ts:graph',
    'enum.ts:graph',
    'throws.ts:graph',
    'nowhere.ts:graph',
    'exports.ts:default',
    'exports.ts:nothing',
    'exports.ts:number',
    'exports.ts:object',
    'exports.ts:rejected',
    'exports.ts:builder',
    'exports.ts:odd',
    'exports.ts:factory',
    'exports.ts:empty',
  ]);

  const expected: readonly [file: string, exportName: string, why: RegExp][] = [
    ['extensionless.ts', 'graph', /found other\.ts; relative imports must include the file extension/],
    ['js-for-ts.ts', 'graph', /found other\.ts; relative imports must include the file extension/],
    ['package.ts', 'graph', /Cannot find package 'no-such-package'/],
    ['missing.ts', 'graph', /Cannot find module .*gone\.ts/],
    ['enum.ts', 'graph', /enums, .* require a compiler/],
    ['throws.ts', 'graph', /RangeError: at the top/],
    ['nowhere.ts', 'graph', /file not found/],
    ['exports.ts', 'default', /export not found; the file exports .*number/],
    ['exports.ts', 'nothing', /export not found/],
    ['exports.ts', 'number', /must be a graph, .* got the number 7/],
    ['exports.ts', 'object', /must be a graph, .* got an object of Object/],
    ['exports.ts', 'rejected', /rejected with Error: no model/],
    ['exports.ts', 'builder', /compile\(\) threw Error: no entry point/],
    ['exports.ts', 'odd', /compile\(\) returned the number 1, not a graph/],
    ['exports.ts', 'factory', /the function threw TypeError: no key/],
    ['exports.ts', 'empty', /got undefined/],
  ];
  expect(messages).toHaveLength(expected.length);
  for (const [index, [file, exportName, why]] of expected.entries()) {
    expect(messages[index]).toMatch(
      new RegExp(`^GraphLoadError Graph "agent" \\(.*/${file}, export "${exportName}"\\) cannot be loaded: `),
    );
    expect(messages[index]).toMatch(why);
  }
});

test('an unknown graph is refused with the known ones', async () => {
  await expect((await loaded()).graphFor('nope', callOf(), saver)).rejects.toThrow(
    /Unknown graph "nope"; available graphs are approval, /,
  );
});
