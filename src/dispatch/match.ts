import { RE2JS } from 're2js';
import type { Labels, Matcher } from '../model/labels.ts';

const compiled = new Map<string, RE2JS>();

/** True when a label's value (empty when absent) passes the matcher; regular expressions are anchored and run in linear time. */
export function matches({ op, value }: Matcher, actual: string): boolean {
  switch (op) {
    case '=':
      return actual === value;
    case '!=':
      return actual !== value;
    case '=~':
      return regex(value).matches(actual);
    case '!~':
      return !regex(value).matches(actual);
  }
}

/** True when all matchers pass; none at all match everything. */
export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matches(matcher, labels[matcher.name] ?? ''));
}

function regex(source: string): RE2JS {
  const known = compiled.get(source);
  if (known) return known;
  const made = RE2JS.compile(source, RE2JS.DOTALL);
  compiled.set(source, made);
  return made;
}
