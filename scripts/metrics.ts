import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cycles, exportsOf, functionsOf, moduleGraph } from './module-graph.ts';

/** Ways of speaking that ../shared/wording.md's kind of English does without: counted in what people read. */
const PHRASES = [
  /\btold\b/gi,
  /\btells?\b/gi,
  /\bgoes on\b/gi,
  /\bnobody\b/gi,
  /\bwhoever\b/gi,
  /\beverybody\b/gi,
  /\bis no\b(?! longer)/gi,
  /\bis not to be\b/gi,
];

const MAX_LINE = 110;

const root = process.argv[2] ?? process.cwd();
const isGenerated = (file: string): boolean => file.startsWith('src/client/generated/');
const graph = moduleGraph(root, ['src']);
const outside = moduleGraph(root, ['test', 'bench', 'scripts', 'examples']);
const text = (file: string): string => readFileSync(join(root, file), 'utf8');
const written = graph.files.filter((file) => !isGenerated(file));
const lengths = written.map((file) => text(file).split('\n').length - 1).sort((a, b) => a - b);
const importers = Map.groupBy(graph.edges, ({ to }) => to);
const users = (file: string) => new Set((importers.get(file) ?? []).map(({ from }) => from)).size;
const circles = cycles(graph);

const taken = new Map<string, Set<string>>();
for (const { to, names } of graph.edges)
  for (const name of names) taken.set(to, (taken.get(to) ?? new Set()).add(name));
const byTests = new Map<string, Set<string>>();
for (const { to, names } of outside.edges)
  for (const name of names) byTests.set(to, (byTests.get(to) ?? new Set()).add(name));
const onlyByTests = written.flatMap((file) =>
  exportsOf(root, file).filter((name) => {
    const inside = taken.get(file);
    return inside?.has(name) !== true && inside?.has('*') !== true && byTests.get(file)?.has(name) === true;
  }),
);

const read = [
  ...written,
  'schema.graphql',
  'README.md',
  'docs/architecture.md',
  'docs/graphql.md',
  'docs/operations.md',
  'docs/stopping.md',
];
const hits = PHRASES.map((phrase) =>
  read.reduce((sum, file) => sum + (text(file).match(phrase)?.length ?? 0), 0),
);
const functions = written.flatMap((file) => functionsOf(root, file));
const isWide = (line: string): boolean => line.length > MAX_LINE;
const names = Map.groupBy(written, (file) => file.split('/').at(-1));

console.log(
  JSON.stringify(
    {
      files: graph.files.length,
      lines: lengths.reduce((sum, length) => sum + length, 0),
      medianLines: lengths[Math.floor(lengths.length / 2)],
      largest: lengths.at(-1),
      linesWiderThan110: written.reduce((sum, file) => sum + text(file).split('\n').filter(isWide).length, 0),
      functionsLongerThan60: functions.filter(({ lines }) => lines > 60).length,
      functionsOfMoreThan4Parameters: functions.filter(({ parameters }) => parameters > 4).length,
      oneImporterFiles: graph.files.filter((file) => users(file) === 1).length,
      cycles: circles.length,
      filesInCycles: circles.flat().length,
      filesNamingInterruptBefore: written.filter((file) => text(file).includes('interruptBefore')).length,
      exportsUsedByTestsOnly: onlyByTests.length,
      fileNamesBorneByMoreThanTwo: [...names.values()].filter((files) => files.length > 2).length,
      wordingHits: hits.reduce((sum, count) => sum + count, 0),
    },
    null,
    2,
  ),
);
