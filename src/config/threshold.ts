import { parseDuration } from '../model/duration.ts';

/** What a number is measured in: part of a whole, US dollars, seconds, or nothing said. */
export type Unit = 'ratio' | 'usd' | 'seconds' | 'none';

export interface Threshold {
  /** In the metric's base unit. */
  readonly value: number;
  readonly unit: Unit;
}

const NUMBER =
  /^(?<sign>[+-]?)(?<dollar>\$?)(?<digits>\d[\d_]*(?:\.\d+)?|\.\d+)(?<exponent>e[+-]?\d+)?(?<suffix>%|bps?|x|k|M|B)?$/;
const SUFFIXES: Readonly<Record<string, { readonly factor: number; readonly unit?: Unit }>> = {
  '%': { factor: 0.01, unit: 'ratio' },
  bp: { factor: 0.0001, unit: 'ratio' },
  bps: { factor: 0.0001, unit: 'ratio' },
  x: { factor: 1, unit: 'ratio' },
  k: { factor: 1e3 },
  M: { factor: 1e6 },
  B: { factor: 1e9 },
};

export const EXPECTED_THRESHOLD = 'expected a number with its unit: -0.5%, 50bp, 3.5x, $68M, 3h, or a plain number';

/** Reads `-0.5%`, `50bp`, `3.5x`, `$68M`, `3h` or a plain number as a value in base units. */
export function parseThreshold(written: string | number): Threshold | undefined {
  if (typeof written === 'number') return Number.isFinite(written) ? { value: written, unit: 'none' } : undefined;
  const parts = NUMBER.exec(written.trim())?.groups;
  if (parts === undefined) return parseSeconds(written.trim());
  const { factor, unit } = SUFFIXES[parts['suffix'] ?? ''] ?? { factor: 1 };
  const isMoney = parts['dollar'] !== '';
  if (isMoney && unit !== undefined) return undefined;
  const number = Number(`${parts['sign']}${parts['digits']!.replaceAll('_', '')}${parts['exponent'] ?? ''}`);
  return { value: scale(number, factor), unit: unit ?? (isMoney ? 'usd' : 'none') };
}

/** Divides by whole numbers, so that `-0.3%` is -0.003 to the last bit. */
function scale(number: number, factor: number): number {
  return factor < 1 ? number / Math.round(1 / factor) : number * factor;
}

function parseSeconds(text: string): Threshold | undefined {
  const ms = parseDuration(text.replace(/^[+-]/, ''));
  if (ms === undefined) return undefined;
  return { value: ((text.startsWith('-') ? -1 : 1) * ms) / 1000, unit: 'seconds' };
}

const SELECTOR = /^\s*[A-Za-z_:][\w:]*\s*(?:\{[^}]*\})?\s*$/;
const COUNTS = /\b(?:count|count_values|group|changes|resets|absent|absent_over_time|count_over_time|timestamp|rank)\b/;

/**
 * Tells the unit of an expression's value where its text alone decides it: a lone selector has its metric's unit, and
 * whatever combines ratios only is a ratio.
 */
export function unitOf(expr: string, metrics: readonly string[]): Unit | undefined {
  if (metrics.length > 0 && metrics.every((name) => name.endsWith('_ratio')) && !COUNTS.test(expr)) return 'ratio';
  const name = metrics[0];
  if (name === undefined || !SELECTOR.test(expr)) return undefined;
  if (name.endsWith('_usd')) return 'usd';
  if (name.endsWith('_seconds')) return 'seconds';
  return /_(?:tokens|count|index|bool|value)$/.test(name) ? 'none' : undefined;
}

const WRITE_AS: Readonly<Record<Unit, string>> = {
  ratio: 'a ratio needs a unit: write a share as % or bp, a multiple as x',
  usd: 'the value is in US dollars: write $0.98 or $68M',
  seconds: 'the value is a time: write 90s, 3h or 7d',
  none: 'the value has no unit: write a plain number',
};

/** Says why a threshold does not fit the unit of what it judges, with what to write. */
export function misfit(threshold: Threshold, unit: Unit | undefined): string | undefined {
  if (unit === undefined || threshold.unit === unit) return undefined;
  if (threshold.unit === 'none' && unit !== 'ratio') return undefined;
  if (unit !== 'ratio' || threshold.unit !== 'none') return WRITE_AS[unit];
  const percent = Number((threshold.value * 100).toPrecision(12));
  return `${WRITE_AS.ratio} (${percent}% or ${threshold.value}x)`;
}
