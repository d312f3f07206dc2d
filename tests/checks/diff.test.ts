import { describe, expect, test } from 'vitest';
import { diffRuleSets } from '../../src/checks/diff.ts';
import { rules } from '../config/kinds.ts';
import { withRules } from './world.ts';

const diff = (before: string, after: string) => diffRuleSets(rules(before).rules, rules(after).rules);
const lines = (before: string, after: string) =>
  diff(before, after).changes.map(
    ({ what, change, name, because }) => `${change} ${what} ${name}${because === undefined ? '' : `: ${because}`}`,
  );

const A = '- { alert: A, expr: price_usd < 2, for: 5m }';

const both = (warning: number) => `
- { alert: A, expr: price_usd < ${warning}, labels: { severity: warning } }
- { alert: A, expr: price_usd < 0.5, labels: { severity: critical } }`;

describe('diffRuleSets', () => {
  test('the same rules are no change, wherever they stand', () => {
    expect(diff(withRules(A), `# A comment.\n${withRules(A)}`)).toEqual({ changes: [], lost: [] });
  });

  test('names rules that come, go and change, with what is different', () => {
    const after = '- { alert: A, expr: price_usd < 3, for: 10m }\n- { alert: B, expr: price_usd < 1 }';
    expect(lines(withRules(A), withRules(after))).toEqual([
      'add rule B',
      'change rule A: expr: "price_usd < 2" → "price_usd < 3", for: 300000 → 600000',
    ]);
    expect(lines(withRules(after), withRules(A))).toEqual([
      'change rule A: expr: "price_usd < 3" → "price_usd < 2", for: 600000 → 300000',
      'remove rule B',
    ]);
  });

  test('new labels reset an alert, and its old alerts are lost', () => {
    const after = '- { alert: A, expr: price_usd < 2, for: 5m, labels: { team: risk } }';
    expect(lines(withRules(A), withRules(after))).toEqual([
      'reset rule A: its labels change, so its alerts start anew',
    ]);
    expect(diff(withRules(A), withRules(after)).lost).toEqual([{ alert: 'A', labels: {} }]);
  });

  test('a new name is another rule', () => {
    const { changes, lost } = diff(withRules(A), withRules(A.replace('alert: A', 'alert: Z')));
    expect(changes.map(({ change, name }) => `${change} ${name}`)).toEqual(['add Z', 'remove A']);
    expect(lost).toEqual([{ alert: 'A', labels: {} }]);
  });

  test('rules of one name are told apart by their labels', () => {
    expect(lines(withRules(both(1)), withRules(both(0.9)))).toEqual([
      'change rule A{severity="warning"}: expr: "price_usd < 1" → "price_usd < 0.9"',
    ]);
  });

  test('sources are compared as they are written, options of their kind included', () => {
    const before = withRules(A);
    const after = before
      .replace('id: usd-coin, every: 2m', 'id: usdc-coin, every: 5m')
      .replace('  - { kind: erc20_supply, asset: xusd, chain: ethereum, every: 5m }\n', '');
    expect(lines(before, after)).toEqual([
      'change source usdc-coingecko_price: id: "usd-coin" → "usdc-coin", every: "2m" → "5m"',
      'remove source xusd-erc20_supply-ethereum',
    ]);
  });

  test('groups and assets are told too', () => {
    const after = withRules(A)
      .replace('- name: g', '- name: g\n    interval: 5m')
      .replace('name: USD Coin', 'name: USDC');
    expect(lines(withRules(A), after)).toEqual([
      'change asset usdc: name: "USD Coin" → "USDC"',
      'change group g: interval: 60000 → 300000',
    ]);
  });
});
