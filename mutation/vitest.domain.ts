import { defineConfig } from 'vitest/config';

/** The tests that `npm run mutate` runs against mutants of src/domain: pure, and a second in all. */
export default defineConfig({
  ssr: { resolve: { conditions: ['module-sync', 'node'] } },
  test: { globals: true, include: ['test/domain/**/*.test.ts'] },
});
