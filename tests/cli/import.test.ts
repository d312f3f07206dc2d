import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importRules } from '../../src/cli/importRules.ts';

const corpus = join(import.meta.dirname, '../fixtures/prometheus');

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tocsin-import-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

function run(files: readonly string[], from = cwd) {
  let [written, warned] = ['', ''];
  const code = importRules(files, {
    cwd: from,
    now: 0,
    write: (text) => void (written += text),
    warn: (text) => void (warned += text),
  });
  return { code, written, warned };
}

describe('tocsin import prometheus', () => {
  it.each(readdirSync(corpus).filter((name) => name.endsWith('.rules.yml')))('takes %s as it is', (name) => {
    expect(run([name], corpus)).toMatchObject({ code: 0, warned: '' });
  });

  it('makes levels of alerts that differ in threshold, for and severity alone', () => {
    writeFileSync(
      join(cwd, 'a.yml'),
      `groups:
  - name: g
    rules:
      # Kept as it is.
      - alert: Full
        expr: utilization_ratio{asset="x"} > 0.9
        for: 10m
        labels: { severity: warning, team: risk }
        annotations: { summary: '{{ $labels.asset }} at {{ $value | humanizePercentage }}' }
      - alert: Full
        expr: utilization_ratio{asset="x"} > 0.97
        labels: { severity: critical, team: risk }
        annotations: { summary: '{{ $labels.asset }} at {{ $value | humanizePercentage }}' }
      - { alert: Other, expr: up > 1, labels: { severity: warning } }
      - { alert: Other, expr: up > 2, labels: { severity: critical } }
`,
    );
    expect(run(['a.yml'])).toMatchInlineSnapshot(`
      {
        "code": 0,
        "warned": "a.yml: Full: 2 alerts became one rule with the levels warning and critical.
      ",
        "written": "# yaml-language-server: $schema=../schema/rules.json
      # Imported from a.yml.
      groups:
        - name: g
          rules:
            # Kept as it is.
            - alert: Full
              expr: utilization_ratio{asset="x"}
              labels: { team: risk }
              annotations: { summary: '{{ $labels.asset }} at {{ $value | humanizePercentage }}' }
              levels:
                warning:
                  above: 90%
                  for: 10m
                critical:
                  above: 97%
            - { alert: Other, expr: up > 1, labels: { severity: warning } }
            - { alert: Other, expr: up > 2, labels: { severity: critical } }
      ",
      }
    `);
  });

  it('says what is not YAML, and what is not a rule here', () => {
    writeFileSync(join(cwd, 'a.yml'), 'groups: [');
    writeFileSync(join(cwd, 'b.yml'), 'groups: [{ name: g, rules: [{ alert: A, expr: "up +" }] }]');
    const { code, warned } = run(['a.yml', 'b.yml']);
    expect(code).toBe(1);
    expect(warned).toMatch(/^a\.yml:1:/);
    expect(warned).toContain('b.yml:');
  });
});
