import type { ToldAlert } from '../model/notification.ts';
import type { LevelName } from '../model/rule.ts';
import { LEVELS } from '../model/rule.ts';

/** The level, or the label `severity` of a rule without levels; anything unknown counts as a warning. */
export function severityOf({ level, labels }: ToldAlert): LevelName {
  const said = level ?? labels['severity'];
  return LEVELS.find((name) => name === said) ?? 'warning';
}
