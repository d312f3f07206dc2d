import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { packNames, readRuleFiles } from '../../src/config/ruleFiles.ts';

const cwd = mkdtempSync(join(tmpdir(), 'tocsin-rules-'));
const packFolder = join(cwd, 'rules/packs');
const kindFolder = join(cwd, 'rules/kinds');

for (const file of [
  'rules/a.yaml',
  'rules/deep/er/b.yml',
  'rules/a.test.yaml',
  'rules/notes.md',
  'rules/packs/self.yaml',
  'rules/packs/stablecoins.yaml',
  'rules/kinds/depeg.yaml',
  'rules/kinds/depeg.test.yaml',
  'more/c.yaml',
  'more/deep/c.yaml',
]) {
  mkdirSync(dirname(join(cwd, file)), { recursive: true });
  writeFileSync(join(cwd, file), `# ${file}\ngroups: []\n`);
}
writeFileSync(join(cwd, 'rules/example.yaml'), '# groups: []\n\n');

afterAll(() => rmSync(cwd, { recursive: true }));

const find = (rules: readonly string[], packs: readonly string[] = []) =>
  readRuleFiles({ cwd, rules, packs, packFolder, kindFolder });

describe('readRuleFiles', () => {
  test('reads folders with all below them, but no tests, and no packs or kinds as their own', () => {
    const { files, own } = find(['rules']);
    expect(Object.keys(files)).toEqual([
      'packs/self.yaml',
      'kinds/depeg.yaml',
      'rules/a.yaml',
      'rules/deep/er/b.yml',
      'rules/example.yaml',
    ]);
    expect(files['rules/a.yaml']).toBe('# rules/a.yaml\ngroups: []\n');
    expect(own).toBe(2);
  });

  test('reads packs by name, and always the self rules', () => {
    expect(Object.keys(find([], ['stablecoins']).files)).toEqual([
      'packs/self.yaml',
      'packs/stablecoins.yaml',
      'kinds/depeg.yaml',
    ]);
    expect(packNames(packFolder)).toEqual(['stablecoins']);
  });

  test.each([
    ['more/*.yaml', ['more/c.yaml']],
    ['more/**/*.yaml', ['more/c.yaml', 'more/deep/c.yaml']],
    ['m*/deep/c.yaml', ['more/deep/c.yaml']],
    ['more/c.yaml', ['more/c.yaml']],
    ['nowhere', []],
    ['nowhere/*.yaml', []],
  ])('finds %s', (place, found) => {
    expect(Object.keys(find([place]).files).slice(2)).toEqual(found);
  });
});
