import type { Labels } from '../../model/labels.ts';
import type { Post, Postable, Received } from '../../model/posted.ts';
import { isObject, kindOf, parseBody, textsOf, timeOf } from './body.ts';
import { invalid, unreadable } from './refused.ts';

/** An alert without an end is held to fire for this long after it was posted: ms, Alertmanager's `resolve_timeout`. */
export const RESOLVE_TIMEOUT = 300_000;

const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Characters of one label value; nobody groups or reads more. */
const LONGEST_VALUE = 16_384;
const MOST_LABELS = 256;

/** Reads what `POST /alerts` brings; like Alertmanager it takes what is valid and tells what is not. @throws {Refused} */
export function readAlerts(received: Received): Postable {
  const body = parseBody('alerts', received.body);
  if (!Array.isArray(body)) throw unreadable('alerts', `it is ${kindOf(body)}; expected a list of alerts`);
  const posts: Post[] = [];
  const wrong: string[] = [];
  for (const [index, given] of body.entries()) {
    const read = readAlert(given, index, received.at);
    if (typeof read === 'string') wrong.push(read);
    else posts.push(read);
  }
  return { posts, wrong };
}

function readAlert(given: unknown, index: number, now: number): Post | string {
  if (!isObject(given)) throw unreadable('alerts', `alert ${index} is ${kindOf(given)}; expected an object`);
  if (given['labels'] === undefined) throw invalid(602, `${index}.labels in body is required`);
  const labels = present(textsOf('alerts', `${index}.labels`, given['labels']));
  const annotations = storable(textsOf('alerts', `${index}.annotations`, given['annotations']));
  const ends = timeOf('alerts', `${index}.endsAt`, given['endsAt']);
  const startsAt = timeOf('alerts', `${index}.startsAt`, given['startsAt']) ?? Math.min(ends ?? now, now);
  const endsAt = ends ?? now + RESOLVE_TIMEOUT;
  const problem = problemOf(labels) ?? (startsAt > endsAt ? 'start time must be before end time' : undefined);
  if (problem !== undefined) return problem;
  const { alertname: rule = '', ...rest } = labels;
  const generatorUrl = urlOf(given['generatorURL'], index);
  return { rule, labels: rest, annotations, startsAt, endsAt, updatedAt: now, ...(generatorUrl && { generatorUrl }) };
}

/** As Prometheus has it, an empty value is no label. */
function present(texts: Labels): Labels {
  for (const name in texts) {
    if (texts[name] === '') return Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== ''));
  }
  return texts;
}

function problemOf(labels: Labels): string | undefined {
  const names = Object.keys(labels);
  if (names.length === 0) return 'at least one label pair required';
  if (names.length > MOST_LABELS) return `invalid label set: ${names.length} labels; at most ${MOST_LABELS} are taken`;
  const bad = names.find((name) => !NAME.test(name));
  if (bad !== undefined) return `invalid label set: invalid name ${JSON.stringify(bad)}`;
  const long = names.find((name) => labels[name]!.length > LONGEST_VALUE);
  if (long !== undefined) return `invalid label set: the value of "${long}" is longer than ${LONGEST_VALUE} characters`;
  const broken = names.find((name) => !isStorable(labels[name]!));
  return broken === undefined ? undefined : `invalid label set: invalid value ${JSON.stringify(labels[broken])}`;
}

/** No database holds NUL and halves of a character. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function storable(texts: Labels): Labels {
  if (Object.values(texts).every(isStorable)) return texts;
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, text.toWellFormed().replaceAll('\0', '\ufffd')]),
  );
}

function urlOf(given: unknown, index: number): string | undefined {
  if (given === undefined || given === null || given === '') return undefined;
  if (typeof given === 'string' && (URL.canParse(given) || given.startsWith('/'))) return given;
  throw invalid(601, `${index}.generatorURL in body must be of type uri: ${JSON.stringify(given)}`);
}
