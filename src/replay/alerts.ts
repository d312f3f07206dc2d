import type { AlertsByRule, GroupEvaluation, RuleOutcome } from '../alerts/evaluateGroup.ts';
import type { Alert } from '../model/alert.ts';
import { labelsKey } from '../model/labels.ts';

/** The alerts of one rule as an evaluation leaves them. */
export function alertsAfter(
  before: ReadonlyMap<string, Alert> | undefined,
  { alerts, deleted }: Pick<RuleOutcome, 'alerts' | 'deleted'>,
): ReadonlyMap<string, Alert> {
  if (before !== undefined && alerts.length === 0 && deleted.length === 0) return before;
  const after = new Map(before);
  for (const alert of alerts) after.set(labelsKey(alert.labels), alert);
  for (const { labels } of deleted) after.delete(labelsKey(labels));
  return after;
}

/** The alerts of all rules as the evaluation of a group leaves them. */
export function allAlertsAfter(before: AlertsByRule, { outcomes }: GroupEvaluation): AlertsByRule {
  const after = new Map(before);
  for (const outcome of outcomes) after.set(outcome.rule, alertsAfter(after.get(outcome.rule), outcome));
  return after;
}
