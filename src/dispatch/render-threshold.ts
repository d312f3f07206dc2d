import type { AlertLevel } from '../model/alert.ts';
import type { AlertRule } from '../model/rule.ts';
import { printValue, unitOf } from './render-value.ts';

const WORDS: Readonly<Record<string, string>> = { '>': 'above', '>=': 'at least', '<': 'below', '<=': 'at most' };
const LIMIT = /^([^<>=]*?)([<>]=?)\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*$/is;

/** A threshold as people read it: `below −2 %`; `undefined` when the expression has no single limit at its root. */
export function printThreshold(rule: AlertRule, name: AlertLevel): string | undefined {
  const level = rule.levels.find((candidate) => candidate.name === name);
  if (level !== undefined) return `${level.above === undefined ? 'below' : 'above'} ${typeset(level.written)}`;
  const limit = limitOf(rule);
  return limit && `${WORDS[limit.operator]} ${printValue(limit.value, unitHint(rule))}`;
}

/** By rule, of which thousands of alerts may be told at once. */
const hints = new WeakMap<AlertRule, string>();
const limits = new WeakMap<AlertRule, { readonly limit: Limit | undefined }>();

/** What `printValue` needs to print a rule's values: how a threshold was written, else the metric that is judged. */
export function unitHint(rule: AlertRule): string {
  const hint = hints.get(rule) ?? findHint(rule);
  hints.set(rule, hint);
  return hint;
}

function findHint(rule: AlertRule): string {
  const written = rule.levels.find((level) => unitOf(level.written) !== 'number')?.written;
  if (written !== undefined) return written;
  const judged = limitOf(rule)?.judged ?? skeleton(rule.expr);
  if (/[*/^%]|\b(?:count|changes|resets|i?rate|deriv|group|timestamp|ln|log\d*|exp|sqrt|sgn)\w*\s*\(/.test(judged))
    return '';
  const metrics = judged.match(/[a-z_:][\w:]*_(?:ratio|usd|seconds)\b/gi) ?? [];
  const units = new Set(metrics.map(unitOf));
  return units.size === 1 ? metrics[0]! : '';
}

interface Limit {
  readonly judged: string;
  readonly operator: string;
  readonly value: number;
}

function limitOf(rule: AlertRule): Limit | undefined {
  const found = limits.get(rule) ?? { limit: findLimit(rule) };
  limits.set(rule, found);
  return found.limit;
}

function findLimit(rule: AlertRule): Limit | undefined {
  const text = skeleton(rule.expr);
  const [, judged, operator, value] = LIMIT.exec(text) ?? [];
  if (judged === undefined || operator === undefined || /\b(?:and|or|unless)\b/i.test(text)) return undefined;
  return { judged, operator, value: Number(value) };
}

/** The expression without strings, comments, selectors' braces and ranges. */
function skeleton(expr: string): string {
  return expr
    .replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`/g, '')
    .replace(/#.*/g, '')
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, '');
}

function typeset(written: string): string {
  return written.replace(/^-/, '−').replace(/\s*%$/, ' %');
}
