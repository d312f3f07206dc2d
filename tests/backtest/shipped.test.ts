import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { TOCSIN } from '../../demo/entry.ts';
import { backtest } from '../../src/backtest/backtest.ts';
import { packsFor } from '../../src/backtest/classPacks.ts';
import { linesOf } from '../../src/backtest/lines.ts';
import { groupsFor } from '../../src/cli/backtestRules.ts';
import { openIncident } from '../../src/cli/incidentFiles.ts';
import { groups } from './incidents.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NAMES = readdirSync(join(ROOT, 'incidents'));
const open = (name: string) => openIncident(join(ROOT, 'incidents', name), ROOT);
const run = (name: string) => {
  const incident = open(name);
  return backtest(incident, groupsFor(incident, { cwd: ROOT, places: [] }));
};

const print = (zone: string) =>
  execFileSync(
    process.execPath,
    [...TOCSIN, 'backtest', '--json', '--incident', 'usdc-svb-2023-03', 'iron-titan-2021-06'],
    { cwd: ROOT, encoding: 'utf8', env: { ...process.env, TZ: zone, LANG: 'de_DE.UTF-8' } },
  );

describe('the incidents that ship', () => {
  test.each(NAMES)('%s is caught as expected on the default packs, within its budget', { timeout: 120_000 }, (name) => {
    const { expectations, quiet } = run(name);
    expect(expectations.filter(({ met }) => !met)).toEqual([]);
    expect(quiet.isWithinBudget).toBe(true);
  });

  test(
    'xUSD: no price alert ends by the bounce or by missing samples, and an empty market rings again',
    { timeout: 120_000 },
    () => {
      const lines = linesOf(run('stream-xusd-2025-11'));
      const of = (rule: string, label: string, value: string) =>
        lines.filter((line) => line.rule === rule && line.labels[label] === value);
      expect(of('BelowNav', 'asset', 'xusd').map(({ level, fired_at: at }) => [level, at])).toEqual([
        ['warning', '2025-11-03T07:30:00Z'],
        ['critical', '2025-11-03T12:04:00Z'],
      ]);
      expect(of('BelowNav', 'asset', 'xusd').every(({ resolved_at: at }) => at === null || at > '2025-11-12')).toBe(
        true,
      );
      const empty = of('LiquidityGone', 'market', 'sdeusd-usdc-eth').filter(({ level }) => level === 'warning');
      expect(empty.map(({ fired_at: at }) => at)).toEqual(['2025-10-31T01:00:00Z', '2025-11-03T14:00:00Z']);
    },
  );

  test('xUSD: a peg of 1.00 is blind until the fall is half over', { timeout: 60_000 }, () => {
    const rule = `groups:
  - name: fixed
    rules:
      - alert: FixedPeg
        expr: price_usd{asset="xusd", chain="ethereum"}
        levels: { critical: { below: $0.98, for: 4m } }
        annotations: { runbook: r }
`;
    const fired = linesOf(backtest(open('stream-xusd-2025-11'), groups(rule))).map(({ fired_at: at }) => at);
    expect(fired.slice(0, 2)).toEqual(['2025-11-03T17:04:00Z', '2025-11-03T22:04:00Z']);
  });

  test('prints the same bytes in any time zone', { timeout: 120_000 }, () => {
    const here = print('UTC');
    expect(here.split('\n').length).toBeGreaterThan(10);
    expect(print('Pacific/Auckland')).toBe(here);
  });

  test('every class has default packs that are there', () => {
    const schema = JSON.parse(readFileSync(join(ROOT, 'schema/incident.json'), 'utf8')) as {
      properties: { assets: { additionalProperties: { properties: { class: { enum: string[] } } } } };
    };
    const packs = new Set(readdirSync(join(ROOT, 'rules/packs')));
    for (const kind of schema.properties.assets.additionalProperties.properties.class.enum) {
      const named = packsFor({ assets: { a: { id: 'a', name: 'a', class: kind, on: {} } } });
      expect([kind, named.length]).toEqual([kind, 3]);
      for (const name of named) expect(packs).toContain(`${name}.yaml`);
    }
  });
});
