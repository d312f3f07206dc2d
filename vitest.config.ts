import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/global.ts'],
    exclude: ['tests/soak/**', 'tests/bench/**'],
    // Most of the time goes to waiting for other processes.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: {
      include: ['src/**'],
      thresholds: Object.fromEntries(
        ['model', 'rules', 'alerts', 'dispatch'].map((folder) => [`src/${folder}/**`, { lines: 95, branches: 95 }]),
      ),
    },
  },
});
