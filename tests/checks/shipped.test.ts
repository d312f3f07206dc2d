import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { check } from '../../src/cli/check.ts';
import { CHECKS, OTHER_IDS } from '../../src/checks/runChecks.ts';
import { packNames } from '../../src/config/ruleFiles.ts';
import { folderOf, tocsin } from '../cli/tocsin.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** They bring no assets of their own, and incidents/ tests them. */
const CLASS_PACKS = ['markets', 'pegged', 'shares', 'solvency', 'staked', 'volatile'];

describe('what ships', () => {
  test('a reviewer finds nothing in any pack', async () => {
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

  test('in packs that judge by class, only that their assets, their pace and tests are elsewhere', async () => {
    const folder = folderOf({
      'tocsin.yaml': `packs: [stablecoins, ${CLASS_PACKS.join(', ')}]\nreceivers: { all: { kind: email, host: 127.0.0.1, from: a@example.org, to: b@example.org } }\n`,
    });
    const { stdout } = await tocsin(folder, (output) => check([], { json: true }, output));
    const found = JSON.parse(stdout) as readonly { readonly id: string }[];
    expect(found.filter(({ id }) => !['never-produced', 'no-test', 'for-too-short'].includes(id))).toEqual([]);
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
