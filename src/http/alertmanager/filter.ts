import { RE2JS } from 're2js';
import { parseMatcher } from '../../config/matcher.ts';
import { matches } from '../../dispatch/match.ts';
import type { Labels, Matcher } from '../../model/labels.ts';
import { Refused } from './refused.ts';

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The matchers of `filter`, all of which must match. @throws {Refused} */
export function matchersOf({ filter }: Query): readonly Matcher[] {
  return listOf(filter).map((text) => {
    const matcher = parseMatcher(text);
    if (typeof matcher === 'string') throw new Refused(400, `bad matcher format: ${text}`);
    return matcher;
  });
}

export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matches(matcher, labels[matcher.name] ?? ''));
}

/** Whether a receiver is asked for by the anchored pattern of `receiver`. @throws {Refused} */
export function receiverTest({ receiver }: Query): (name: string) => boolean {
  const [pattern] = listOf(receiver);
  if (pattern === undefined || pattern === '') return () => true;
  try {
    const compiled = RE2JS.compile(pattern);
    return (name) => compiled.matches(name);
  } catch (error) {
    throw new Refused(400, `failed to parse receiver param: ${(error as Error).message}`);
  }
}

/** `active=false` and its like; true unless it says otherwise. */
export function wants(query: Query, name: string): boolean {
  return listOf(query[name])[0] !== 'false';
}

function listOf(given: string | readonly string[] | undefined): readonly string[] {
  if (given === undefined) return [];
  return typeof given === 'string' ? [given] : given;
}
