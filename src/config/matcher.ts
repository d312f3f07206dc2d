import { RE2JS } from 're2js';
import type { Matcher } from '../model/labels.ts';

const MATCHER = /^\s*([A-Za-z_:][A-Za-z0-9_:]*)\s*(=~|!~|!=|=)\s*(.*?)\s*$/s;

/** Reads one matcher as Alertmanager writes it, or says what is wrong with it. */
export function parseMatcher(text: string): Matcher | string {
  const match = MATCHER.exec(text);
  const value = match === null ? undefined : valueOf(match[3]!);
  if (match === null || value === undefined)
    return `found "${text}"; expected a matcher such as severity="critical" or asset=~"xusd|deusd"`;
  const matcher = { name: match[1]!, op: match[2] as Matcher['op'], value };
  return matcher.op.endsWith('~') ? (badPattern(value) ?? matcher) : matcher;
}

/** Reads `severity="critical", asset=~"x.*"`, with or without braces, or says what is wrong with it. */
export function parseMatchers(text: string): readonly Matcher[] | string {
  const inner = text.trim().replace(/^\{(.*)\}$/s, '$1');
  const parts = splitAtCommas(inner).filter((part, index, all) => part.trim() !== '' || index < all.length - 1);
  const matchers: Matcher[] = [];
  for (const part of parts) {
    const matcher = parseMatcher(part);
    if (typeof matcher === 'string') return matcher;
    matchers.push(matcher);
  }
  return matchers;
}

/** Commas in quotes are part of a value. */
function splitAtCommas(text: string): string[] {
  return text.match(/(?:"(?:[^"\\]|\\.)*"?|[^",])+|(?<=,|^)(?=,|$)/gs) ?? [];
}

/** A quote inside must be escaped; without quotes a value ends with the text. */
function valueOf(raw: string): string | undefined {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/s.exec(raw)?.[1];
  const value = quoted ?? raw;
  if (quoted === undefined && /(?<!\\)"/.test(raw)) return undefined;
  return value.replace(/\\(.)/gs, (whole, letter: string) => {
    if (letter === 'n') return '\n';
    return letter === '"' || letter === '\\' ? letter : whole;
  });
}

function badPattern(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (cause) {
    return `found "${pattern}"; expected a regular expression (RE2): ${cause instanceof Error ? cause.message : 'invalid'}`;
  }
}
