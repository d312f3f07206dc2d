import { RE2JS } from 're2js';
import type { Labels, Matcher } from '../model/labels.ts';
import { remembered } from '../model/remembered.ts';

/** By source. There are as many as routes, silences and filters have. */
const patterns = new Map<string, RE2JS>();
const MOST_PATTERNS = 10_000;
/** What a pattern said of a value, by both: thousands of alerts share a few. Longer values are none of those. */
const said = new Map<string, boolean>();
const MOST_SAID = 20_000;
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
  const test = () => {
    const regex = remembered(patterns, source, () => RE2JS.compile(source, RE2JS.DOTALL), MOST_PATTERNS);
    return regex.matches(actual);
  };
  return actual.length > LONGEST ? test() : remembered(said, `${source}\u0001${actual}`, test, MOST_SAID);
}
