import { describe, expect, test } from 'vitest';
import { check } from '../../src/cli/check.ts';
import { folderOf, tocsin } from './tocsin.ts';

const RULES = `groups:
  - name: g
    rules:
      - alert: Watchdog
        expr: vector(1)
`;
const BAD = `groups:
  - name: h
    rules:
      - alert: Peg
        expr: price_usd{asset="usdc"
      - alert: Late
        expr: price_usd > 1
        for: soon
`;
const TESTS = 'rule_files: [a.yaml]\ntests: [{ alert_rule_test: [{ alertname: Watchdog, eval_time: 1m }] }]\n';

describe('tocsin check', { timeout: 60_000 }, () => {
  test('prints findings as compilers do, and succeeds with warnings unless told otherwise', async () => {
    const folder = folderOf({ 'a.yaml': RULES });
    const plain = await tocsin(folder, (output) => check(['a.yaml'], {}, output));
    const strict = await tocsin(folder, (output) => check(['a.yaml'], { strict: true }, output));
    const json = await tocsin(folder, (output) => check(['.'], { json: true }, output));
    expect([plain.code, strict.code, json.code]).toEqual([0, 2, 0]);
    expect(plain.stdout).toBe(`\
a.yaml:4:16: warning no-runbook: "Watchdog" has no runbook, so whoever is woken must find out alone what to do. Add annotations: { runbook: … }.
   4 |       - alert: Watchdog
     |                ^^^^^^^^
a.yaml:4:16: warning no-test: No test speaks of "Watchdog", so nobody has seen it fire. Write one beside the rule, in a file that ends in .test.yaml.
   4 |       - alert: Watchdog
     |                ^^^^^^^^
1 file: 0 errors, 2 warnings.
`);
    expect((JSON.parse(json.stdout) as readonly unknown[])[1]).toEqual({
      id: 'no-test',
      severity: 'warning',
      file: 'a.yaml',
      line: 4,
      column: 16,
      message: expect.stringContaining('No test speaks of "Watchdog"'),
      docs: 'docs/checks/no-test.md',
    });
  });

  test('what cannot be read is an error, all of it at once', async () => {
    const folder = folderOf({ 'rules/a.yaml': RULES, 'rules/b.yaml': BAD });
    const { code, stdout } = await tocsin(folder, (output) => check(['rules'], {}, output));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^rules\/b\.yaml:5:\d+: error invalid: /);
    expect(stdout).toMatch(/^rules\/b\.yaml:8:14: error invalid: found "soon"; expected 0 or a duration/m);
    expect(stdout).toMatch(/1 file: 2 errors, 0 warnings\.\n$/);
  });

  test('a test beside the rules counts, and a named file is judged among all that the configuration reads', async () => {
    const folder = folderOf({
      'tocsin.yaml': 'packs: []\n',
      'rules/a.yaml': `assets: { usdc: { peg: usd } }\n${RULES}`,
      'rules/a.test.yaml': TESTS,
      'rules/b.yaml': 'sources: [{ kind: coingecko_price, asset: usdc, id: usd-coin }]\n',
    });
    const { code, stdout } = await tocsin(folder, (output) => check(['rules/b.yaml', 'rules/a.yaml'], {}, output));
    expect([code, [...stdout.matchAll(/warning ([\w-]+):/g)].map(([, id]) => id)]).toEqual([
      0,
      ['no-route', 'no-runbook'],
    ]);
  });

  test('of a configuration that is wrong elsewhere, only what the named file says is told', async () => {
    const folder = folderOf({ 'tocsin.yaml': 'packs: []\n', 'rules/a.yaml': RULES, 'rules/b.yaml': BAD });
    const { code, stdout } = await tocsin(folder, (output) => check(['rules/a.yaml'], {}, output));
    expect([code, stdout]).toEqual([0, expect.not.stringContaining('b.yaml')]);
    expect(stdout).toContain('no-runbook');
  });

  test('a place without rule files is an error', async () => {
    const { code, stderr } = await tocsin(folderOf({}), (output) => check(['rules'], {}, output));
    expect([code, stderr]).toEqual([
      1,
      'Found no rule file at "rules". Expected a .yaml file, or a folder with one.\n',
    ]);
  });

  test('--online says which chain does not answer', async () => {
    const folder = folderOf({
      'tocsin.yaml': "packs: []\nchains: { ethereum: { rpc: ['http://127.0.0.1:1'] } }\n",
      'rules/a.yaml': RULES,
    });
    const { code, stdout, stderr } = await tocsin(folder, (output) => check([], { online: true }, output));
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^No RPC URL of "ethereum" is usable\. 127\.0\.0\.1:1 /)]);
    expect(stdout).toMatch(/warnings?\.\n$/);
  });
});
