import { defineConfig } from 'vitest/config';

/** The tests that `npm run mutate:engine` runs against mutants of the orchestrator, the storage and the events: in one process, on SQLite. */
export default defineConfig({
  ssr: { resolve: { conditions: ['module-sync', 'node'] } },
  test: {
    globals: true,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    include: [
      'test/domain/{admission,ending,stop-request}.test.ts',
      'test/events/**/*.test.ts',
      'test/orchestrator/**/*.test.ts',
      'test/storage/{group-commit,database}.test.ts',
      'test/simulation/**/*.test.ts',
      'test/scenarios/{conversation,human-in-the-loop,interruption,strategies,subscription-resume,threads}.test.ts',
    ],
  },
});
