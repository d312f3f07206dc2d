import { parseThreshold } from '../config/threshold.ts';
import type { Rule } from '../model/rule.ts';
import type { CompiledAlert, CompiledRecord } from '../rules/compile.ts';
import type { Check, Problem } from './finding.ts';
import { unitOf, unitOfMetric, type Mixture, type Unit } from './units.ts';

/** Operands, or a value and its threshold, that are measured in different things: the number says nothing. */
export const mixedUnits: Check = {
  id: 'mixed-units',
  severity: 'warning',
  run: ({ alerts, records }) => [
    ...records.flatMap(inExpression),
    ...alerts.flatMap((alert) => [...inExpression(alert), ...inThresholds(alert)]),
  ],
};

const NAMES: Readonly<Record<Exclude<Unit, undefined>, string>> = {
  usd: 'US dollars',
  tokens: 'tokens',
  seconds: 'seconds',
  bytes: 'bytes',
  ratio: 'a ratio',
  count: 'a count',
  number: 'a number',
};

const nameOf = (unit: Unit) => (unit === undefined ? 'something unknown' : NAMES[unit]);

const VERBS: Readonly<Record<string, string>> = { '/': 'divides', '-': 'subtracts', '+': 'adds', '%': 'divides' };

function inExpression({ rule, plan }: CompiledAlert | CompiledRecord): readonly Problem[] {
  const mixtures: Mixture[] = [];
  unitOf(plan.expr, (mixture) => mixtures.push(mixture));
  return mixtures
    .filter((mixture) => !isSaid(rule, mixture, plan.expr === mixture.expr))
    .map(({ expr, left, right }) => ({
      at: { rule },
      path: ['expr'],
      span: [expr.from, expr.to] as const,
      message: `"${expr.op}" ${VERBS[expr.op] ?? 'compares'} ${nameOf(left)} and ${nameOf(right)}; the result means nothing. Bring both sides to one unit first, for instance tokens times their price.`,
    }));
}

/** A recording rule that divides and is named for a price says itself what the quotient is. */
function isSaid(rule: Rule, { expr, left, right }: Mixture, isWhole: boolean): boolean {
  if (!('record' in rule) || !isWhole || expr.op !== '/') return false;
  return left === 'usd' && right === 'tokens' && unitOfMetric(rule.record) === 'usd';
}

function inThresholds({ rule, plan }: CompiledAlert): readonly Problem[] {
  const unit = unitOf(plan.expr);
  return rule.levels.flatMap((level) => {
    const written = parseThreshold(level.written)?.unit ?? 'none';
    if (fits(unit, written)) return [];
    const side = level.above === undefined ? 'below' : 'above';
    const found = written === 'none' ? 'no unit' : nameOf(written);
    const message = `The expression yields ${nameOf(unit)}, but "${level.written}" has ${found}. ${ADVICE[unit!] ?? 'Write a plain number.'}`;
    return [{ at: { rule }, path: ['levels', level.name, side], message }];
  });
}

const ADVICE: Readonly<Record<string, string>> = {
  usd: 'Write it in dollars, as $0.98 or $68M.',
  ratio: 'Write a share as % or bp, a multiple as x.',
  seconds: 'Write it as a time, as 90s or 3h.',
};

function fits(unit: Unit, written: 'ratio' | 'usd' | 'seconds' | 'none'): boolean {
  if (unit === undefined || unit === 'number') return true;
  if (written === 'none') return unit !== 'ratio';
  return unit === written;
}
