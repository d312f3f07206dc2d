import { roughDuration } from '../model/duration.ts';

export type Unit = 'percent' | 'multiple' | 'usd' | 'duration' | 'number';

const PRINT: Readonly<Record<Unit, (value: number) => string>> = {
  // Rounding errors of a ratio near zero are nothing that anyone should read.
  percent: (value) => `${digits(value < 1e-9 ? 0 : value * 100, 3)} %`,
  multiple: (value) => `${digits(value, 3)}x`,
  usd: printUsd,
  duration: (seconds) => roughDuration(seconds * 1000),
  number: (value) => digits(value, 6),
};

/**
 * Prints a value of a base unit for people; the hint is a metric name (`utilization_ratio`) or a threshold as written
 * (`-2%`, `$68M`, `2x`, `3h`). Negative numbers carry a minus sign (U+2212).
 */
export function printValue(value: number, hint = ''): string {
  if (Number.isNaN(value)) return 'NaN';
  const sign = value < 0 ? '−' : '';
  if (!Number.isFinite(value)) return `${sign || '+'}Inf`;
  const text = PRINT[unitOf(hint)](Math.abs(value));
  return /[1-9]/.test(text) ? sign + text : text;
}

/** The unit that a metric's name or a written threshold speaks of. */
export function unitOf(hint: string): Unit {
  if (/(?:%|bps?)$/.test(hint)) return 'percent';
  if (/\dx$/.test(hint)) return 'multiple';
  if (hint.includes('$')) return 'usd';
  if (/^-?(?:\d+(?:ms|[smhdwy]))+$/.test(hint)) return 'duration';
  return unitOfMetric(hint);
}

// Rates of exchange are no shares of something: 1.0421 says more than 104 %.
const PLAIN_RATIO = /(?:price|rate)_ratio$/;

function unitOfMetric(name: string): Unit {
  if (name.endsWith('leverage_ratio')) return 'multiple';
  if (name.endsWith('_ratio')) return PLAIN_RATIO.test(name) ? 'number' : 'percent';
  if (name.endsWith('_usd')) return 'usd';
  return name.endsWith('_seconds') ? 'duration' : 'number';
}

const SCALES = [
  [1e12, 'T'],
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

function printUsd(value: number): string {
  const rounded = Number(value.toPrecision(3));
  const scale = SCALES.find(([size]) => rounded >= size);
  if (scale !== undefined) return `$${digits(value / scale[0], 3)}${scale[1]}`;
  const text = digits(value, 5);
  const decimals = /\.(\d*)$/.exec(text)?.[1]?.length ?? 0;
  return `$${decimals > 0 && decimals < 2 ? value.toFixed(2) : text}`;
}

/** Significant digits without trailing zeros; whole digits are never rounded away. */
function digits(value: number, significant: number): string {
  if (value >= 10 ** significant && value < 1e15) return String(Math.round(value));
  return String(Number(value.toPrecision(significant)));
}
