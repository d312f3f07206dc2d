import type { Config } from '../model/config.ts';
import type { Labels } from '../model/labels.ts';
import type { Check, Problem } from './finding.ts';
import { expectedLabels, severitiesOf, takers } from './telling.ts';
import type { World } from './world.ts';

type Telling = Pick<Config, 'route' | 'receivers'>;

/** An alert that reaches nobody: only the log and the inbox of the dashboard take it. */
export const noRoute: Check = {
  id: 'no-route',
  severity: 'warning',
  run: (world) => {
    const { telling } = world;
    if (telling === undefined) return [];
    return telling.receivers.some(({ kind }) => tells(kind)) ? unrouted(world, telling) : unheard(world);
  },
};

function tells(kind: string | undefined): boolean {
  return kind !== 'log' && kind !== 'inbox';
}

/** Where nobody is told of anything, that is said once for each file. */
function unheard({ alerts }: World): readonly Problem[] {
  const firsts = new Map(alerts.toReversed().map(({ rule }) => [rule.position.file, rule]));
  const message =
    'No alert of this file is told to anybody: there is no receiver but the log and the inbox. Add one, such as slack_webhook, in tocsin.yaml.';
  return [...firsts.values()].map((rule) => ({ at: { rule }, path: ['alert'], message }));
}

function unrouted({ alerts, inputs }: World, telling: Telling): readonly Problem[] {
  return alerts.flatMap(({ rule, plan }) =>
    severitiesOf(rule).flatMap((severity) => {
      const quiet = expectedLabels(plan, inputs).find(
        (labels) => !isTold({ ...labels, ...rule.labels, ...severity, alertname: rule.alert }, telling),
      );
      if (quiet === undefined) return [];
      const level = severity['severity'] === undefined ? '' : ` at ${severity['severity']}`;
      const whose = quiet['asset'] === undefined ? '' : ` for ${quiet['asset']}`;
      const message = `"${rule.alert}"${level}${whose} goes to no receiver but the log or the inbox, so nobody is told. Add a route in tocsin.yaml, or a receiver such as slack_webhook to one.`;
      return [{ at: { rule }, path: ['alert'], message }];
    }),
  );
}

function isTold(labels: Labels, { route, receivers }: Telling): boolean {
  return takers(route, labels).some((name) => tells(receivers.find((receiver) => receiver.name === name)?.kind));
}
