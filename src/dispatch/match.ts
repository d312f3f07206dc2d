import { RE2JS } from 're2js';
import type { Labels, Matcher } from '../model/labels.ts';
import { remembered } from '../model/remembered.ts';

/** A regular expression, and what it said of values: thousands of alerts share a few. */
interface Pattern {
  readonly regex: RE2JS;
  readonly said: Map<string, boolean>;
}

const patterns = new Map<string, Pattern>();
/** Longer values are none of those that many share. */
const LONGEST = 200;

/** True when a label's value (empty when absent) passes the matcher; regular expressions are anchored and run in linear time. */
export function matches({ op, value }: Matcher, actual: string): boolean {
  switch (op) {
    case '=':
      return actual === value;
    case '!=':
      return actual !== value;
    case '=~':
      return isLike(value, actual);
    case '!~':
      return !isLike(value, actual);
  }
}

/** True when all matchers pass; none at all match everything. */
export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matches(matcher, labels[matcher.name] ?? ''));
}

function isLike(source: string, actual: string): boolean {
  const { regex, said } = remembered(patterns, source, () => {
    return { regex: RE2JS.compile(source, RE2JS.DOTALL), said: new Map<string, boolean>() };
  });
  if (actual.length > LONGEST) return regex.matches(actual);
  return remembered(said, actual, () => regex.matches(actual));
}
