import { describe, expect, test } from 'vitest';
import { mergeDuplicates } from '../../src/rules/mergeDuplicates.ts';
import { plan } from '../../src/promql/index.ts';
import { rules } from '../config/kinds.ts';

const groupsOf = (text: string) => rules(text).rules.groups;

describe('mergeDuplicates', () => {
  test('makes one rule of plain rules of one name and the same labels, wherever they stand', () => {
    const groups = groupsOf(`
groups:
  - name: a
    rules:
      - { alert: X, expr: 'up == 0 # gone', for: 1m }
      - { alert: X, expr: up == 2, labels: { a: b } }
      - { record: y, expr: up }
  - name: b
    rules:
      - { alert: X, expr: up == 1, for: 5m }
`);
    expect(groups.map(({ rules: all }) => all.map(({ expr }) => expr))).toEqual([
      ['(up == 0 # gone\n) or (up == 1\n)', 'up == 2', 'up'],
      [],
    ]);
    const [merged] = groups[0]!.rules;
    expect(merged).toMatchObject({ for: 60_000, merged: [{ line: 10 }] });
    expect(() => plan(merged!.expr)).not.toThrow();
  });

  test('leaves rules alone that are told apart', () => {
    const groups = groupsOf('groups: [{ name: a, rules: [{ alert: X, expr: up }, { alert: Y, expr: up }] }]');
    expect(mergeDuplicates(groups)).toBe(groups);
  });
});
