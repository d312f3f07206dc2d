import { formatDuration } from '../model/duration.ts';
import type { CompiledAlert } from '../rules/compile.ts';
import type { Check, Problem } from './finding.ts';
import type { World } from './world.ts';

/** A `for` that ends before a second sample can have confirmed the first: it delays, and confirms nothing. */
export const forTooShort: Check = {
  id: 'for-too-short',
  severity: 'warning',
  run: (world) => world.alerts.flatMap((alert) => problemsOf(alert, world)),
};

function problemsOf({ rule, plan }: CompiledAlert, { inputs }: World): readonly Problem[] {
  const read = inputs.of(plan).filter(({ metric }) => !metric.startsWith('tocsin_'));
  const sources = read.flatMap((series) => inputs.sourceOf(series) ?? []);
  const slowest = sources.toSorted((a, b) => b.every - a.every)[0];
  if (slowest === undefined) return [];
  const waits =
    rule.levels.length === 0
      ? [{ wait: rule.for, path: ['for'] }]
      : rule.levels.map((level) => ({ wait: level.for, path: ['levels', level.name, 'for'] }));
  const needed = 2 * slowest.every;
  return waits
    .filter(({ wait }) => wait > 0 && wait < needed)
    .map(({ wait, path }) => ({
      at: { rule },
      path,
      message: `"for" of ${formatDuration(wait)} is shorter than two polls of "${slowest.id}" (every ${formatDuration(slowest.every)}), so a single sample decides. Write ${formatDuration(needed)} or more, or no "for" when one sample is enough.`,
    }));
}
