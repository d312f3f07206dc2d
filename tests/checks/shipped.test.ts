import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { check } from '../../src/cli/check.ts';
import { CLASS_PACKS } from '../../src/backtest/classPacks.ts';
import { CHECKS, OTHER_IDS } from '../../src/checks/runChecks.ts';
import { packNames } from '../../src/config/ruleFiles.ts';
import { folderOf, tocsin } from '../cli/tocsin.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('what ships', () => {
  test('a reviewer finds nothing in any pack', async () => {
    // Those by class count each price as a voice, and system packs bring a pool's spot and its mean.
    const packs = packNames(join(root, 'rules/packs'))
      .filter((name) => !CLASS_PACKS.includes(name))
      .join(', ');
    const chains = ['arbitrum', 'ethereum', 'plasma']
      .map((name) => `${name}: { rpc: ['http://127.0.0.1:1'] }`)
      .join(', ');
    const folder = folderOf({
      'tocsin.yaml': `packs: [${packs}]\nchains: { ${chains} }\nreceivers: { all: { kind: email, host: 127.0.0.1, from: a@example.org, to: b@example.org } }\n`,
    });
    const { stdout } = await tocsin(folder, (output) => check([], {}, output));
    expect(stdout).toMatch(/^\d+ files: 0 errors, 0 warnings\.\n$/);
  });

  test('nor in packs that judge by class where nothing is read that most of them judge', async () => {
    const folder = folderOf({
      'tocsin.yaml': `packs: [${CLASS_PACKS.join(', ')}]\nreceivers: { all: { kind: email, host: 127.0.0.1, from: a@example.org, to: b@example.org } }\n`,
      'rules/a.yaml': `assets: { usdc: { class: fiat-stable, peg: usd, on: { ethereum: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48' } } }
sources: [{ kind: defillama_price, asset: usdc, every: 5m }]
groups: [{ name: own, rules: [{ alert: Gone, expr: 'tvl_usd{asset="usdc"} < 1' }] }]
`,
    });
    const { stdout } = await tocsin(folder, (output) => check([], { json: true }, output));
    const found = JSON.parse(stdout) as readonly { readonly id: string; readonly file: string }[];
    expect(found.filter(({ file }) => file !== 'rules/a.yaml')).toEqual([]);
    expect(found.map(({ id }) => id)).toContain('never-produced');
  });

  test('every finding has a page that says what, why and what to do, and there is no other page', () => {
    const ids = [...CHECKS.map(({ id }) => id), ...OTHER_IDS];
    const pages = readdirSync(join(root, 'docs/checks')).filter((name) => name !== 'README.md');
    expect(pages.sort()).toEqual(ids.map((id) => `${id}.md`).sort());
    for (const id of ids) {
      const page = join(root, 'docs/checks', `${id}.md`);
      expect(existsSync(page)).toBe(true);
      const headings = [
        ...readFileSync(page, 'utf8')
          .replaceAll(/```[^]*?```/g, '')
          .matchAll(/^#+ (.*)$/gm),
      ].map(([, heading]) => heading);
      expect(headings).toEqual([id, 'What', 'Why', 'What to do']);
    }
  });
});
