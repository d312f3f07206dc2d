import { matches } from '../dispatch/match.ts';
import { groupBy } from '../model/group.ts';
import { NAME } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { CompiledGroup } from './compile.ts';

/** Names of the groups that a series is an input of. */
export function readersOf(groups: readonly CompiledGroup[]): (labels: Labels) => readonly string[] {
  const leaves = groups.flatMap(({ name, rules }) =>
    rules.flatMap(({ plan }) => plan.leaves.map((leaf) => ({ group: name, leaf }))),
  );
  const byMetric = groupBy(
    leaves,
    ({ leaf }) => leaf.matchers.find((matcher) => matcher.name === NAME && matcher.op === '=')?.value ?? '',
  );
  return (labels) => {
    const candidates = [...(byMetric.get(labels[NAME] ?? '') ?? []), ...(byMetric.get('') ?? [])];
    const reading = candidates.filter(({ leaf }) =>
      leaf.matchers.every((matcher) => matches(matcher, labels[matcher.name] ?? '')),
    );
    return [...new Set(reading.map(({ group }) => group))];
  };
}
