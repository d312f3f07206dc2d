import { RE2JS } from 're2js';
import type { Matcher } from '../model/labels.ts';

const MATCHER = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))\s*$/;

/** Reads one matcher as Alertmanager writes it, or says what is wrong with it. */
export function parseMatcher(text: string): Matcher | string {
  const match = MATCHER.exec(text);
  if (match === null) return `found "${text}"; expected a matcher such as severity="critical" or asset=~"xusd|deusd"`;
  const value = match[3] === undefined ? match[4]! : match[3].replace(/\\(["\\])/g, '$1');
  const matcher = { name: match[1]!, op: match[2] as Matcher['op'], value };
  return matcher.op.endsWith('~') ? (badPattern(value) ?? matcher) : matcher;
}

function badPattern(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (cause) {
    return `found "${pattern}"; expected a regular expression (RE2): ${cause instanceof Error ? cause.message : 'invalid'}`;
  }
}
