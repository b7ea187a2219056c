import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LeaveOut } from './bench.ts';
import { ServerProcess } from './server-process.ts';

const PACKAGES = fileURLToPath(new URL('./langgraph-api/node_modules/@langchain', import.meta.url));
const GRAPHS = fileURLToPath(new URL('./graphs', import.meta.url));

type Options = {
  /** Where it keeps what it keeps; made here. */
  readonly directory: string;
  /** Runs that it executes at once. */
  readonly atOnce: number;
  readonly leaveOut: LeaveOut;
};

/**
 * LangChain's development server (`langgraphjs dev`) with the benches' graphs, on a free port; null where it
 * isn't installed.
 */
export async function startLanggraphServer({
  directory,
  atOnce,
  leaveOut,
}: Options): Promise<{ server: ServerProcess; name: string } | null> {
  const cli = await installed();
  if (cli === null) {
    leaveOut(
      '@langchain/langgraph-api, for comparison: it is not installed. Run `npm install` in bench/langgraph-api.',
    );
    return null;
  }
  await mkdir(directory);
  // Relative paths only: absolute ones are looked for below this directory.
  const graphs = relative(directory, GRAPHS);
  const config = {
    graphs: { trivial: `${graphs}/trivial.ts:graph`, endless: `${graphs}/streaming.ts:endless` },
    env: {},
  };
  await writeFile(join(directory, 'langgraph.json'), JSON.stringify(config));
  const server = await ServerProcess.launch({
    args: [
      ...[cli.path, 'dev', '--host', '127.0.0.1', '--port', '0', '--no-browser', '--no-reload'],
      ...['--n-jobs-per-worker', String(atOnce), '--config', join(directory, 'langgraph.json')],
    ],
    cwd: directory,
    env: {
      LANGGRAPH_CLI_NO_ANALYTICS: '1',
      LANGSMITH_TRACING: 'false',
      LANGCHAIN_TRACING_V2: 'false',
      NO_COLOR: '1',
    },
    serving: /Server running at 127\.0\.0\.1:(\d+)/,
  });
  return { server, name: `langgraphjs dev ${cli.version}` };
}

/** The command line's file, and the server's version; null: not installed. */
async function installed(): Promise<{ readonly path: string; readonly version: string } | null> {
  try {
    const { version } = JSON.parse(await readFile(join(PACKAGES, 'langgraph-api/package.json'), 'utf8')) as {
      version: string;
    };
    const path = join(PACKAGES, 'langgraph-cli/dist/cli/cli.mjs');
    await access(path);
    return { path, version };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
