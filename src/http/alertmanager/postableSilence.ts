import { RE2JS } from 're2js';
import { matches } from '../../dispatch/match.ts';
import type { Matcher } from '../../model/labels.ts';
import type { SilenceInput } from '../../model/mute.ts';
import { isObject, kindOf, textOf, textsOf, timeOf } from './body.ts';
import { invalid, Refused, unreadable } from './refused.ts';

/** Reads what `POST /silences` brings; with an `id` it changes that one. @throws {Refused} */
export function readSilence(body: unknown, now: number): SilenceInput & { readonly id: string | undefined } {
  if (!isObject(body)) throw unreadable('silence', `it is ${kindOf(body)}; expected a silence`);
  const comment = textOf('silence', 'comment', body['comment']);
  const createdBy = textOf('silence', 'createdBy', body['createdBy']);
  const endsAt = requiredTime('endsAt', body['endsAt']);
  const matchers = readMatchers(body['matchers']);
  const startsAt = requiredTime('startsAt', body['startsAt']);
  if (matchers.every((matcher) => matches(matcher, ''))) {
    throw new Refused(400, 'silence invalid: at least one matcher must not match the empty string');
  }
  if (startsAt >= endsAt) throw new Refused(400, 'Failed to create silence: start time must be before end time');
  if (endsAt <= now) throw new Refused(400, "Failed to create silence: end time can't be in the past");
  const { id } = textsOf('silence', 'id', body['id'] ? { id: body['id'] } : undefined);
  return { id, matchers, startsAt, endsAt, createdBy, comment };
}

function requiredTime(field: string, value: unknown): number {
  const at = timeOf('silence', field, value);
  if (at === undefined) throw invalid(602, `${field} in body is required`);
  return at;
}

function readMatchers(given: unknown): readonly Matcher[] {
  if (given === undefined || given === null) throw invalid(602, 'matchers in body is required');
  if (!Array.isArray(given)) throw unreadable('silence', `matchers is ${kindOf(given)}; expected a list`);
  if (given.length === 0) throw invalid(612, 'matchers in body should have at least 1 items');
  return given.map((each, index) => readMatcher(each, index));
}

function readMatcher(given: unknown, index: number): Matcher {
  if (!isObject(given)) throw unreadable('silence', `matchers.${index} is ${kindOf(given)}; expected a matcher`);
  const name = textOf('silence', `matchers.${index}.name`, given['name']);
  const value = textOf('silence', `matchers.${index}.value`, given['value']);
  const isRegex = flagOf(`matchers.${index}.isRegex`, given['isRegex']);
  if (isRegex === undefined) throw invalid(602, `matchers.${index}.isRegex in body is required`);
  const isEqual = flagOf(`matchers.${index}.isEqual`, given['isEqual']) ?? true;
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
    throw new Refused(
      400,
      `silence invalid: invalid label matcher ${index}: invalid label name ${JSON.stringify(name)}`,
    );
  }
  if (isRegex) checkPattern(value, index);
  return { name, op: isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!=', value };
}

function flagOf(field: string, value: unknown): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw unreadable('silence', `${field} is ${kindOf(value)}; expected true or false`);
  return value;
}

function checkPattern(pattern: string, index: number): void {
  try {
    RE2JS.compile(pattern);
  } catch (error) {
    const reason = `invalid regular expression ${JSON.stringify(pattern)}: ${(error as Error).message}`;
    throw new Refused(400, `silence invalid: invalid label matcher ${index}: ${reason}`);
  }
}
