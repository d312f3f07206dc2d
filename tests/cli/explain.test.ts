import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explain } from '../../src/cli/explain.ts';
import { NAME } from '../../src/model/labels.ts';
import { freshStore, type FreshStore } from '../support/postgres.ts';
import { folderOf, tocsin } from './tocsin.ts';

const CONFIG = `packs: []
receivers: { team: { kind: slack_webhook, url: '\${SLACK}' } }
`;
const RULES = `assets: { usdc: { name: USD Coin, peg: usd } }
sources: [{ kind: coingecko_price, asset: usdc, id: usd-coin, every: 1m }]
groups:
  - name: peg
    rules:
      - record: asset:deviation_ratio
        expr: price_usd - 1
      - alert: PegDeviation
        expr: asset:deviation_ratio{asset="usdc"}
        levels:
          warning: { below: -0.5%, for: 15m, clear: -0.3% }
          critical: { below: -2%, for: 3m }
        keep_firing_for: 30m
        annotations: { runbook: docs/PegDeviation.md }
`;
const env = { SLACK: 'https://hooks.slack.com/services/T/B/x' };

describe('tocsin explain', { timeout: 60_000 }, () => {
  let database: FreshStore;
  beforeAll(async () => {
    database = await freshStore();
  });
  afterAll(async () => database.drop());

  test('says what a rule means where no worker has run', async () => {
    const folder = folderOf({ 'tocsin.yaml': CONFIG, 'rules/a.yaml': RULES });
    const { code, stdout } = await tocsin(folder, (output) => explain('PegDeviation', {}, output), env);
    expect(code).toBe(0);
    expect(stdout).toBe(`\
PegDeviation  (rules/a.yaml:8, group peg, every 1m and with each reading)
Expression:
  asset:deviation_ratio{asset="usdc"}
  where asset:deviation_ratio = price_usd - 1
Fires:
  warning when the value is below −0.5 % for 15m; clears at −0.3 %
  critical when the value is below −2 % for 3m; clears at −2 %
  steps down only after 30m of recovery
  any stale input makes the verdict unknown, which neither fires nor resolves
Labels:
  those of the expression, and none of its own
Inputs:
  price_usd{asset="usdc", method="aggregate", source="usdc-coingecko_price", upstream="coingecko"}  every 1m, stale after 10m
Now:
  No worker has run on "./data", so there are no values. Start one with "tocsin run", or name its folder with --data.
Told:
  warning → team
  critical → team
Runbook:
  docs/PegDeviation.md
`);
  });

  test('says what the store holds, the verdict now and how far each level is', async () => {
    const folder = folderOf({ 'tocsin.yaml': CONFIG, 'rules/a.yaml': RULES });
    const labels = { [NAME]: 'asset:deviation_ratio', asset: 'usdc' };
    const now = Date.now();
    await database.store.saveOwn([{ labels, value: -0.0101, at: now - 5_000, maxAge: 3_600_000 }], now);
    const { stdout } = await tocsin(folder, (output) => explain('PegDeviation', {}, output), {
      ...env,
      DATABASE_URL: database.url.reveal(),
    });
    expect(stdout).toMatch(/Inputs:\n {2}asset:deviation_ratio\{asset="usdc"\} {2}−1\.01 %, \d+s ago\nNow:/);
    expect(stdout).toContain(`\
Now:
  {asset="usdc"}  inactive, breached: −1.01 %
    -0.0101
    warning, below −0.5 %: crossed by 0.51 %
    critical, below −2 %: 0.99 % away
Told:`);
  });

  test('names the nearest rule when there is no such', async () => {
    const folder = folderOf({ 'tocsin.yaml': CONFIG, 'rules/a.yaml': RULES });
    const { code, stderr } = await tocsin(folder, (output) => explain('PegDeviations', {}, output), env);
    expect([code, stderr]).toEqual([1, 'Unknown alert "PegDeviations"; did you mean "PegDeviation"?\n']);
  });
});
