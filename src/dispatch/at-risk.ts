import { groupBy } from '../model/group.ts';
import { NAME } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { AtRisk } from '../model/notification.ts';
import type { LatestValue } from '../model/stored.ts';
import { printValue } from './render-value.ts';
import { roughDuration } from '../model/duration.ts';

/** What says how much money hangs on an asset, best first, with the words that a message uses. */
const MEASURES = [
  { metric: 'exposure_usd', says: 'exposed', one: 'holder', many: 'holders' },
  { metric: 'supplied_usd', says: 'supplied', one: 'market', many: 'markets' },
  { metric: 'tvl_usd', says: 'locked', one: 'place', many: 'places' },
  { metric: 'market_cap_usd', says: 'in circulation', one: 'chain', many: 'chains' },
] as const;

/** Metrics that `indexMoney` wants the latest values of. */
export const MONEY_METRICS: readonly string[] = MEASURES.map(({ metric }) => metric);

/** A place that an alert is about; money elsewhere is no part of it. */
const PLACES = ['market', 'vault', 'holder'] as const;

export type AtRiskOf = (labels: Labels) => AtRisk | undefined;

/**
 * How much money hangs on what an alert is about, from the latest values of series (`now` is unix ms, judging clock). An alert on a
 * market, vault or holder counts what is there; any other counts all of its asset. Nothing known is `undefined`, never zero.
 */
export function indexMoney(latest: readonly LatestValue[], now: number): AtRiskOf {
  const byAsset = groupBy(latest, ({ labels }) => labels['asset'] ?? '');
  return (labels) => {
    const { asset } = labels;
    const known = asset === undefined ? [] : (byAsset.get(asset) ?? []);
    const here = known.filter((series) => isThere(series.labels, labels));
    if (here.length === 0) return undefined;
    for (const measure of MEASURES) {
      const found = sumOf(here.filter((series) => series.labels[NAME] === measure.metric));
      if (found !== undefined) return describeSum(found, measure, now);
    }
    return undefined;
  };
}

function isThere(series: Labels, alert: Labels): boolean {
  return PLACES.every((name) => alert[name] === undefined || alert[name] === series[name]);
}

interface Sum {
  readonly usd: number;
  readonly count: number;
  /** Some of the series have no value yet. */
  readonly isPartial: boolean;
  /** The value that went or goes stale first. */
  readonly oldest: LatestValue;
}

function sumOf(all: readonly LatestValue[]): Sum | undefined {
  const whole = all.filter(({ labels }) => labels['chain'] === 'all');
  const series = whole.length > 0 ? whole : all;
  const known = series.filter(({ value }) => value !== undefined);
  const [first] = known;
  if (first === undefined) return undefined;
  const oldest = known.reduce((a, b) => (b.at! + b.maxAge < a.at! + a.maxAge ? b : a), first);
  const usd = known.reduce((sum, { value }) => sum + value!, 0);
  return { usd, count: known.length, isPartial: known.length < series.length, oldest };
}

function describeSum(
  { usd, count, isPartial, oldest }: Sum,
  { says, one, many }: (typeof MEASURES)[number],
  now: number,
): AtRisk {
  const amount = `${isPartial ? 'at least ' : ''}${printValue(usd, '$')}`;
  const isStale = now - oldest.at! > oldest.maxAge;
  const age = isStale ? `, last known ${roughDuration(now - oldest.at!)} ago` : '';
  return { usd, amount, text: `${amount} ${says} (${count} ${count === 1 ? one : many}${age})` };
}
