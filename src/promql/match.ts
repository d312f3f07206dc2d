import { RE2JS } from 're2js';
import type { Labels, Matcher } from '../model/labels.ts';

const LITERALS = /^[^\\.+*?()[\]{}^$]*$/;

/** A test of one label's value; a label that is absent has the value `""`. @throws on an invalid regular expression */
export function compileMatcher({ op, value }: Matcher): (text: string) => boolean {
  if (op === '=') return (text) => text === value;
  if (op === '!=') return (text) => text !== value;
  const test = compilePattern(value);
  return op === '=~' ? test : (text) => !test(text);
}

/** A test of a label set against all matchers. */
export function compileMatchers(matchers: readonly Matcher[]): (labels: Labels) => boolean {
  const tests = matchers.map((matcher) => ({ name: matcher.name, test: compileMatcher(matcher) }));
  return (labels) => tests.every(({ name, test }) => test(labels[name] ?? ''));
}

function compilePattern(pattern: string): (text: string) => boolean {
  if (LITERALS.test(pattern)) {
    const words = new Set(pattern.split('|'));
    return (text) => words.has(text);
  }
  const expression = RE2JS.compile(pattern, RE2JS.DOTALL);
  return (text) => expression.testExact(text);
}
