import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NAME, printLabels, type Labels } from '../../src/model/labels.ts';
import { evaluateRange, plan } from '../../src/promql/index.ts';
import { readScript, type Case } from './script.ts';
import { viewOf } from './view.ts';

/** Prometheus' own `promql/promqltest/testdata`, when it lies beside the checkout. */
const folder = join(import.meta.dirname, '../../../shared/promql');
const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.test')) : [];

describe("Prometheus' test scripts", () => {
  it.runIf(files.length === 0)('are not here, so none is run', () => {
    console.log(`skipped: ${folder} has no scripts`);
    expect(files).toEqual([]);
  });

  it.each(files)('%s', (file) => {
    const cases = readScript(readFileSync(join(folder, file), 'utf8'));
    const skipped = cases.filter(({ skip }) => skip !== undefined);
    const wrong = cases.filter(({ skip }) => skip === undefined).flatMap((one) => difference(one) ?? []);
    const reasons = new Map<string, number>();
    for (const { skip } of skipped) reasons.set(skip!, (reasons.get(skip!) ?? 0) + 1);
    console.log(
      `${file}: ${cases.length - skipped.length} run, ${skipped.length} skipped`,
      Object.fromEntries(reasons),
    );
    expect(wrong).toEqual([]);
  });
});

function difference(one: Case): string | undefined {
  const where = `${one.line}: ${one.query}`;
  let found: string[];
  try {
    found = run(one);
  } catch (error) {
    return one.fails ? undefined : `${where} threw ${(error as Error).message}`;
  }
  if (one.fails) return `${where} did not fail`;
  const expected = one.expected.map(({ labels, values }) => line(labels, values));
  const [a, b] = one.ordered ? [found, expected] : [found.sort(), expected.sort()];
  const equal = a.length === b.length && a.every((text, index) => sameLine(text, b[index]!));
  return equal ? undefined : `${where}\n  expected ${b.join(' | ')}\n  found    ${a.join(' | ')}`;
}

function run({ query, loaded, start, end, step }: Case): string[] {
  const tracks = evaluateRange(plan(query), viewOf(...loaded), { start, end, step }, { missing: 'prometheus' });
  return tracks.map(({ labels, points }) => {
    const values = new Map(points.map(({ at, value }) => [at, value]));
    const all: (number | undefined)[] = [];
    for (let at = start; at <= end; at += step) all.push(values.get(at));
    return line(labels, all);
  });
}

function line(labels: Labels, values: readonly (number | undefined)[]): string {
  const kept = Object.fromEntries(Object.entries(labels).filter(([name, value]) => name === NAME || value !== ''));
  const last = values.findLastIndex((value) => value !== undefined) + 1;
  return `${printLabels(kept)}\t${values
    .slice(0, last)
    .map((value) => value ?? '_')
    .join(' ')}`;
}

function sameLine(a: string, b: string): boolean {
  const [labelsA, valuesA = ''] = a.split('\t');
  const [labelsB, valuesB = ''] = b.split('\t');
  const [left, right] = [valuesA.split(' '), valuesB.split(' ')];
  if (labelsA !== labelsB || left.length !== right.length) return false;
  return left.every((text, index) => sameNumber(text, right[index]!));
}

function sameNumber(a: string, b: string): boolean {
  if (a === b) return true;
  const [x, y] = [Number(a), Number(b)];
  return Math.abs(x - y) <= 1e-6 * Math.max(Math.abs(x), Math.abs(y)) || x === y;
}
