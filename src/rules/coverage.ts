import type { RuleSet } from '../model/config.ts';
import type { Covered } from '../model/coverage.ts';
import { groupBy } from '../model/group.ts';
import { NAME } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import { METRICS } from '../model/metric.ts';
import type { AlertRule } from '../model/rule.ts';
import type { DeclaredSeries } from '../model/sample.ts';
import { compileGroup, isAlert } from './compile.ts';
import { readersOf } from './readers.ts';

/** What a kind of the catalogue reads. */
export interface CatalogueKind {
  readonly kind: string;
  readonly expr: string;
}

export interface CoverageInput {
  readonly rules: Pick<RuleSet, 'assets' | 'declared' | 'groups'>;
  readonly catalogue: readonly CatalogueKind[];
  /** Names of alerts that unit tests, and incidents' expectations, speak of. */
  readonly tested: ReadonlySet<string>;
  readonly backtested: ReadonlySet<string>;
}

/** Says of every asset, market, vault and holding which rules it has and what it lacks. */
export function coverage(input: CoverageInput): readonly Covered[] {
  const alertsOf = alertReaders(input.rules);
  const row = (what: Covered['what'], name: string, series: readonly DeclaredSeries[]) => ({
    ...{ what, name },
    ...lacks(series, alertsOf, input),
  });
  const { assets, declared } = input.rules;
  const read = declared.filter(({ metric }) => metric !== 'asset_info');
  const of = (label: string) =>
    groupBy(
      read.filter(({ labels }) => labels[label]),
      ({ labels }) => labels[label]!,
    );
  const byAsset = of('asset');
  const rows = [
    ...Object.keys(assets).map((id) => row('asset', id, byAsset.get(id) ?? [])),
    ...[...of('market')].map(([name, series]) => row('market', name, series)),
    ...[...of('vault')].map(([name, series]) => row('vault', name, series)),
    ...[...of('holder')].map(([name, series]) => row('holding', name, series)),
  ];
  return rows.sort((a, b) => (a.what + a.name < b.what + b.name ? -1 : 1));
}

type AlertsOf = (labels: Labels) => readonly AlertRule[];

function lacks(
  series: readonly DeclaredSeries[],
  alertsOf: AlertsOf,
  { tested, backtested, catalogue }: CoverageInput,
): Omit<Covered, 'what' | 'name'> {
  const rules = [...new Set(series.flatMap((one) => alertsOf(asLabels(one))))];
  const metrics = new Set(series.map(({ metric }) => metric));
  const names = namesOf(rules);
  const used = new Set(rules.map(({ kind }) => kind?.name));
  const prices = new Set(series.filter(({ metric }) => metric === 'price_usd').map(({ source }) => source));
  const judged = new Set(series.filter((one) => alertsOf(asLabels(one)).length > 0).map(({ metric }) => metric));
  return {
    rules: names,
    unread: [...metrics].filter((metric) => !judged.has(metric)).sort(),
    lonePrice: prices.size === 1,
    noOwner: namesOf(rules.filter(({ labels }) => !labels['owner'] && !labels['team'])),
    noTest: names.filter((alert) => !tested.has(alert)),
    noBacktest: names.filter((alert) => !backtested.has(alert)),
    possible: catalogue
      .filter(({ kind, expr }) => !used.has(kind) && isReadable(expr, metrics))
      .map(({ kind }) => kind)
      .sort(),
  };
}

function namesOf(rules: readonly AlertRule[]): readonly string[] {
  return [...new Set(rules.map(({ alert }) => alert))].sort();
}

function asLabels({ metric, labels }: DeclaredSeries): Labels {
  return { ...labels, [NAME]: metric };
}

const KNOWN = new Set(Object.keys(METRICS));

/** True when every metric that the expression names is there; one that names none cannot be told. */
function isReadable(expr: string, metrics: ReadonlySet<string>): boolean {
  const named = (expr.match(/[a-z_]+/g) ?? []).filter((word) => KNOWN.has(word) && word !== 'asset_info');
  return named.length > 0 && named.every((metric) => metrics.has(metric));
}

/** Alerts that read a series, also through recording rules. */
function alertReaders({ groups }: Pick<RuleSet, 'groups'>): (labels: Labels) => readonly AlertRule[] {
  const single = groups.flatMap((group) =>
    group.rules.map((rule, index) => compileGroup({ ...group, name: `${group.name}\n${index}`, rules: [rule] })),
  );
  const byName = new Map(single.map((group) => [group.name, group.rules[0]!]));
  const readers = readersOf(single);
  return (labels) => reading(labels, new Set());

  function reading(labels: Labels, seen: Set<string>): readonly AlertRule[] {
    return readers(labels).flatMap((name) => {
      if (seen.has(name)) return [];
      seen.add(name);
      const rule = byName.get(name)!;
      if (isAlert(rule)) return [rule.rule];
      return reading(
        { ...(labels['asset'] && { asset: labels['asset'] }), ...rule.rule.labels, [NAME]: rule.rule.record },
        seen,
      );
    });
  }
}
