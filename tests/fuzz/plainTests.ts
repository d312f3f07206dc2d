import { randomFrom } from './mutate.ts';

type Random = () => number;

const pick = <T>(random: Random, of: readonly T[]): T => of[Math.floor(random() * of.length)]!;

const SERIES = ['a{x="1"}', 'a{x="2"}', 'b{x="1", y="z"}', 'c_total{x="1"}', 'c_total{x="3"}', 'd'];
const VALUES = [
  '0+1x20',
  '5x20',
  '10-1x20',
  '1 2 _ 4 5x10',
  '_x3 7x12',
  '1 stale 3x8',
  '0 0 9 9 0 0 9x10',
  'NaN 1 NaN 2x6',
  '-3+0.5x20',
];
const EXPRESSIONS = [
  'a > 3',
  'a == 5',
  'b{x="1"} < 2',
  'sum by (x) (a) > 4',
  'rate(c_total[5m]) > 0.01',
  'increase(c_total[3m]) > 2',
  'absent(d)',
  'a > on (x) group_left () b',
  'max_over_time(a[4m]) - min_over_time(a[4m]) > 1',
  'a unless on (x) b',
  'count(a) > 1',
  'avg_over_time(d[2m:30s]) > 1',
  'a offset 2m > 2',
  'changes(d[5m]) > 0',
  'topk(1, a) > 1',
  'a and c_total > 3',
  'delta(a[5m]) < -1',
  'rec > 3',
];
const TEMPLATES = [
  '{{ $labels.x }} is {{ $value }}',
  '{{ $value | humanize }}',
  'plain',
  '{{ with $labels.y }}{{ . }}{{ else }}none{{ end }}',
];

/** A rule file and a test file whose expectations are never met, so that promtool shows all that is there. */
export interface PlainTest {
  readonly rules: string;
  readonly test: string;
}

/** Files for `promtool test rules`; the same seed gives the same everywhere. */
export function plainTest(seed: number): PlainTest {
  const random = randomFrom(seed);
  const names = ['A', 'B', 'C'].slice(0, 1 + Math.floor(random() * 3));
  const rules = [
    'groups:',
    '- name: g',
    '  rules:',
    '  - { record: rec, expr: "sum by (x) (a)" }',
    ...names.map((name) => alert(random, name)),
  ];
  const series = SERIES.filter(() => random() < 0.7).map(
    (one) => `  - { series: '${one}', values: '${pick(random, VALUES)}' }`,
  );
  const times = Array.from({ length: 3 }, () => `${Math.floor(random() * 18)}m${random() < 0.3 ? '30s' : ''}`);
  const asked = names.flatMap((name) =>
    times.map((at) => `  - { eval_time: ${at}, alertname: ${name}, exp_alerts: [{ exp_labels: { never: there } }] }`),
  );
  const test = [
    'rule_files: [rules.yml]',
    `evaluation_interval: ${pick(random, ['1m', '30s', '2m'])}`,
    'tests:',
    `- interval: ${pick(random, ['1m', '30s', '2m'])}`,
    series.length === 0 ? '  input_series: []' : `  input_series:\n${series.join('\n')}`,
    '  alert_rule_test:',
    ...asked,
  ];
  return { rules: `${rules.join('\n')}\n`, test: `${test.join('\n')}\n` };
}

function alert(random: Random, name: string): string {
  const keys = [`alert: ${name}`, `expr: '${pick(random, EXPRESSIONS)}'`];
  if (random() < 0.5) keys.push(`for: ${pick(random, ['1m', '2m', '5m', '0s'])}`);
  if (random() < 0.2) keys.push(`keep_firing_for: ${pick(random, ['2m', '3m'])}`);
  if (random() < 0.4) keys.push(`labels: { severity: page, who: '${pick(random, ['x', '{{ $labels.x }}'])}' }`);
  if (random() < 0.5) keys.push(`annotations: { summary: '${pick(random, TEMPLATES)}' }`);
  return `  - { ${keys.join(', ')} }`;
}
