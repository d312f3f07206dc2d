import { alertId } from '../model/alert.ts';
import type { Alert, Transition } from '../model/alert.ts';
import type { InhibitRule } from '../model/config.ts';
import type { Labels, Matcher } from '../model/labels.ts';
import { matchesAll } from './match.ts';
import { shownLabels } from './shown.ts';

/**
 * The firing alert that keeps this one from being told. As in Alertmanager: one that matches both sides of a rule is not inhibited by
 * another such one, and labels that both lack are equal.
 */
export function inhibitor(alert: Alert, sources: readonly Alert[], rules: readonly InhibitRule[]): Alert | undefined {
  if (rules.length === 0) return undefined;
  const labels = shownLabels(alert);
  for (const { source, target, equal } of rules) {
    if (!matchesAll(target, labels)) continue;
    const isSourceToo = matchesAll(source, labels);
    const found = sources.find((other) => {
      const theirs = shownLabels(other);
      return (
        other.state === 'firing' &&
        alertId(other) !== alertId(alert) &&
        equal.every((name) => (theirs[name] ?? '') === (labels[name] ?? '')) &&
        matchesAll(source, theirs) &&
        !(isSourceToo && matchesAll(target, theirs))
      );
    });
    if (found) return found;
  }
  return undefined;
}

/** True when some rule could keep this alert from being told. */
export function isTarget(labels: Labels, rules: readonly InhibitRule[]): boolean {
  return rules.some(({ target }) => matchesAll(target, labels));
}

/** True when something that may have inhibited others ended or changed its level. */
export function mayWake(transitions: readonly Transition[], rules: readonly InhibitRule[]): boolean {
  if (rules.length === 0) return false;
  return transitions.some((transition) => {
    const labels = shownLabels({ ...transition, level: transition.from });
    return transition.kind !== 'pending' && rules.some(({ source }) => matchesAll(source, labels));
  });
}

/** Labels of which an inhibiting alert has to carry all of at least one set, to look for few. */
export function sourcePatterns(alerts: readonly Alert[], rules: readonly InhibitRule[]): readonly Labels[] {
  const patterns = new Map<string, Labels>();
  for (const { source, target, equal } of rules) {
    for (const alert of alerts) {
      const labels = shownLabels(alert);
      if (!matchesAll(target, labels)) continue;
      const agreed = equal.flatMap((name) => (labels[name] ? [[name, labels[name]] as const] : []));
      const pattern = { ...exact(source), ...Object.fromEntries(agreed) };
      patterns.set(JSON.stringify(pattern), pattern);
    }
  }
  return [...patterns.values()];
}

function exact(matchers: readonly Matcher[]): Labels {
  return Object.fromEntries(
    matchers.filter(({ op, value }) => op === '=' && value !== '').map(({ name, value }) => [name, value]),
  );
}
