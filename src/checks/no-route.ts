import type { Config } from '../model/config.ts';
import type { Labels } from '../model/labels.ts';
import type { Check } from './finding.ts';
import { expectedLabels, severitiesOf, takers } from './telling.ts';

/** An alert that reaches nobody: only the log and the inbox of the dashboard take it. */
export const noRoute: Check = {
  id: 'no-route',
  severity: 'warning',
  run: (world) => {
    const { telling } = world;
    if (telling === undefined) return [];
    return world.alerts.flatMap(({ rule, plan }) =>
      severitiesOf(rule).flatMap((severity) => {
        const quiet = expectedLabels(plan, world.inputs).find(
          (labels) => !isTold({ ...labels, ...rule.labels, ...severity, alertname: rule.alert }, telling),
        );
        if (quiet === undefined) return [];
        const level = severity['severity'] === undefined ? '' : ` at ${severity['severity']}`;
        const whose = quiet['asset'] === undefined ? '' : ` for ${quiet['asset']}`;
        const message = `"${rule.alert}"${level}${whose} goes to no receiver but the log or the inbox, so nobody is told. Add a route in tocsin.yaml, or a receiver such as slack_webhook to one.`;
        return [{ at: { rule }, path: ['alert'], message }];
      }),
    );
  },
};

function isTold(labels: Labels, { route, receivers }: Pick<Config, 'route' | 'receivers'>): boolean {
  return takers(route, labels).some((name) => {
    const kind = receivers.find((receiver) => receiver.name === name)?.kind;
    return kind !== 'log' && kind !== 'inbox';
  });
}
