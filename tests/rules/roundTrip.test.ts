import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ConfigErrors } from '../../src/config/error.ts';
import { importPrometheus } from '../../src/config/importPrometheus.ts';
import { loadRules } from '../../src/config/loadRules.ts';
import type { RuleGroup } from '../../src/model/rule.ts';
import { toPrometheus } from '../../src/rules/toPrometheus.ts';
import * as sources from '../../src/sources/index.ts';
import { plainFile } from '../fuzz/plainFiles.ts';

const FILES = 150;

function load(text: string): readonly RuleGroup[] | undefined {
  try {
    const files = { 'rules.yml': text };
    return loadRules({ files, config: { chains: {} }, sources, now: 0, env: {}, readFile: () => '' }).rules.groups;
  } catch (error) {
    if (error instanceof ConfigErrors) return undefined;
    throw error;
  }
}

const exported = (groups: readonly RuleGroup[]): string =>
  stringify({ groups: toPrometheus(groups).groups }, { lineWidth: 0, aliasDuplicateObjects: false });

describe('export and import', { timeout: 120_000 }, () => {
  test('say the same again: what is exported and read back exports to the very same text', () => {
    let accepted = 0;
    for (let seed = 1; seed <= FILES; seed++) {
      const groups = load(plainFile(seed));
      if (groups === undefined) continue;
      accepted++;
      const once = exported(groups);
      const again = load(once);
      expect({ seed, again: again && exported(again) }).toEqual({ seed, again: once });
      const imported = load(importPrometheus('rules.yml', once).text);
      expect({ seed, imported: imported && exported(imported) }).toEqual({ seed, imported: once });
    }
    expect(accepted).toBeGreaterThan(FILES / 5);
  });

  test('levels become alerts of their own, and alerts that differ in nothing else become levels again', () => {
    const text = `groups:
  - name: g
    interval: 1m
    rules:
      - alert: PegDeviation
        expr: price_usd{asset="usdc"}
        levels: { warning: { below: $0.98, for: 5m }, critical: { below: $0.95 } }
        labels: { team: a }
`;
    const groups = load(text)!;
    const once = exported(groups);
    expect(once.match(/alert: PegDeviation/g)).toHaveLength(2);
    const back = load(importPrometheus('rules.yml', once).text)!;
    expect(back[0]!.rules).toHaveLength(1);
    expect(exported(back)).toBe(once);
  });
});
