import { NAME } from '../../src/model/labels.ts';
import type { Labels } from '../../src/model/labels.ts';
import type { AlertRule, RuleGroup } from '../../src/model/rule.ts';

export const MINUTE = 60_000;

export interface Size {
  readonly series: number;
  readonly rules: number;
  /** Entities that each rule selects. */
  readonly fan: number;
  /** Groups the rules are spread over. */
  readonly groups: number;
}

export const METRICS = ['price', 'tvl', 'debt', 'collateral'] as const;
export const KINDS = ['depeg', 'drop24h', 'twap30m', 'leverage', 'zscore24h'] as const;
type Kind = (typeof KINDS)[number];

const THRESHOLDS: Readonly<Record<Kind, number>> = {
  depeg: 0.005,
  drop24h: 0.3,
  twap30m: 0.006,
  leverage: 0.85,
  zscore24h: 3.5,
};

/** Four metrics for each entity, the series of one entity side by side. */
export function labelsOf(series: number, { fan }: Pick<Size, 'fan'>): Labels {
  const entity = Math.floor(series / METRICS.length);
  return {
    [NAME]: METRICS[series % METRICS.length]!,
    chain: `c${entity % 7}`,
    entity: `e${entity}`,
    g: `${Math.floor(entity / fan)}`,
    protocol: `p${entity % 100}`,
  };
}

/** Five kinds of rules, a fifth of each: a depeg, a drop from the day's maximum, a price against its average, leverage, a z-score. */
export function ruleGroups({ series, rules, fan, groups }: Size): readonly RuleGroup[] {
  const selections = Math.max(1, Math.floor(series / METRICS.length / fan));
  const all = Array.from({ length: rules }, (_, index) => ruleOf(index, selections));
  const size = Math.ceil(rules / groups);
  return Array.from({ length: groups }, (_, index) => ({
    name: `g${index}`,
    interval: MINUTE,
    rules: all.slice(index * size, (index + 1) * size),
  })).filter((group) => group.rules.length > 0);
}

function ruleOf(index: number, selections: number): AlertRule {
  const kind = KINDS[index % KINDS.length]!;
  const selected = Math.floor(index / KINDS.length) % selections;
  const rank = Math.floor(index / KINDS.length / selections);
  return {
    alert: `r${index}_${kind}`,
    expr: expressionOf(kind, `{g="${selected}"}`, THRESHOLDS[kind] * (1 + 0.001 * rank)),
    for: kind === 'depeg' ? 15 * MINUTE : 0,
    labels: { severity: 'warning' },
    ...{ levels: [], keepFiringFor: 0, missing: 'hold', annotations: {}, templates: 'go' },
    position: { file: 'bench.yaml', line: index + 1, column: 1 },
  };
}

function expressionOf(kind: Kind, of: string, threshold: number): string {
  if (kind === 'depeg') return `abs(price${of} - 1) > ${threshold}`;
  if (kind === 'drop24h') return `1 - tvl${of} / max_over_time(tvl${of}[24h]) > ${threshold}`;
  if (kind === 'twap30m') return `abs(price${of} / avg_over_time(price${of}[30m]) - 1) > ${threshold}`;
  if (kind === 'leverage') return `debt${of} / collateral${of} > ${threshold}`;
  return `abs((tvl${of} - avg_over_time(tvl${of}[24h])) / stddev_over_time(tvl${of}[24h])) > ${threshold}`;
}

/** A pure function of series and minute, so that every program gets the same numbers. */
export function valueOf(series: number, minute: number): number {
  const entity = Math.floor(series / METRICS.length);
  const metric = series % METRICS.length;
  const isOdd = hash(entity, 77, 1) % 10 === 0;
  if (metric === 0) return priceOf(series, entity, minute, isOdd);
  if (metric === 1) return tvlOf(series, entity, minute, isOdd);
  const at = minute - ((minute + entity) % 5);
  const base = 5e5 * (1 + (hash(entity, 6, 6) % 1000));
  if (metric === 3) return rounded(base * (1 + 0.02 * walk(series, at)), 100);
  const debt = base * 0.7 * (1 + 0.02 * walk(series, at));
  return rounded(isOdd && (at + entity * 11) % 1440 < 90 ? debt * 1.3 : debt, 100);
}

function priceOf(series: number, entity: number, minute: number, isOdd: boolean): number {
  const at = minute - ((minute + entity) % 3);
  const price = 1 + 0.0015 * walk(series, at);
  return rounded(isOdd && (at + entity * 37) % 720 < 40 ? price - 0.012 : price, 1e6);
}

function tvlOf(series: number, entity: number, minute: number, isOdd: boolean): number {
  const tvl = 1e6 * (1 + (hash(entity, 5, 5) % 1000)) * (1 + 0.05 * walk(series, minute));
  return rounded(isOdd && (minute + entity * 53) % 4320 < 360 ? tvl * 0.6 : tvl, 100);
}

function rounded(value: number, factor: number): number {
  return Math.round(value * factor) / factor;
}

function walk(seed: number, at: number): number {
  return (
    0.55 * octave(seed, at, 1024) +
    0.25 * octave(seed, at, 128) +
    0.12 * octave(seed, at, 16) +
    0.08 * noise(seed, at, 1)
  );
}

function octave(seed: number, at: number, period: number): number {
  const index = Math.floor(at / period);
  const share = at / period - index;
  return noise(seed, index, period) * (1 - share) + noise(seed, index + 1, period) * share;
}

function noise(a: number, b: number, c: number): number {
  return (hash(a, b, c) / 4_294_967_296) * 2 - 1;
}

function hash(a: number, b: number, c: number): number {
  let bits =
    Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^
    Math.imul(b + 0x7f4a7c15, 0xc2b2ae35) ^
    Math.imul(c + 0x165667b1, 0x27d4eb2f);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39);
  return (bits ^ (bits >>> 15)) >>> 0;
}
