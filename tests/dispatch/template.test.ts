import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TemplateScope } from '../../src/dispatch/template.ts';
import { renderTemplate } from '../../src/dispatch/template.ts';

const scope: TemplateScope = {
  labels: { asset: 'xusd', chain: 'ethereum', instance: 'a"b' },
  value: -0.0973,
  severity: 'critical',
  threshold: 'below −2 %',
  asset: { id: 'xusd', name: 'Stream xUSD', on: {} },
};

describe('renderTemplate, Liquid', () => {
  it.each([
    ['plain text, 100 %', 'plain text, 100 %'],
    [
      '{{ asset.name }} trades {{ value | percent }} from NAV on {{ chain }}',
      'Stream xUSD trades −9.73 % from NAV on ethereum',
    ],
    ['{{ labels.asset }} {{ level }} {{ severity }} {{ threshold }}', 'xusd critical critical below −2 %'],
    ['{{ 68000000 | usd }} {{ 5400 | duration }} {{ 2.5 | multiple }}', '$68M 1h 30m 2.5x'],
    ['{{ nothing }}|{{ nothing | percent }}|{{ chain | usd }}', '|no value|ethereum'],
    ['{% if value < 0 %}below{% else %}above{% endif %}', 'below'],
  ])('%s', (template, text) => {
    expect(renderTemplate(template, 'liquid', scope)).toBe(text);
  });

  it('prints numbers in text, and says so where there is no number', () => {
    const labels = { share: '0.5', empty: ' ' };
    expect(renderTemplate('{{ share | percent }} {{ empty | percent }} [{{ asset.name }}]', 'liquid', { labels })).toBe(
      '50 % no value []',
    );
  });

  it('names an asset that is not configured by its id', () => {
    expect(renderTemplate('{{ asset.name }}', 'liquid', { labels: { asset: 'usdx' } })).toBe('usdx');
  });

  it.each([
    ['{{ value | percnt }}', /^\{\{ value \| percnt \}\} \[template error: undefined filter: percnt/],
    ['{{ value ', /^\{\{ value {2}\[template error: /],
    ['{% include "/etc/passwd" %}', /\[template error: /],
    ['{% for i in (1..1000000000) %}x{% endfor %}', /\[template error: memory alloc limit exceeded/],
    ['{{ value }}'.repeat(2000), /\[template error: parse length limit exceeded/],
    [
      '{% for i in (1..3000) %}{% for j in (1..3000) %}{% for k in (1..3000) %}{% endfor %}{% endfor %}{% endfor %}',
      /\[template error: (?:template render|memory alloc) limit exceeded/,
    ],
  ])('keeps %.40s as written, and says why', (template, text) => {
    expect(renderTemplate(template, 'liquid', scope)).toMatch(text);
  });

  it('reaches neither prototypes nor code', () => {
    const template = '{{ asset.constructor.name }}{{ labels.__proto__ }}{{ "x".constructor }}';
    expect(renderTemplate(template, 'liquid', scope)).toBe('');
  });
});

describe('renderTemplate, Go', () => {
  it.each([
    ['{{ $labels.asset }} on {{ .Labels.chain }}', 'xusd on ethereum'],
    ['{{$labels.instance}} {{ $labels.missing }}.', 'a"b .'],
    ['{{ $value }} {{ .Value }}', '-0.0973 -0.0973'],
    ['{{ $value | humanizePercentage }}', '-9.73%'],
    ['{{ humanizePercentage $value }}', '-9.73%'],
    ['{{ printf "%.2f" $value }} {{ $value | printf "%.1f" }}', '-0.10 -0.1'],
    [
      '{{ printf "%s is %v, %d%% or %e and %g (%q)" $labels.asset 1.5 7.9 12345.678 0.00001 "a" }}',
      'xusd is 1.5, 7% or 1.234568e+04 and 1e-05 ("a")',
    ],
    ['{{ $labels.asset | toUpper | printf "%s!" }}', 'XUSD!'],
    ['{{ "A" | toLower }}{{ print $labels.asset 1.5 }}{{ "1500" | humanize }}', 'axusd1.51.5k'],
    ['{{ 1048576 | humanize1024 }} {{ printf "%f" $missing | print }}', '1Mi {{ printf "%f" $missing | print }}'],
    ['a  {{- /* comment */ -}}  b', 'ab'],
    ['a {{- $labels.asset }} b', 'axusd b'],
    ['{{ `raw` }} {{ "quo\\"ted" }} {{ 1e3 }}', 'raw quo"ted 1000'],
    ['{{ if gt $value 0.9 }}high{{ end }}', ''],
    ['{{ if lt $value 0.0 }}low{{ else }}fine{{ end }}', 'low'],
    ['{{ if eq $labels.asset "a" }}a{{ else if eq $labels.asset "xusd" "b" }}x{{ else }}z{{ end }}', 'x'],
    ['{{ with $labels.chain }}on {{ . | title }}{{ end }}{{ with $labels.no }}no{{ else }}.{{ end }}', 'on Ethereum.'],
    ['{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 3 }}{{ end }}{{ $x }}', '2'],
    [
      '{{ (index $labels "asset") }} {{ len $labels.asset }} {{ ($labels.asset | toUpper) | printf "%6s|" }}',
      'xusd 4   XUSD|',
    ],
    ['{{ printf "%5.1f|%-5s|%05d|%+d" 3.14159 "a" 7 7 }}', '  3.1|a    |00007|+7'],
    ['{{ and true "" }}{{ or "" "b" }}{{ not true }}{{ ne 1 2 }}{{ ge 2 2 }}{{ le 3 2 }}', 'bfalsetruetruefalse'],
    ['{{ reReplaceAll "a(.)" "${1}x$0$$" "abac" }} {{ match "^x" $labels.asset }}', 'bxab$cxac$ true'],
    [
      '{{ "a.b:80" | stripPort }} {{ "a.b:80" | stripDomain }} {{ "10.0.0.1:80" | stripDomain }}',
      'a.b a:80 10.0.0.1:80',
    ],
    ['{{ parseDuration "1h30m" }} {{ humanizeTimestamp 1435065584.128 }}', '5400 2015-06-23 13:19:44.128 +0000 UTC'],
    ['{{ $externalLabels.cluster }}{{ .ExternalURL }}{{ print 1 2.5 "a" 3 }}', '1 2.5a3'],
    ['{{ 1e6 }} {{ 1000000 }} {{ 12345678.9 }} {{ 123456.0 }}', '1e+06 1000000 1.23456789e+07 123456'],
    ['{{ println "a" 1 }}{{ $labels }}', 'a 1\nmap[asset:xusd chain:ethereum instance:a"b]'],
  ])('%s', (template, text) => {
    expect(renderTemplate(template, 'go', scope)).toBe(text);
  });

  it.each([
    '{{ query "up" | first }}',
    '{{ range query "up" }}{{ . }}{{ end }}',
    '{{ if true }}never closed',
    '{{ end }}',
    '{{ $unknown = 1 }}',
    '{{ if query "up" }}a{{ end }}',
    '{{ gt "a" 1 }}',
    '{{ match "(" "a" }}',
    '{{ printf "%d" }}',
    '{{ printf "x" 1 }}',
    '{{ humanize }}',
    '{{ humanize "abc" }}',
    '{{ $labels.asset | }}',
    '{{ "\\x" }}',
    '{{ $value $value }}',
    '{{ constructor }}',
  ])('keeps %s as written', (template) => {
    expect(renderTemplate(template, 'go', scope)).toBe(template);
  });

  it('never throws and never takes long, whatever is written', () => {
    const word = fc.constantFrom(
      '{{',
      '}}',
      '{{-',
      ' -}}',
      ' if ',
      ' else ',
      ' end ',
      ' with ',
      '$x',
      ' := ',
      ' | ',
      '(',
      ')',
      '"',
      '`',
      '\\',
      '.',
      ' 1 ',
      ' eq ',
      'printf "%s"',
      ' a',
      '$labels',
      '.constructor',
      '__proto__',
      '/*',
      '*/',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), fc.integer({ min: 1, max: 300 }), (words, times) => {
        const start = performance.now();
        renderTemplate(words.join('').repeat(times), 'go', scope);
        expect(performance.now() - start).toBeLessThan(1000);
      }),
      { numRuns: 300 },
    );
  });

  it('stays small whatever is doubled', () => {
    const template = `{{ $x := print "0123456789" }}${'{{ $x = print $x $x }}'.repeat(30)}{{ $x }}`;
    expect(renderTemplate(template, 'go', scope).length).toBeLessThan(200_000);
  });

  // Figures of https://github.com/prometheus/prometheus/blob/main/template/template_test.go.
  it.each([
    ['humanize', 0, '0'],
    ['humanize', 1, '1'],
    ['humanize', 1234567, '1.235M'],
    ['humanize', 0.12, '120m'],
    ['humanize', -1500, '-1.5k'],
    ['humanize', Infinity, '+Inf'],
    ['humanize1024', 0.5, '0.5'],
    ['humanize1024', 1048576, '1Mi'],
    ['humanize1024', 1.5e30, '1.241e+06Yi'],
    ['humanizeDuration', 0, '0s'],
    ['humanizeDuration', 0.1, '100ms'],
    ['humanizeDuration', 0.0001, '100us'],
    ['humanizeDuration', 59.7, '59.7s'],
    ['humanizeDuration', 60, '1m 0s'],
    ['humanizeDuration', 3661, '1h 1m 1s'],
    ['humanizeDuration', -86461, '-1d 0h 1m 1s'],
    ['humanizeDuration', NaN, 'NaN'],
    ['humanizePercentage', 1.23456, '123.5%'],
    ['humanizePercentage', -Infinity, '-Inf%'],
  ])('%s of %d is %s', (name, value, text) => {
    expect(renderTemplate(`{{ $value | ${name} }}`, 'go', { labels: {}, value })).toBe(text);
  });
});
