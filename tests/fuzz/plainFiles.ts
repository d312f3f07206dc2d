import { randomFrom } from './mutate.ts';

type Random = () => number;

const pick = <T>(random: Random, of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
const maybe = (random: Random, chance: number): boolean => random() < chance;

const NAMES = ['up', 'job:up:sum', 'node_load1', 'a:b', '_x', 'ALERTS', 'http_requests_total'];
const DURATIONS = ['5m', '1m', '30s', '1h30m', '7d', '0s', '500ms', '1y', '1w', '2h'];
const ODD_DURATIONS = [
  '5',
  '-5m',
  '1.5h',
  '5M',
  'm',
  '',
  '1m1h',
  '5 m',
  '1d1w',
  '0',
  '1ms1s',
  '99999999y',
  '00m',
  '+1m',
];
const SCALARS = [
  'a',
  '5',
  '1.50',
  'true',
  '~',
  'null',
  '"x y"',
  "'it''s'",
  '0x10',
  '2020-01-01',
  '""',
  '1e3',
  '.5',
  'yes',
  '!!str 5',
];
const LABELS = ['severity', 'team', 'a', '_b', 'job', 'alertname', 'A1'];
const ODD_LABELS = ['__name__', '""', '"1a"', 'null', '5', 'true'];
const EXPRESSIONS = [
  'up == 0',
  'rate(http_requests_total[5m]) > 5',
  'sum by (job) (up) / count by (job) (up) < 0.5',
  'absent(up{job="x"})',
  'histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))',
  'a and on(x) b or c unless ignoring(y, z) d',
  'a * on(x) group_left(y) b',
  'a ^ 2 ^ -b',
  'max_over_time(rate(a[5m])[1h:1m])',
  'a offset -5m @ 1609746000',
  'a @ start()',
  'predict_linear(a[1h], 3600) < 0',
  'label_replace(a, "x", "$1", "y", "(.*)")',
  'count_values("v", a)',
  'topk(3, a) > bool 1',
  'vector(1) == 1',
  'scalar(a) + 1',
  '1 > bool 2',
  'time() - a > 300',
  '-a > +b',
  'quantile_over_time(0.5, a[5m])',
  'clamp(a, 0, 1)',
  '{__name__=~"a.+", b!~"c|d"}',
  'sort_desc(a)',
  'day_of_month() == 1',
  'a % 2 atan2 b',
  'sgn(a) # comment',
  'a[5m:]',
  '"text"',
  'a[5m]',
  'min without (a, b) (c)',
  'count(a) by ()',
  'sum(a) without (b) > 1',
  "{job='x'}",
  'a{b="c",}',
  'rate(a[1h30m])',
  'timestamp(a) < 1e9',
  '0x1F + .5e-3 > Inf',
  'NaN == a',
  'sum(group(a)) >= stddev(b)',
];
const ODD_EXPRESSIONS = [
  'sum(',
  'up ==',
  'rate(up)',
  'rate(up[5m]',
  '{}',
  '{a=""}',
  '{a=~".*"}',
  'up{a=~"("}',
  'foo(up)',
  'sum by (up)',
  '1 and 2',
  'a and 1',
  'a > bool',
  '1 > 2',
  'a on(x) b',
  'a + group_left(x) b',
  'a and on(x) group_left() b',
  'a[5m] + 1',
  'sum(a[5m])',
  'a offset',
  'a offset 5m offset 5m',
  'a[0s]',
  'a[5m][5m]',
  'a[5m:1m][5m]',
  '(a)[5m]',
  'sum(a)[5m]',
  '"a" + 1',
  'a{b=c}',
  'a{b="c}',
  'a{"b"}x',
  '-"a"',
  'topk(a)',
  'topk("a", b)',
  'quantile(a, b)',
  'label_replace(a, b)',
  'round(a, 1, 2)',
  'time(1)',
  'scalar(1)',
  'vector(a)',
  'a == == b',
  'a bool > b',
  'a{__name__="b"}',
  '(((a)',
  'a)',
  'sum by (1a) (b)',
  'on(a) b',
  'a + on(x) ignoring(y) b',
  'a + on(x) group_left(x) b',
  'up offset 5m[5m]',
  'up @ 5m',
  'up[5]x',
  'count_values(5, a)',
  'a b',
  '',
  '#',
  '5m',
  '1 + + a',
  'by (a) sum(b)',
  'sum by (a) (b) by (c)',
  'SUM(a)',
  'Rate(a[5m])',
  'sum(a) > BOOL 1',
  'a AND b',
  'absent(a[5m])',
  'a[5m] offset 1h',
  'rate(a[5m] offset 1h)',
  'rate(a offset 1h [5m])',
  '$a',
  "a{b='\\q'}",
  'a{b="\\xZZ"}',
  'a{b=`x`}',
  'bool',
  'by',
  'offset',
  'sum',
  'sum{a="b"}',
  'inf',
  'nan + a',
  'start',
  'end()',
];
const TEMPLATES = [
  '{{ $labels.job }} is down',
  '{{ $value | humanize }}',
  '{{ printf "%.2f" $value }}',
  '{{ if gt $value 1.0 }}a{{ else if eq $labels.x "y" }}b{{ else }}c{{ end }}',
  '{{ range query "up" }}{{ .Labels.job }}{{ end }}',
  '{{ with $x := $labels.job }}{{ $x }}{{ end }}',
  '{{- .Value -}} {{/* comment */}} {{ $labels.a }}',
  '{{ with query "up" }}{{ . | first | value | humanize }}{{ end }}',
  '{{ $labels }} {{ $externalURL }} {{ .ExternalLabels.x }}',
  '{{ define "x" }}{{ . }}{{ end }}{{ template "x" $labels.a }}',
  '{{ ($labels.x) }} {{ (query "up" | first).Value }}',
  '{{ range $i, $e := query "up" }}{{ break }}{{ end }}',
  '{{ $value | humanize | printf "%s" }}',
  '{{ .Labels.a }}{{ "}}" }}',
  '{{ reReplaceAll "a(.)" "$1" $labels.a }}',
];
const ODD_TEMPLATES = [
  '{{ $labels.job',
  '{{ $labels.job }',
  '{{ $nope }}',
  '{{ $value | nope }}',
  '{{ if $value }}a',
  '{{ $value }}{{ end }}',
  '{{ $value }}{{ else }}',
  '{{ if }}{{ $value }}{{ end }}',
  '{{ $labels.job | }}',
  '{{ | $labels.job }}',
  '{{ $value }}{{ "a }}',
  '{{ ($value }}',
  '{{ $value) }}',
  '{{ $value "x" | humanize }}',
  '{{ $labels. }}',
  '{{ $value }}{{ break }}',
  '{{ range $value }}{{ else if $value }}{{ end }}',
  '{{ $value | 5 }}',
  '{{ $value | $value }}',
  '{{ $x = 5 }}{{ $value }}',
  '{{ $x, $y := $value }}',
  '{{ $value }}{{ /* a */ }}',
  '{{/* a }} {{ $value }}',
  '{{ $value @ }}',
  '{{ $value.x.y }} {{ "a".b }}',
  '{{ $value }}{{ 5x }}',
  '{{ $value }}{{ template }}',
  '{{ $value }}{{ template "x" }}',
  '{{ if $value }}{{ define "x" }}{{ end }}{{ end }}',
  '{{ if $value }}a{{ else }}b{{ else }}c{{ end }}',
  '{{ $value }}{{ }}',
  '{{ $value }}{{ nil }}',
  "{{ $value }}{{ 'a' }}{{ 'ab' }}",
  '{{ printf "\\q" $value }}',
  '{{ $value\n| humanize }}',
  '{{ printf "%d" (len $labels.a) }}',
  '{{ -5 | printf "%d" }} {{ $value }}',
  '{{ $value }}{{ .5.6 }}',
  '{{$labels.a}}{{-5}}',
  '{{ $labels.a-b }}',
  '{{ $labels.a , }}',
  '{{ not $value and $value }}',
  '{{ $value }}{{ block "a" . }}b{{ end }}',
  '{{ with $y := 5 }}{{ end }}{{ $y }}',
];

/** A Prometheus rule file, mostly right; the same seed gives the same file everywhere. */
export function plainFile(seed: number): string {
  const random = randomFrom(seed);
  const lines: string[] = [];
  if (maybe(random, 0.02))
    lines.push(pick(random, ['---', '# comment', 'x: 1', '- a', 'assets2: {}', '%YAML 1.1\n---', '\t']));
  lines.push(
    maybe(random, 0.02)
      ? pick(random, ['groups:', 'groups: []', 'groups: {}', 'groups: 5', 'Groups: []', ''])
      : groups(random),
  );
  if (maybe(random, 0.02)) lines.push(pick(random, ['groups: []', 'rules: []', '# end', '...', '  x: 1', '\u00a0']));
  return `${lines.join('\n')}\n`;
}

function groups(random: Random): string {
  const count = 1 + Math.floor(random() * 2);
  return ['groups:', ...Array.from({ length: count }, (_, index) => group(random, index))].join('\n');
}

function group(random: Random, index: number): string {
  const keys: string[] = [];
  if (!maybe(random, 0.02))
    keys.push(`name: ${maybe(random, 0.05) ? pick(random, ['', '""', '5', 'a', '[a]', '"a:b"', '{}']) : `g${index}`}`);
  if (maybe(random, 0.3)) keys.push(`interval: ${duration(random)}`);
  if (maybe(random, 0.05))
    keys.push(`limit: ${pick(random, ['5', '-1', '"5"', '1.5', '', 'a', '0x5', '1e2', '99999999999999999999'])}`);
  if (maybe(random, 0.01))
    keys.push(pick(random, ['nope: 1', 'Name: a', 'name: twice', 'source_tenants: [a]', '<<: {interval: 1m}']));
  const rules = Array.from({ length: Math.floor(random() * 3) }, () => rule(random));
  keys.push(
    rules.length === 0
      ? pick(random, ['rules:', 'rules: []', 'interval2: 1m', '# none', 'rules: {}'])
      : `rules:\n${rules.join('\n')}`,
  );
  return `- ${keys.join('\n  ')}`;
}

function duration(random: Random): string {
  return maybe(random, 0.1) ? pick(random, ODD_DURATIONS) : pick(random, DURATIONS);
}

function rule(random: Random): string {
  if (maybe(random, 0.01)) return `  - ${pick(random, ['', 'null', '{}', 'a', '[]', '5'])}`;
  const isAlert = maybe(random, 0.6);
  const keys: string[] = [isAlert ? `alert: ${alertName(random)}` : `record: ${recordName(random)}`];
  if (maybe(random, 0.02)) keys.push(pick(random, ['alert: X', 'record: y', 'alert: ""', 'record:', 'exp: up']));
  if (!maybe(random, 0.02)) keys.push(`expr: ${expression(random)}`);
  if (isAlert ? maybe(random, 0.4) : maybe(random, 0.03)) keys.push(`for: ${duration(random)}`);
  if (isAlert ? maybe(random, 0.1) : maybe(random, 0.02)) keys.push(`keep_firing_for: ${duration(random)}`);
  if (maybe(random, 0.4)) keys.push(`labels: ${texts(random, isAlert ? 0.2 : 0.1)}`);
  if (isAlert ? maybe(random, 0.4) : maybe(random, 0.02)) keys.push(`annotations: ${texts(random, 0.6)}`);
  return `  - ${keys.join('\n    ')}`;
}

function alertName(random: Random): string {
  return maybe(random, 0.1) ? pick(random, SCALARS) : pick(random, ['Down', 'A b', 'X', 'Y', 'Z']);
}

function recordName(random: Random): string {
  return maybe(random, 0.05) ? pick(random, ['1a', '""', 'true', '~', '5', '"a b"', 'a-b']) : pick(random, NAMES);
}

function expression(random: Random): string {
  if (maybe(random, 0.02))
    return pick(random, ['5', '', 'null', 'true', '1.5', '[]', '{}', '|\n      up == 0', '>-\n      up\n      == 0']);
  const one = maybe(random, 0.12) ? pick(random, ODD_EXPRESSIONS) : pick(random, EXPRESSIONS);
  const other = maybe(random, 0.1)
    ? `(${one}) ${pick(random, ['or', 'and', '+', '>', 'unless', '== bool', '%', '^'])} (${pick(random, EXPRESSIONS)})`
    : one;
  return JSON.stringify(other);
}

function texts(random: Random, templated: number): string {
  if (maybe(random, 0.03)) return pick(random, ['', '{}', '[]', 'a', '{a: {b: c}}', '{a: [b]}', '{a: 1, a: 2}']);
  const entries = LABELS.filter(() => maybe(random, 0.25)).map((name) => `${name}: ${text(random, templated)}`);
  if (maybe(random, 0.03)) entries.push(`${pick(random, ODD_LABELS)}: x`);
  return `{${entries.join(', ')}}`;
}

function text(random: Random, templated: number): string {
  if (!maybe(random, templated)) return pick(random, SCALARS);
  return JSON.stringify(maybe(random, 0.15) ? pick(random, ODD_TEMPLATES) : pick(random, TEMPLATES));
}
