import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

/** One import of another module of ours. */
export type Edge = {
  readonly from: string;
  readonly to: string;
  /** What is taken from it, by its exported name; `*` for all of it. */
  readonly names: readonly string[];
};

/** The modules below some folders: paths are relative to `root`, with `/` between their parts. */
export type ModuleGraph = {
  readonly root: string;
  readonly files: readonly string[];
  readonly edges: readonly Edge[];
  /** Names of packages, and of Node's modules, that each file imports. */
  readonly packages: ReadonlyMap<string, readonly string[]>;
};

/** Imports of types count like those of values: they bind the reader's mind just the same. */
export function moduleGraph(root: string, folders: readonly string[]): ModuleGraph {
  const files = folders.flatMap((folder) => filesBelow(root, folder)).sort();
  const edges: Edge[] = [];
  const packages = new Map<string, readonly string[]>();
  for (const file of files) {
    const found: string[] = [];
    for (const { specifier, names } of importsOf(file, readFileSync(join(root, file), 'utf8')))
      if (specifier.startsWith('.'))
        edges.push({ from: file, to: normalize(join(dirname(file), specifier)), names });
      else found.push(specifier);
    packages.set(file, found);
  }
  return { root, files, edges, packages };
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name));
}

type Import = { readonly specifier: string; readonly names: readonly string[] };

function importsOf(file: string, text: string): Import[] {
  const { program, module, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const found: Import[] = [];
  for (const node of program.body) {
    if (node.type === 'ImportDeclaration') {
      const names = node.specifiers.map((one) =>
        one.type === 'ImportSpecifier'
          ? nameOf(one.imported)
          : one.type === 'ImportDefaultSpecifier'
            ? 'default'
            : '*',
      );
      found.push({ specifier: node.source.value, names });
    } else if (node.type === 'ExportNamedDeclaration' && node.source !== null)
      found.push({ specifier: node.source.value, names: node.specifiers.map(({ local }) => nameOf(local)) });
    else if (node.type === 'ExportAllDeclaration') found.push({ specifier: node.source.value, names: ['*'] });
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^(['"])(.+)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end))?.[2];
    if (literal !== undefined) found.push({ specifier: literal, names: ['*'] });
  }
  return found;
}

type Name = { readonly type: string; readonly name?: string; readonly value?: unknown };
const nameOf = (node: Name): string => node.name ?? String(node.value);

/** The names that a file exports. */
export function exportsOf(root: string, file: string): string[] {
  const { module } = parseSync(file, readFileSync(join(root, file), 'utf8'));
  return module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ exportName }) => exportName.name ?? []),
  );
}

/**
 * Groups of files that import each other in a circle, each sorted (Tarjan's strongly connected components).
 */
export function cycles({ files, edges }: Pick<ModuleGraph, 'files' | 'edges'>): string[][] {
  const next = Map.groupBy(edges, ({ from }) => from);
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    low.set(file, order.get(file) as number);
    stack.push(file);
    for (const { to } of next.get(file) ?? []) {
      if (!order.has(to)) visit(to);
      if (stack.includes(to)) low.set(file, Math.min(low.get(file) as number, low.get(to) as number));
    }
    if (low.get(file) !== order.get(file)) return;
    const group = stack.splice(stack.indexOf(file)).sort();
    if (group.length > 1) found.push(group);
  };
  for (const file of files) if (!order.has(file)) visit(file);
  return found;
}

export type FunctionSize = {
  readonly file: string;
  readonly line: number;
  readonly lines: number;
  readonly parameters: number;
};

/**
 * Every function, method and arrow function of a file, with its length (first to last line) and its number of
 * parameters.
 */
export function functionsOf(root: string, file: string): FunctionSize[] {
  const text = readFileSync(join(root, file), 'utf8');
  const { program } = parseSync(file, text);
  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length;
  const found: FunctionSize[] = [];
  const add = (node: {
    readonly start: number;
    readonly end: number;
    readonly params: readonly unknown[];
  }): void => {
    const line = lineAt(node.start);
    found.push({ file, line, lines: lineAt(node.end) - line + 1, parameters: node.params.length });
  };
  new Visitor({ FunctionDeclaration: add, FunctionExpression: add, ArrowFunctionExpression: add }).visit(
    program,
  );
  return found;
}
