import type { Labels } from '../model/labels.ts';
import { isFresh, peek, valueAt, type SeriesView, type SeriesWindow } from '../model/series.ts';
import { children, type Expr, type Span } from './ast.ts';
import { leafInstant, type Leaf, type Plan } from './plan.ts';
import { indexAt, rangeIndexes } from './selection.ts';
import { support } from './support.ts';

const SHOWN = 5;

/** A piece of the source and what stands there instead. */
interface Edit extends Span {
  readonly text: string;
}

/** What is substituted for: one label set at one instant (unix ms). */
interface Instance {
  readonly view: SeriesView;
  readonly labels: Labels;
  readonly now: number;
}

/** The expression as written with numbers put in for its selectors, for one label set: `1.218 / 1.2654 - 1`. */
export function substitute(plan: Plan, view: SeriesView, labels: Labels, now: number): string {
  const leaves = new Map(plan.leaves.map((leaf) => [leaf.from, leaf]));
  const edits = editsOf(plan.expr, (leaf, bare) => numbers(leaf, { view, labels, now }, bare), leaves);
  let text = '';
  let done = 0;
  for (const edit of edits.toSorted((a, b) => a.from - b.from)) {
    text += plan.source.slice(done, edit.from - plan.start) + edit.text;
    done = edit.to - plan.start;
  }
  return (text + plan.source.slice(done)).replaceAll(/\s+/g, ' ').trim();
}

type Print = (leaf: Leaf, bare: boolean) => string;

/** `bare`: the selector stands alone between a function's brackets. */
function editsOf(expr: Expr, print: Print, leaves: ReadonlyMap<number, Leaf>, bare = false): Edit[] {
  if (expr.kind === 'selector') return [{ from: expr.from, to: expr.to, text: print(leaves.get(expr.from)!, bare) }];
  if (expr.kind === 'subquery' && expr.inner.kind === 'selector') {
    return [{ from: expr.from, to: expr.to, text: print(leaves.get(expr.inner.from)!, bare) }];
  }
  const takes = expr.kind === 'call' || expr.kind === 'aggregate';
  const edits = children(expr).flatMap((child) => editsOf(child, print, leaves, takes));
  if (expr.kind === 'aggregate' && expr.grouping) edits.push(removal(expr.grouping));
  if (expr.kind === 'binary' && expr.modifiers) edits.push(removal(expr.modifiers));
  return edits;
}

function removal({ from, to }: Span): Edit {
  return { from, to, text: '' };
}

function numbers(leaf: Leaf, { view, labels, now }: Instance, bare: boolean): string {
  const at = leafInstant(leaf, now);
  const series = support(leaf, view, labels);
  const texts =
    leaf.range > 0
      ? series.map((window) => summary(window, rangeIndexes(window, at - leaf.range, at)))
      : series.map((window) => (isFresh(window, at) ? printNumber(valueAt(window, indexAt(window, at))) : 'stale'));
  if (texts.length === 0) return 'nothing';
  if (texts.length === 1) return texts[0]!;
  const rest = texts.length > SHOWN ? `, … ${texts.length - SHOWN} more` : '';
  const list = texts.slice(0, SHOWN).join(leaf.range > 0 ? '; ' : ', ') + rest;
  return bare ? list : `(${list})`;
}

function summary(series: SeriesWindow, { from, to }: Span): string {
  if (from === to) return 'no samples';
  const values = peek(series, from, to);
  let [low, high] = [Infinity, -Infinity];
  for (let index = from; index < to; index++) {
    low = Math.min(low, values[index]!);
    high = Math.max(high, values[index]!);
  }
  const spread = low === high ? printNumber(low) : `${printNumber(low)}…${printNumber(high)}`;
  return `${to - from} ${to - from === 1 ? 'sample' : 'samples'}, ${spread}`;
}

/** Six significant digits. */
function printNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}
