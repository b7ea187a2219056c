import { defineConfig } from 'vitest/config';

/**
 * The tests that `npm run mutate:engine` runs against mutants of the orchestrator, the storage and the
 * events: in one process, on SQLite. They share their modules, so that these are loaded once and not for each
 * file of each mutant; the simulation and the scenarios are left out, which take longer than the mutants that
 * they alone would find are worth.
 */
export default defineConfig({
  ssr: { resolve: { conditions: ['module-sync', 'node'] } },
  test: {
    globals: true,
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    include: [
      'test/domain/{admission,ending,stop-request}.test.ts',
      'test/events/**/*.test.ts',
      'test/orchestrator/**/*.test.ts',
      'test/storage/{group-commit,database}.test.ts',
    ],
  },
});
