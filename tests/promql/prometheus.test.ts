import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runScript } from '../../src/promql/script/index.ts';

/** Prometheus' own `promql/promqltest/testdata`, when it lies beside the checkout. */
const folder = join(import.meta.dirname, '../../../shared/promql');
const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.test')) : [];

describe("Prometheus' test scripts", () => {
  it.runIf(files.length === 0)('are not here, so none is run', () => {
    console.log(`skipped: ${folder} has no scripts`);
    expect(files).toEqual([]);
  });

  it.each(files)('%s passes but for native histograms and experimental parts', (file) => {
    const outcomes = runScript(readFileSync(join(folder, file), 'utf8'));
    expect(outcomes.filter(({ result }) => result === 'failed')).toEqual([]);
    const skipped = new Set(outcomes.flatMap(({ result, reason }) => (result === 'skipped' ? [reason!] : [])));
    for (const reason of skipped) expect(reason).toMatch(/^native histogram|^experimental/);
  });
});
