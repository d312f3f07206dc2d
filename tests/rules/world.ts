import { NAME } from '../../src/model/labels.ts';
import type { Labels } from '../../src/model/labels.ts';
import type { AlertRule, Level } from '../../src/model/rule.ts';
import { compileGroup } from '../../src/rules/compile.ts';
import type { CompiledAlert } from '../../src/rules/compile.ts';
import { needsOf, Windows } from '../../src/series/index.ts';

export const MINUTE = 60_000;
export const NOW = Date.UTC(2025, 10, 3, 12);

export const rule = (expr: string, over: Partial<AlertRule> = {}): AlertRule => ({
  alert: 'R',
  expr,
  levels: [],
  for: 0,
  keepFiringFor: 0,
  missing: 'hold',
  labels: {},
  annotations: {},
  templates: 'liquid',
  position: { file: 'rules/r.yaml', line: 1, column: 1 },
  ...over,
});

export const level = (over: Partial<Level>): Level => ({ name: 'warning', for: 0, clear: 0, written: '', ...over });

export function compiled(of: AlertRule): CompiledAlert {
  return compileGroup({ name: 'g', interval: MINUTE, rules: [of] }).rules[0] as CompiledAlert;
}

/** A series as a test writes it: its value, and how many minutes old that is. No `value`: declared, never seen. */
export interface Given {
  readonly labels: Labels;
  readonly value?: number;
  readonly age?: number;
  readonly maxAge?: number;
}

/** Windows for these rules, with one sample a minute for the last hour of each series, the newest `age` minutes old. */
export function windowsOf(rules: readonly CompiledAlert[], given: readonly Given[]): Windows {
  const windows = new Windows(needsOf(rules.map(({ plan }) => plan)));
  const series = given.map(({ labels, maxAge = 3 * MINUTE }, index) => ({ id: index + 1, labels, maxAge }));
  const samples = given.flatMap(({ value, age = 0 }, index) =>
    value === undefined
      ? []
      : Array.from({ length: 60 }, (_, i) => ({ seriesId: index + 1, at: NOW - (age + 59 - i) * MINUTE, value })),
  );
  windows.apply({ series, samples });
  return windows;
}

export const price = (asset: string, value?: number, age = 0): Given => ({
  labels: { [NAME]: 'price_usd', asset },
  ...(value !== undefined && { value }),
  age,
});
