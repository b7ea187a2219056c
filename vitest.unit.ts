import { defineConfig, mergeConfig } from 'vitest/config';
import whole from './vitest.config.ts';

/**
 * The tests that need no database server, no browser and no other process: what to run while one works. `npm
 * run test:coverage` prints how much of src they reach.
 */
const { projects: _projects, ...test } = whole.test ?? {};

export default mergeConfig(
  { ...whole, test },
  defineConfig({
    test: {
      exclude: [
        'test/storage/{database,sql-store,claim-plan,webhook-outbox,joint-commit-locks,postgres-start,crons}.test.ts',
      ],
      include: [
        'test/{domain,events,graphql,graphs,orchestrator,simulation,structure}/**/*.test.ts',
        'test/storage/**/*.test.ts',
      ],
      coverage: {
        provider: 'v8',
        include: ['src/**/*.ts'],
        exclude: ['src/client/generated/**'],
        reporter: ['text-summary', 'html'],
        reportsDirectory: 'node_modules/.cache/coverage',
      },
    },
  }),
);
