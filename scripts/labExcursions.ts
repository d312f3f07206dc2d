// Where recorded series themselves cross the size an alert is about: an alert outside them is false beyond argument.
import type { Labels } from '../src/model/labels.ts';
import { readTable, seriesOf } from './labIncidents.ts';
import type { IndexRow } from './labIncidents.ts';

const DAY = 86_400_000;

/** Sizes an alert of a rule is a matter of severity inside: of a warning, of a critical. */
const SIZES: Readonly<Record<string, readonly string[]>> = {
  Depeg: ['|deviation|>=0.005', '|deviation|>=0.02'],
  DepegAgainstAll: ['|deviation|>=0.005', '|deviation|>=0.02'],
  DepegInherited: ['|deviation|>=0.005', '|deviation|>=0.02'],
  BelowNav: ['|deviation|>=0.005', '|deviation|>=0.02'],
  MarketValueFalls: ['change_24h<=-0.1', 'change_24h<=-0.4'],
  BelowRate: ['|deviation|>=0.01', '|deviation|>=0.02'],
  UtilizationHigh: ['utilization>=0.95', 'utilization>=0.99'],
  LiquidityGone: ['utilization>=0.99', 'utilization>=0.99'],
  SupplyFalls: ['change_24h<=-0.1', 'change_24h<=-0.4'],
  LendersLeave: ['change_24h<=-0.2', 'change_24h<=-0.4'],
  ValueLockedFalls: ['change_24h<=-0.2', 'change_24h<=-0.4'],
};

interface Excursion {
  readonly start: number;
  readonly end: number;
}

/** By file and size. */
export type Excursions = ReadonlyMap<string, readonly Excursion[]>;

export function readExcursions(path: string): Excursions {
  const found = new Map<string, Excursion[]>();
  for (const row of readTable(path)) {
    const key = `${row['file']}\n${row['rule']}`;
    const excursion = { start: Date.parse(row['start']!), end: Date.parse(row['end']!) };
    found.set(key, [...(found.get(key) ?? []), excursion]);
  }
  return found;
}

export interface LabFiring {
  readonly rule: string;
  readonly labels: Labels;
  readonly at: number;
  readonly level: 'warning' | 'critical';
}

export function isInside(excursions: Excursions, rows: readonly IndexRow[], firing: LabFiring): boolean {
  const size = SIZES[firing.rule]?.[firing.level === 'critical' ? 1 : 0];
  return filesFor(rows, firing.labels).some((file) =>
    (excursions.get(`${file}\n${size}`) ?? []).some(
      ({ start, end }) => start - 1 <= firing.at && firing.at <= end + DAY / 24,
    ),
  );
}

function filesFor(rows: readonly IndexRow[], labels: Labels): readonly string[] {
  const keys = ['asset', 'market', 'vault', 'protocol'] as const;
  return rows
    .filter((row) => {
      const own = seriesOf(row);
      if (own === undefined) return false;
      return (
        keys.every((key) => labels[key] === undefined || own[key] === undefined || own[key] === labels[key]) &&
        keys.some((key) => labels[key] !== undefined && own[key] === labels[key])
      );
    })
    .map(({ file }) => file);
}
