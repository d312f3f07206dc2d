import { describe, expect, test } from 'vitest';
import { goTemplateError } from '../../src/dispatch/go-template-error.ts';

describe('goTemplateError', () => {
  test.each([
    'no template',
    '{{ $labels.job }} is {{ printf "%.2f" $value }}',
    '{{ if gt $value 1.0 }}a{{ else if $labels.x }}b{{ else }}c{{ end }}',
    '{{ range $i, $e := query "up" }}{{ $e.Value }}{{ break }}{{ end }}',
    '{{- with $x := (query "up" | first) -}} {{ $x.Labels.job }} {{- end -}}',
    '{{/* a }} comment */}}{{ .Value | humanize | printf "%s" }}',
    '{{ define "x" }}{{ . }}{{ end }}{{ template "x" $labels.a }}{{ block "y" . }}z{{ end }}',
    '{{ "}}" }}{{ `a}}` }}',
  ])('accepts %j', (text) => {
    expect(goTemplateError(text)).toBeUndefined();
  });

  test.each([
    ['{{ $labels.job', 'The template has "{{" without "}}". Close it.'],
    ['a {{ $nope }}', 'The template has no variable "$nope".'],
    ['{{ $value | humanise }}', 'The template has no function "humanise". Did you mean "humanize"?'],
    ['{{ if $value }}a', '"{{ if }}" of the template has no "{{ end }}".'],
    ['{{ end }}', 'The template has "{{ end }}" without a block before it. Take it out.'],
    ['{{ if }}a{{ end }}', 'The template has nothing where "if" needs a value.'],
    ['{{ $value | 5 }}', '"5" cannot stand behind "|"; a function can.'],
    ['{{ ($value }}', 'A bracket of the template is not closed. Close it with ")".'],
    ['{{ $value }}{{ break }}', '"break" stands outside of "range".'],
    ['{{ printf "\\q" $value }}', 'The template has a text with an escape that Go does not know: "\\q".'],
    ['{{ with $y := 5 }}{{ end }}{{ $y }}', 'The template has no variable "$y".'],
  ])('refuses %j', (text, message) => {
    expect(goTemplateError(text)?.message).toBe(message);
  });

  test('says where', () => {
    expect(goTemplateError('a {{ $nope }}')?.span).toEqual([5, 10]);
  });
});
