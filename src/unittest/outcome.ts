import { labelsKey, printLabels } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { Position } from '../model/rule.ts';
import { printNumber, trimmed } from './series.ts';
import type { ExpressionTest, Outcome } from './testFile.ts';

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

interface Asked {
  readonly position: Position;
  readonly at: number;
}

/** Compares sorted lines. */
export function linesOutcome(
  { position, at }: Asked,
  about: string,
  { expected, got }: { readonly expected: readonly string[]; readonly got: readonly string[] },
): Outcome {
  const passed = expected.length === got.length && expected.every((text, index) => text === got[index]);
  return { position, about: `${about} at ${at / 1000}s`, passed, expected, got };
}

/** Compares samples, whatever their order; `fuzzy` forgives the last bits of a number. */
export function expressionOutcome(test: ExpressionTest, result: readonly Sample[], fuzzy: boolean): Outcome {
  const [expected, got] = [test.expected, result].map(byLabels) as [readonly Sample[], readonly Sample[]];
  const passed =
    expected.length === got.length &&
    expected.every(({ labels, value }, index) => {
      const other = got[index]!;
      return labelsKey(labels) === labelsKey(other.labels) && isSame(value, other.value, fuzzy);
    });
  return {
    position: test.position,
    about: `expression ${test.expr} at ${test.at / 1000}s`,
    passed,
    expected: expected.map(line),
    got: got.map(line),
  };
}

function byLabels(samples: readonly Sample[]): readonly Sample[] {
  return samples
    .map(({ labels, value }) => ({ labels: trimmed(labels), value }))
    .sort((a, b) => (labelsKey(a.labels) < labelsKey(b.labels) ? -1 : 1));
}

function line({ labels, value }: Sample): string {
  return `${printLabels(labels)} ${printNumber(value)}`;
}

const FORGIVEN = 1e-6;

function isSame(a: number, b: number, fuzzy: boolean): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  return fuzzy && Math.abs(a - b) <= FORGIVEN * Math.max(Math.abs(a), Math.abs(b));
}
