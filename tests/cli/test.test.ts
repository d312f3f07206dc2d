import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { test, type TestChoices } from '../../src/cli/test.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tocsin-test-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const write = (name: string, text: string) => writeFileSync(join(cwd, name), text);

function run(places: readonly string[], choices: TestChoices = {}, from = cwd): { code: number; said: string } {
  let said = '';
  const code = test(places, choices, { cwd: from, say: (text) => void (said += text) });
  return { code, said };
}

/** A test file whose rules stand in it. */
const inline = (tests: string) => `
groups:
  - name: g
    rules:
      - alert: Low
        expr: utilization_ratio
        levels:
          warning: { below: 50%, for: 2m }
          critical: { below: 10%, clear: 20% }
        annotations: { summary: '{{ level }} at {{ value | percent }}' }
      - { alert: Plain, expr: 'sum(other) > 5', labels: { severity: page } }
tests:
  - interval: 1m
${tests}`;

describe('tocsin test', () => {
  it('passes for every shipped rule and kind', () => {
    const { code, said } = run(['rules'], {}, root);
    expect(said).toMatch(/^\d{2,} passed, 0 failed\n$/);
    expect(code).toBe(0);
  });

  it('knows levels, pending alerts, annotations and messages', () => {
    write(
      'a.test.yaml',
      inline(`
    input_series: [{ series: 'utilization_ratio{asset="x"}', values: '0.4x3 0.05x3 0.6x3' }]
    alert_rule_test:
      - { eval_time: 1m, alertname: Low, exp_alerts: [{ exp_labels: { asset: x }, state: pending, exp_annotations: { summary: ' at 40 %' } }] }
      - { eval_time: 2m, alertname: Low, exp_alerts: [{ exp_labels: { asset: x }, level: warning, exp_annotations: { summary: warning at 40 % } }] }
      - { eval_time: 4m, alertname: Low, exp_alerts: [{ exp_labels: { asset: x, severity: critical }, state: firing, exp_annotations: { summary: critical at 5 % } }] }
    notifications_test:
      - { eval_time: 1m, exp_notifications: [] }
      - { eval_time: 2m, exp_notifications: [{ alertname: Low, labels: { asset: x }, level: warning, changes: [firing] }] }
      - { eval_time: 4m, exp_notifications: [{ alertname: Low, labels: { asset: x }, level: critical, changes: [warning → critical] }] }
      - { eval_time: 8m, exp_notifications: [{ alertname: Low, labels: { asset: x }, level: critical, changes: [resolved] }] }
`),
    );
    expect(run(['a.test.yaml'])).toEqual({ code: 0, said: '7 passed, 0 failed\n' });
  });

  it('holds a firing alert where samples go missing, unless it is read as Prometheus reads it', () => {
    write(
      'a.test.yaml',
      inline(`
    input_series: [{ series: other, values: '9x3 _x20' }]
    alert_rule_test:
      - { eval_time: 20m, alertname: Plain, exp_alerts: [{ exp_labels: { severity: page } }] }
`),
    );
    expect(run(['a.test.yaml']).said).toBe('1 passed, 0 failed\n');
    expect(run(['a.test.yaml'], { missing: 'prometheus' }).said).toMatchInlineSnapshot(`
      "FAILED a.test.yaml:17: alert Plain at 1200s (- expected, + got)
          - {alertname="Plain", severity="page"}
      0 passed, 1 failed
      "
    `);
  });

  it('shows what was expected and what was found, with the place', () => {
    write(
      'a.test.yaml',
      inline(`
    input_series:
      - { series: 'utilization_ratio{asset="x"}', values: '0.05x9' }
      - { series: 'utilization_ratio{asset="y"}', values: '0.05x9' }
    alert_rule_test:
      - eval_time: 3m
        alertname: Low
        exp_alerts:
          - { exp_labels: { asset: y, severity: critical }, exp_annotations: { summary: critical at 5 % } }
          - { exp_labels: { asset: z }, level: warning }
    promql_expr_test:
      - { expr: sum(utilization_ratio), eval_time: 1m, exp_samples: [{ labels: '{}', value: 3 }] }
      - { expr: sum(, eval_time: 1m }
    notifications_test:
      - { eval_time: 4m, exp_notifications: [{ alertname: Low, changes: [resolved] }] }
`),
    );
    expect(run(['a.test.yaml'])).toMatchInlineSnapshot(`
      {
        "code": 1,
        "said": "FAILED a.test.yaml:19: alert Low at 180s (- expected, + got)
          + {alertname="Low", asset="x", severity="critical"} {summary="critical at 5 %"}
            {alertname="Low", asset="y", severity="critical"} {summary="critical at 5 %"}
          - {alertname="Low", asset="z", severity="warning"}
      FAILED a.test.yaml:28: told to default at 240s (- expected, + got)
          - resolved: {alertname="Low"}
      FAILED a.test.yaml:25: expression sum(utilization_ratio) at 60s (- expected, + got)
          + {} 0.1
          - {} 3
      FAILED a.test.yaml:26: expression sum(
          The expression ends too early. An operand or a closing bracket is missing.
      0 passed, 4 failed
      ",
      }
    `);
  });

  it.each([
    ['values: "1 2 {{schema:1}}"', 'native histograms are not supported'],
    ['values: "1+2"', 'found "1+2"'],
    ['values: "1x9999999999"', 'at most'],
    ['values: "1", series: "up{"', 'a.test.yaml:15'],
    ['values: "1", series: "up{a=~\\"b\\"}"', 'expected a series such as'],
    ['values: "1", when: now', 'unknown key "when"'],
  ])('refuses %s', (keys, reason) => {
    const series = keys.includes('series') ? keys : `series: up, ${keys}`;
    write('a.test.yaml', inline(`\n    input_series: [{ ${series} }]\n`));
    const { code, said } = run(['a.test.yaml']);
    expect(code).toBe(1);
    expect(said).toContain(reason);
    expect(said).toContain('0 passed, 1 failed');
  });

  it.each([
    ['alert_rule_test: [{ alertname: A, exp_alerts: [],', '100y', 52_560_000],
    ['promql_expr_test: [{ expr: up, exp_samples: [],', '5000001m', 5_000_001],
  ])('refuses an instant that would take hours to reach: %s', (asked, at, times) => {
    write('a.test.yaml', inline(`\n    ${asked} eval_time: ${at} }]\n`));
    const { code, said } = run(['a.test.yaml']);
    expect(code).toBe(1);
    expect(said).toContain(`this is ${times} times the evaluation_interval away; expected at most 5000000 evaluations`);
  });

  it('needs no chain for the sources that stand beside the rules', () => {
    write(
      'rules.yaml',
      `
assets: { x: { on: { ethereum: '0x${'0'.repeat(40)}' } } }
sources: [{ kind: erc4626, asset: x, chain: nowhere, every: 1m, key: '\${NOT_SET}' }]
groups: [{ name: g, rules: [{ alert: Known, expr: 'asset_info{asset="x"} == 1' }] }]
`,
    );
    write(
      'a.test.yaml',
      'rule_files: [r*.yaml]\ntests: [{ alert_rule_test: [{ eval_time: 1m, alertname: Known, exp_alerts: [{ exp_labels: { asset: x, name: x } }] }] }]',
    );
    expect(run(['.'])).toEqual({ code: 0, said: '1 passed, 0 failed\n' });
  });

  it.each([
    [['nowhere'], {}, 'Found no file or folder "nowhere"'],
    [['.'], { missing: 'never' }, 'Found --missing="never". Expected hold or prometheus.'],
    [['.'], { rangeEnds: 'half' }, 'Found --range-ends="half". Expected open or closed.'],
  ])('refuses %s %s', (places, choices, reason) => {
    const { code, said } = run(places, choices);
    expect(code).toBe(1);
    expect(said).toContain(reason);
  });

  it('takes thousands of steps a second', () => {
    write(
      'a.test.yaml',
      inline(`
    input_series: [{ series: 'utilization_ratio{asset="x"}', values: '0.4x20000' }]
    promql_expr_test: [{ expr: 'utilization_ratio', eval_time: 20000m, exp_samples: [{ labels: 'utilization_ratio{asset="x"}', value: 0.4 }] }]
`),
    );
    const start = performance.now();
    expect(run(['a.test.yaml']).code).toBe(0);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
