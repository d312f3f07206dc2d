import type { AlertsByRule } from '../alerts/book.ts';
import type { Labels } from '../model/labels.ts';
import { isAlert } from '../rules/compile.ts';
import type { CompiledAlert, CompiledGroup } from '../rules/compile.ts';
import { carries } from '../rules/labeller.ts';
import { alertLines, described, withLevel } from './describe.ts';
import type { Describing } from './describe.ts';
import { linesOutcome } from './outcome.ts';
import type { AlertTest, Outcome } from './testFile.ts';

export interface Judged extends Describing {
  readonly groups: readonly CompiledGroup[];
  readonly alerts: AlertsByRule;
}

/** Compares the alerts of one name; pending ones count where the test speaks of one. */
export function checkAlerts(test: AlertTest, judged: Judged): Outcome {
  const withState = test.expected.some(({ state }) => state === 'pending');
  const rules = judged.groups.flatMap(({ rules: all }) =>
    all.filter(isAlert).filter(({ rule }) => rule.alert === test.alert),
  );
  const active = [...(judged.alerts.get(test.alert)?.values() ?? [])].filter(
    ({ state }) => state === 'firing' || (withState && state === 'pending'),
  );
  const got = active.flatMap((alert) => {
    const rule = ruleOf(alert.labels, rules);
    return rule === undefined ? [] : [described(rule, alert, judged)];
  });
  const expected = test.expected.map((alert) => ({
    ...alert,
    labels: withLevel(test.alert, alert.labels, alert.level),
  }));
  return linesOutcome(test, `alert ${test.alert}`, {
    expected: alertLines(expected, withState),
    got: alertLines(got, withState),
  });
}

/** Of several rules of one name the one that says most of these labels. */
function ruleOf(labels: Labels, rules: readonly CompiledAlert[]): CompiledAlert | undefined {
  return rules.toSorted((a, b) => size(b) - size(a)).find(({ rule }) => carries(labels, rule.labels));
}

function size({ rule }: CompiledAlert): number {
  return Object.keys(rule.labels).length;
}
