import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { hasPostgres } from './test/support/postgres.ts';

// Each test file is a process of its own that imports LangGraph: compiled once, it starts sooner.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/node-compile');

/** Where CI wants the counts. */
const results = process.env['INTERJECT_TEST_RESULTS'];

/**
 * What runs a second time on PostgreSQL: all that depends on how the database keeps, orders and locks things.
 */
const ON_POSTGRES = [
  'test/storage/checkpoints/**/*.test.ts',
  'test/storage/{group-commit,tables}.test.ts',
  'test/storage/retention/**/*.test.ts',
  'test/storage/items/{conformance,expiry,semantic}.test.ts',
  'test/orchestrator/**/*.test.ts',
  'test/property/**/*.test.ts',
  'test/rest/{one-behaviour,pauses}.test.ts',
  'test/scenarios/{assistants,conversation,crons,history,human-in-the-loop,interruption,long-term-memory,odd-errors,odd-text,refused-updates,retention,strategies,subscription-resume,thread-care,threads,unreadable-threads,values}.test.ts',
];

/** These load the demo agent in this process. Its pace and its model are settings that its module reads once: each needs a copy of its own. */
const WITH_DEMO_AGENT = [
  'test/browser/playground.test.ts',
  'test/examples/langgraph-sdk.test.ts',
  'test/scenarios/demo-agent.test.ts',
];

export default defineConfig({
  // As Node itself resolves: otherwise tests would load another copy of graphql than the packages that they
  // test with. No 'import': workers get these conditions too, and a required package would be loaded as a
  // module (pg's pool isn't one).
  ssr: { resolve: { conditions: ['module-sync', 'node'] } },
  test: {
    globals: true, // the checkpointer validation suite of LangGraph expects it
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks',
    // Files of one worker share their modules: loading LangGraph and the server for each of them was most of
    // the time.
    isolate: false,
    // much of the time is spent waiting for servers and leases: more than one for each core but one
    maxWorkers: 2,
    reporters: results === undefined ? ['default'] : ['default', 'json'],
    ...(results === undefined ? {} : { outputFile: { json: results } }),
    projects: [
      {
        extends: true,
        test: {
          name: 'main',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...WITH_DEMO_AGENT],
        },
      },
      { extends: true, test: { name: 'isolated', include: WITH_DEMO_AGENT, isolate: true } },
      ...(hasPostgres
        ? [
            {
              extends: true as const,
              test: { name: 'postgres', include: ON_POSTGRES, env: { INTERJECT_TEST_DATABASE: 'postgres' } },
            },
          ]
        : []),
    ],
  },
});
