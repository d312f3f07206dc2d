import { defineConfig } from 'vitest/config';
import { LongestFirst } from './tests/support/longestFirst.ts';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/global.ts'],
    exclude: ['tests/soak/**', 'tests/bench/**'],
    // A module loaded once serves every file of a worker: half the time of a run would be loading them again.
    isolate: false,
    // Most of the time goes to waiting for other processes.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Real processes on a busy machine: the report names every test that needed a second try.
    retry: process.env['CI'] === undefined ? 0 : 2,
    coverage: {
      include: ['src/**'],
      thresholds: Object.fromEntries(
        ['model', 'rules', 'alerts', 'dispatch'].map((folder) => [`src/${folder}/**`, { lines: 95, branches: 95 }]),
      ),
    },
  },
});
