import { NAME, type Labels } from '../../model/labels.ts';
import { readNumber, readText } from '../syntax/literals.ts';

/** A value of the series notation that is no number. */
export type Written = number | 'none' | 'stale' | 'histogram';

const NAME_PATTERN = /^[a-zA-Z_:][\w:]*/;
const LABEL =
  /\s*(?:([a-zA-Z_][\w.:]*)|("(?:\\[^]|[^"\\])*"))\s*(?:(=)\s*("(?:\\[^]|[^"\\])*"|'(?:\\[^]|[^'\\])*'|`[^`]*`))?\s*(,|\})/y;

/** Reads `name{label="value"}` at the beginning of a line, and what follows; `undefined` when the line begins otherwise. */
export function readSeries(line: string): { labels: Labels; rest: string } | undefined {
  const name = NAME_PATTERN.exec(line)?.[0];
  const labels: Record<string, string> = name === undefined ? {} : { [NAME]: name };
  const rest = line.slice(name?.length ?? 0);
  if (!rest.trimStart().startsWith('{') || rest.trimStart().startsWith('{{')) {
    return name === undefined ? undefined : { labels, rest };
  }
  const end = readLabels(rest, rest.indexOf('{') + 1, labels);
  return end === undefined ? undefined : { labels, rest: rest.slice(end) };
}

/** Where the labels end, or `undefined` when they are not written right. */
function readLabels(text: string, from: number, labels: Record<string, string>): number | undefined {
  let at = from;
  for (;;) {
    const closed = /\s*\}/y;
    closed.lastIndex = at;
    if (closed.test(text)) return closed.lastIndex;
    LABEL.lastIndex = at;
    const [, bare, quoted, equals, value, after] = LABEL.exec(text) ?? [];
    if (after === undefined) return undefined;
    const name = bare ?? readText(quoted!)!;
    if (equals === undefined) labels[NAME] = name;
    else labels[name] = readText(value!) ?? '';
    at = LABEL.lastIndex;
    if (after === '}') return at;
  }
}

const ITEM = /\{\{[^}]*\}\}(?:[+-]\{\{[^}]*\}\})?(?:x\d+)?|\S+/g;
const NUMBER = String.raw`[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|0x[\da-f]+|inf|nan)`;
const SERIES = new RegExp(`^(${NUMBER})(?:([+-](?:(?:\\d+\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?|inf|nan))?x(\\d+))?$`, 'i');
const REPEATED = /^(_|stale|\{\{.*\}\})(?:x(\d+))?$/;

/** Most values of one item: more of them would only exhaust memory. */
const MOST_VALUES = 20_000;

/** Reads promtool's notation of values: `1`, `1+2x3`, `4x2`, `_`, `_x5`, `stale`, `{{…}}`. `undefined` when an item is none of them. */
export function readValues(text: string): Written[] | undefined {
  const values: Written[] = [];
  for (const item of text.match(ITEM) ?? []) {
    const read = readItem(item);
    if (read === undefined) return undefined;
    values.push(...read);
  }
  return values;
}

function readItem(item: string): Written[] | undefined {
  const [, word, repeated] = REPEATED.exec(item) ?? [];
  if (word === '_') return times(Number(repeated ?? 1), () => 'none');
  if (word !== undefined) return times(Number(repeated ?? 0) + 1, () => (word === 'stale' ? 'stale' : 'histogram'));
  const [, first, by = '0', again = '0'] = SERIES.exec(item) ?? [];
  if (first === undefined) return undefined;
  const [start, step] = [readNumber(first.replace(/^\+/, '')), readNumber(by.replace(/^\+/, ''))];
  return times(Number(again) + 1, (index) => (index === 0 ? start : start + index * step));
}

function times(length: number, value: (index: number) => Written): Written[] | undefined {
  return length > MOST_VALUES ? undefined : Array.from({ length }, (_, index) => value(index));
}
