import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { packNames, readRuleFiles } from '../../src/config/ruleFiles.ts';
import { rules } from './kinds.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packFolder = join(root, 'rules/packs');
const everything = {
  cwd: root,
  rules: ['rules'],
  packs: packNames(packFolder),
  packFolder,
  kindFolder: join(root, 'rules/kinds'),
};

describe('what ships', () => {
  test('loads without a complaint', () => {
    const { files } = readRuleFiles(everything);
    const { rules: set, warnings } = rules(files, { chains: ['arbitrum', 'ethereum', 'plasma'] });
    expect(warnings).toEqual([]);
    expect(set.groups.map(({ name }) => name).toSorted()).toEqual(['tocsin', ...everything.packs].toSorted());
  });

  test('every pack loads alone, with the self rules, with and without its chains', () => {
    for (const pack of everything.packs) {
      const { files } = readRuleFiles({ ...everything, rules: [], packs: [pack] });
      const onAll = rules(files, { chains: ['arbitrum', 'ethereum', 'plasma'] });
      expect(onAll.warnings).toEqual([]);
      const onNone = rules(files, { chains: [] });
      expect(onNone.rules.sources.filter(({ chain }) => chain !== undefined)).toEqual([]);
      // What rests on a chain that is not read is unknown, not absent.
      expect(onNone.rules.declared).toEqual(expect.arrayContaining([...onAll.rules.declared]));
      const unread = onAll.rules.sources.some(({ chain }) => chain !== undefined);
      expect(onNone.warnings.length > 0).toBe(unread);
    }
  });

  test('the example is harmless, and right once its lines count', () => {
    const text = readFileSync(join(root, 'rules/example.yaml'), 'utf8');
    expect(rules(text).rules).toMatchObject({ assets: {}, sources: [], groups: [] });
    const live = text.replace(/^# (?=(?:assets|sources|groups):| )/gm, '');
    const { rules: set, warnings } = rules(live);
    expect(warnings).toEqual([]);
    expect([Object.keys(set.assets), set.sources.length, set.groups[0]?.rules.length]).toEqual([['myvault'], 2, 3]);
  });

  test('every alert has a summary and a runbook', () => {
    const { rules: set } = rules(readRuleFiles({ ...everything, rules: [] }).files);
    for (const rule of set.groups.flatMap((group) => group.rules)) {
      if ('record' in rule) continue;
      expect(rule).toMatchObject({
        annotations: { summary: expect.any(String), runbook: expect.stringMatching(/^docs\/runbooks\//) },
      });
    }
  });

  test('files name a schema that is there', () => {
    for (const folder of ['rules', 'rules/packs', 'rules/kinds']) {
      for (const name of readdirSync(join(root, folder)).filter((file) => /^[^.]+(?:\.test)?\.yaml$/.test(file))) {
        const schema = /\$schema=(\S+)/.exec(readFileSync(join(root, folder, name), 'utf8'))?.[1];
        expect(existsSync(join(root, folder, schema ?? 'none'))).toBe(true);
      }
    }
  });
});
