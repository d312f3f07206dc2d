import { describe, expect, it } from 'vitest';
import { compareAccepted, hasPromtool } from './promtool.ts';

describe('the set of accepted rule files', () => {
  it.skipIf(hasPromtool)('is not compared, since promtool is not installed', () => {
    console.log('skipped: the comparison of accepted files with promtool; install the package "prometheus" to run it');
    expect(hasPromtool).toBe(false);
  });

  it.runIf(hasPromtool)('is that of promtool, but for differences that have a name', { timeout: 300_000 }, () => {
    const { files, accepted, disagreements } = compareAccepted(1, 1_000);
    expect(disagreements).toEqual([]);
    expect(files).toBe(1_000);
    expect(accepted).toBeGreaterThan(200);
  });
});
