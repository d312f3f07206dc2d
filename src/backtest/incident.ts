import type { Asset, LevelName, Position } from '../model/rule.ts';
import type { Labels } from '../model/labels.ts';
import type { History } from '../replay/history.ts';

/** A recorded history, ready to be judged. Times are unix ms. */
export interface Incident {
  readonly name: string;
  readonly title: string;
  readonly summary?: string | undefined;
  readonly assets: Readonly<Record<string, Asset>>;
  readonly series: readonly History[];
  readonly events: readonly IncidentEvent[];
  readonly expect: readonly Expectation[];
  readonly quiet: readonly Period[];
  /** Most false alarms in the quiet periods, by level. */
  readonly budget: Readonly<Partial<Record<LevelName, number>>>;
}

/** A dated fact of the incident. */
export interface IncidentEvent {
  readonly name: string;
  readonly at: number;
  readonly source?: string | undefined;
}

/** `[from, to)`. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** What must be caught, and how early. */
export interface Expectation {
  readonly position: Position;
  /** Any rule when absent. */
  readonly alert?: string | undefined;
  /** At least this level; any when absent. */
  readonly level?: LevelName | undefined;
  /** All of them must be among the alert's. */
  readonly labels: Labels;
  readonly before: string;
  /** ms between the firing and the event at least; negative allows a firing that long after it. */
  readonly lead: number;
}

/** First and last instant at which anything is known. */
export function spanOf({ series }: Pick<Incident, 'series'>): { readonly from: number; readonly to: number } {
  const from = Math.min(...series.map(({ times }) => times[0] ?? Infinity));
  const to = Math.max(...series.map(({ times }) => times.at(-1) ?? -Infinity));
  return { from, to };
}

/** Milliseconds between two neighbouring samples, the median; `undefined` for fewer than two. */
export function medianStep(times: Float64Array): number | undefined {
  if (times.length < 2) return undefined;
  const usual = usualStep(times);
  if (usual !== undefined) return usual;
  const steps = new Float64Array(times.length - 1);
  for (let index = 0; index < steps.length; index++) steps[index] = times[index + 1]! - times[index]!;
  return steps.sort()[steps.length >> 1];
}

/** The step of more than half of all neighbours, which is their median then (Boyer and Moore's vote). */
function usualStep(times: Float64Array): number | undefined {
  let usual = NaN;
  let votes = 0;
  for (let index = 1; index < times.length; index++) {
    const step = times[index]! - times[index - 1]!;
    if (votes === 0) usual = step;
    votes += step === usual ? 1 : -1;
  }
  let count = 0;
  for (let index = 1; index < times.length; index++) {
    const step = times[index]! - times[index - 1]!;
    if (step === usual) count++;
  }
  return 2 * count > times.length - 1 ? usual : undefined;
}
