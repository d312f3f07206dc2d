import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportRules } from '../../src/cli/exportRules.ts';
import { test } from '../../src/cli/test.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const isInstalled = spawnSync('promtool', ['--version']).status === 0;

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tocsin-export-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

function run(places: readonly string[], { lossy = false, from = cwd } = {}) {
  let [written, warned] = ['', ''];
  const code = exportRules(
    places,
    { lossy },
    { cwd: from, now: 0, write: (text) => void (written += text), warn: (text) => void (warned += text) },
  );
  return { code, written, warned };
}

const OURS = `
groups:
  - name: g
    interval: 30s
    rules:
      - record: x:mean
        expr: avg(utilization_ratio)
        labels: { team: risk }
      - alert: Full
        expr: utilization_ratio * 1 # of what is there
        levels:
          warning: { above: 90%, for: 2m }
          critical: { above: 97%, clear: 95% }
        keep_firing_for: 2m
        labels: { team: risk }
        annotations:
          summary: '{{ level }}: {{ asset.name }} of {{ labels.team }} at {{ value | percent }}, {{ threshold }} on {{ chain }}'
          odd: '{% if value > 1 %}over{% endif %} {{ value | round: 2 }}'
`;

/** What both sides must say of what was exported. */
const TESTS = `
rule_files: [out.yaml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - { series: 'utilization_ratio{asset="a", chain="c"}', values: '0.5x2 0.95x4 0.98x3 0.5x6' }
    alert_rule_test:
      - { eval_time: 4m, alertname: Full, exp_alerts: [] }
      - eval_time: 6m
        alertname: Full
        exp_alerts:
          - exp_labels: { asset: a, chain: c, team: risk, severity: warning }
            exp_annotations: { summary: 'warning: a of risk at 95%, above 90 % on c', odd: '[if value > 1]over[endif] [value | round: 2]' }
      - eval_time: 9m
        alertname: Full
        exp_alerts:
          - exp_labels: { asset: a, chain: c, team: risk, severity: warning }
            exp_annotations: { summary: 'warning: a of risk at 98%, above 90 % on c', odd: '[if value > 1]over[endif] [value | round: 2]' }
          - exp_labels: { asset: a, chain: c, team: risk, severity: critical }
            exp_annotations: { summary: 'critical: a of risk at 98%, above 97 % on c', odd: '[if value > 1]over[endif] [value | round: 2]' }
      - { eval_time: 16m, alertname: Full, exp_alerts: [] }
    promql_expr_test:
      - { expr: 'x:mean', eval_time: 1m, exp_samples: [{ labels: 'x:mean{team="risk"}', value: 0.5 }] }
`;

describe('tocsin export prometheus', () => {
  it('writes a rule for each level, and says what is lost', () => {
    writeFileSync(join(cwd, 'ours.yaml'), OURS);
    expect(run(['ours.yaml'])).toMatchInlineSnapshot(`
      {
        "code": 3,
        "warned": "ours.yaml:9: Full: a firing alert is held while its data is missing; there it resolves
      ours.yaml:9: Full: an alert has one level; there each level it has reached fires by itself
      ours.yaml:9: Full: annotation "summary": the name of an asset; there its id stands
      ours.yaml:9: Full: annotation "odd": "if value > 1" has no simple Go template
      ours.yaml:9: Full: annotation "odd": "endif" has no simple Go template
      ours.yaml:9: Full: annotation "odd": "value | round: 2" has no simple Go template
      ours.yaml:9: Full: clear of level "critical"; there it ends at its threshold
      7 things cannot be said in Prometheus. With --lossy they are left out without complaint.
      ",
        "written": "groups:
        - name: g
          interval: 30s
          rules:
            - record: x:mean
              expr: avg(utilization_ratio)
              labels:
                team: risk
            - alert: Full
              expr: |-
                (utilization_ratio * 1
                ) > 0.9
              for: 2m
              keep_firing_for: 2m
              labels:
                team: risk
                severity: warning
              annotations:
                summary: "warning: {{ $labels.asset }} of risk at {{ $value | humanizePercentage }}, above 90 % on {{ $labels.chain }}"
                odd: "[if value > 1]over[endif] [value | round: 2]"
            - alert: Full
              expr: |-
                (utilization_ratio * 1
                ) > 0.97
              keep_firing_for: 2m
              labels:
                team: risk
                severity: critical
              annotations:
                summary: "critical: {{ $labels.asset }} of risk at {{ $value | humanizePercentage }}, above 97 % on {{ $labels.chain }}"
                odd: "[if value > 1]over[endif] [value | round: 2]"
      ",
      }
    `);
    expect(run(['ours.yaml'], { lossy: true }).code).toBe(0);
  });

  it('writes what means the same, here and in promtool', () => {
    writeFileSync(join(cwd, 'ours.yaml'), OURS);
    writeFileSync(join(cwd, 'out.yaml'), run(['ours.yaml']).written);
    writeFileSync(join(cwd, 'out.test.yaml'), TESTS);
    let said = '';
    test(
      ['out.test.yaml'],
      { missing: 'prometheus', rangeEnds: 'closed' },
      { cwd, say: (text) => void (said += text) },
    );
    expect(said).toBe('5 passed, 0 failed\n');
    if (!isInstalled) return console.log('skipped: promtool is not installed');
    expect(spawnSync('promtool', ['test', 'rules', 'out.test.yaml'], { cwd, encoding: 'utf8' }).stderr).toBe('');
  });

  it('loses nothing of plain rules', () => {
    const corpus = join(root, 'tests/fixtures/prometheus');
    expect(run(['templates.rules.yml', 'for.rules.yml', 'keep.rules.yml'], { from: corpus })).toMatchObject({
      code: 0,
      warned: '',
    });
  });

  it.runIf(isInstalled)('satisfies promtool with everything that ships', () => {
    const { written } = run(['rules/packs'], { from: root, lossy: true });
    writeFileSync(join(cwd, 'out.yaml'), written);
    const { status, stdout } = spawnSync('promtool', ['check', 'rules', 'out.yaml'], { cwd, encoding: 'utf8' });
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('SUCCESS') });
    expect(readFileSync(join(cwd, 'out.yaml'), 'utf8')).not.toContain('levels:');
  });
});
