import { labelsKey, NAME, type Labels } from '../../src/model/labels.ts';
import { plan } from '../../src/promql/index.ts';
import type { SeriesWindow } from '../../src/model/series.ts';
import { parseDuration } from '../../src/model/duration.ts';

/** One evaluation of a Prometheus test script. */
export interface Case {
  readonly line: number;
  readonly query: string;
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly fails: boolean;
  readonly ordered: boolean;
  readonly expected: readonly { readonly labels: Labels; readonly values: readonly (number | undefined)[] }[];
  readonly loaded: readonly SeriesWindow[];
  /** Why it cannot be run here. */
  readonly skip?: string;
}

interface Line {
  readonly number: number;
  readonly text: string;
}

/** Reads a script of `load`, `clear` and `eval` into its cases. */
export function readScript(text: string): Case[] {
  const blocks: Line[][] = [];
  text.split('\n').forEach((raw, index) => {
    const line = { number: index + 1, text: raw.replace(/^\s*#.*$/, '').trimEnd() };
    if (line.text.trim() === '') return;
    if (/^\S/.test(line.text)) blocks.push([line]);
    else blocks.at(-1)?.push({ ...line, text: line.text.trim() });
  });
  let loaded = new Map<string, SeriesWindow>();
  const cases: Case[] = [];
  for (const block of blocks) {
    const [head, ...body] = block as [Line, ...Line[]];
    if (head.text.startsWith('clear')) loaded = new Map();
    else if (head.text.startsWith('load')) loaded = new Map([...loaded, ...load(head.text, body)]);
    else if (head.text.startsWith('eval')) cases.push(readCase(head, body, loaded));
  }
  return cases;
}

function load(head: string, body: readonly Line[]): [string, SeriesWindow][] {
  const step = ms(head.split(/\s+/)[1]!);
  const makesHistograms = head.startsWith('load_with');
  return body.flatMap(({ text }) => {
    const { labels, rest } = readSeries(text);
    const values = readValues(rest);
    const known =
      values?.map((value, index) => ({ at: index * step, value })).filter(({ value }) => value !== undefined) ?? [];
    const window: SeriesWindow = {
      id: values === undefined || makesHistograms ? -1 : 1,
      labels,
      maxAge: 300_000,
      times: Float64Array.from(known, ({ at }) => at),
      values: Float64Array.from(known, ({ value }) => value!),
      from: 0,
      to: known.length,
    };
    const made = { ...window, labels: { ...labels, [NAME]: labels[NAME]!.replace(/_bucket$/, '') } };
    return (makesHistograms ? [window, made] : [window]).map((one): [string, SeriesWindow] => [
      labelsKey(one.labels),
      one,
    ]);
  });
}

const HEAD = /^eval(_\w+)? (?:instant at (\S+)|range from (\S+) to (\S+) step (\S+)) (.*)$/;

function readCase({ text, number }: Line, body: readonly Line[], loaded: ReadonlyMap<string, SeriesWindow>): Case {
  const [, old = '', instant, from, to, step, query = ''] = HEAD.exec(text) ?? [];
  const expects = body.filter((line) => /^(expect|expected_fail)/.test(line.text)).map((line) => line.text);
  const results = body.filter((line) => !/^(expect|expected_fail)/.test(line.text)).map((line) => line.text);
  const start = ms(instant ?? from ?? '0');
  const base = {
    line: number,
    query,
    start,
    end: ms(instant ?? to ?? '0'),
    step: instant === undefined ? ms(step ?? '1m') : 1,
    fails: old === '_fail' || expects.some((expect) => expect.startsWith('expect fail')),
    ordered: old === '_ordered' || expects.includes('expect ordered'),
    expected: [],
    loaded: [...loaded.values()],
  };
  const skip = reasonToSkip(base, results, expects);
  if (skip !== undefined || base.fails) return { ...base, ...(skip === undefined ? {} : { skip }) };
  return { ...base, expected: results.map(readExpected) };
}

function readExpected(text: string): Case['expected'][number] {
  if (/^[+-]?[\d.]|^[+-]?(inf|nan)\b/i.test(text)) return { labels: {}, values: readValues(text)! };
  const { labels, rest } = readSeries(text);
  return { labels, values: readValues(rest)! };
}

function reasonToSkip(
  base: Omit<Case, 'expected'>,
  results: readonly string[],
  expects: readonly string[],
): string | undefined {
  if (results.some((line) => line.includes('{{'))) return 'native histogram';
  if (results.some((line) => /^\S.*\]\s*$/.test(line)) || expects.some((line) => /^expect (string|range)/.test(line)))
    return 'not a vector';
  const touched = touchedBy(base);
  if (typeof touched === 'string') return touched;
  return touched.some(({ id }) => id === -1) ? 'native histogram or stale marker' : undefined;
}

function touchedBy({ query, loaded, fails }: Omit<Case, 'expected'>): string | readonly SeriesWindow[] {
  try {
    const { leaves } = plan(query);
    const view = { generation: 0, select: (matchers: (typeof leaves)[number]['matchers']) => filter(loaded, matchers) };
    return leaves.flatMap((leaf) => leaf.selection.select(view));
  } catch (error) {
    return fails ? [] : (error as Error).message;
  }
}

function filter(
  loaded: readonly SeriesWindow[],
  matchers: readonly { name: string; op: string; value: string }[],
): SeriesWindow[] {
  return loaded.filter(({ labels }) =>
    matchers.every(({ name, op, value }) => {
      const text = labels[name] ?? '';
      const hit = op.endsWith('~') ? new RegExp(`^(?:${value})$`, 's').test(text) : text === value;
      return op.startsWith('!') ? !hit : hit;
    }),
  );
}

function readSeries(text: string): { labels: Labels; rest: string } {
  const name = /^[a-zA-Z_:][\w:]*/.exec(text)?.[0];
  const labels: Record<string, string> = name === undefined ? {} : { [NAME]: name };
  let rest = text.slice(name?.length ?? 0).trimStart();
  if (!rest.startsWith('{') || rest.startsWith('{{')) return { labels, rest };
  const inner = /^\{((?:[^"'}]|"(?:\\.|[^"])*"|'(?:\\.|[^'])*')*)\}/.exec(rest)![1]!;
  rest = rest.slice(inner.length + 2).trim();
  for (const [, key, quoted, value] of inner.matchAll(
    /(?:([\w:]+)|"([^"]*)")\s*(?:=\s*("(?:\\.|[^"])*"|'(?:\\.|[^'])*'))?/g,
  )) {
    if (value === undefined) labels[NAME] = quoted ?? key!;
    else labels[key ?? quoted!] = JSON.parse(value.replace(/^'(.*)'$/, '"$1"')) as string;
  }
  return { labels, rest };
}

const ITEM = /^([+-]?(?:[\d.]+(?:e[+-]?\d+)?|inf|nan|_))?(?:([+-](?:[\d.]+(?:e[+-]?\d+)?|inf|nan)))?(?:x(\d+))?$/i;

/** promtool's notation; `undefined` for a list with native histograms or stale markers. */
function readValues(text: string): (number | undefined)[] | undefined {
  if (text.includes('{{') || text.includes('stale')) return undefined;
  return text
    .split(/\s+/)
    .filter((item) => item !== '')
    .flatMap((item) => {
      const [, first = '', by, times] = ITEM.exec(item) ?? [];
      if (first === '_') return Array.from({ length: Number(times ?? 1) }, () => undefined);
      const start = toNumber(first);
      if (times === undefined) return [start];
      return Array.from({ length: Number(times) + 1 }, (_, index) =>
        by === undefined ? start : start + index * toNumber(by),
      );
    });
}

function toNumber(text: string): number {
  if (/inf/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return Number(text);
}

function ms(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  return sign * (parseDuration(text.replace(/^-/, '')) ?? Number(text.replace(/^-/, '')) * 1000);
}
