import { labelsKey } from '../model/labels.ts';
import type { AlertRule, Rule, RuleGroup } from '../model/rule.ts';

/** What makes an alert one alert: the rule's name and labels. */
export function identityOf({ alert, labels }: Pick<AlertRule, 'alert' | 'labels'>): string {
  return `${alert}\u0000${labelsKey(labels)}`;
}

/**
 * Prometheus accepts several rules with one name and the same labels, and their alerts are the same alerts. Here they are judged as one
 * rule, the first: it is in breach while either expression is.
 */
export function mergeDuplicates(groups: readonly RuleGroup[]): readonly RuleGroup[] {
  const later = new Map<string, AlertRule[]>();
  const first = new Map<string, AlertRule>();
  for (const rule of groups.flatMap(({ rules }) => rules)) {
    if ('record' in rule) continue;
    const key = identityOf(rule);
    if (first.has(key)) later.set(key, [...(later.get(key) ?? []), rule]);
    else first.set(key, rule);
  }
  if (later.size === 0) return groups;
  const dropped = new Set<Rule>([...later.values()].flat());
  return groups.map((group) => ({
    ...group,
    rules: group.rules
      .filter((rule) => !dropped.has(rule))
      .map((rule) => ('record' in rule ? rule : merged(rule, later.get(identityOf(rule))))),
  }));
}

function merged(rule: AlertRule, others: readonly AlertRule[] | undefined): AlertRule {
  if (others === undefined) return rule;
  // A comment may end an expression.
  const expr = [rule, ...others].map((one) => `(${one.expr}\n)`).join(' or ');
  return { ...rule, expr, merged: others.map(({ position }) => position) };
}
