import type { AlertLevel, Transition } from '../model/alert.ts';
import type { Route } from '../model/config.ts';
import { printLabels } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { Telling } from '../model/store.ts';
import { matches } from './match.ts';

/** Labels as routes, silences and templates see them: the level is the label `severity`. */
export function withSeverity(labels: Labels, rule: string, level: AlertLevel): Labels {
  return { ...labels, alertname: rule, ...(level !== null && { severity: level }) };
}

/** The leaves of the routing tree that take this label set, with the matchers on the way to each as its path. */
export function routesFor(
  route: Route,
  labels: Labels,
  path = '',
): readonly { readonly route: Route; readonly path: string }[] {
  if (!route.matchers.every((matcher) => matches(matcher, labels[matcher.name] ?? ''))) return [];
  const here = `${path}{${route.matchers.map(({ name, op, value }) => `${name}${op}${JSON.stringify(value)}`).join(',')}}`;
  const found = [];
  for (const child of route.routes) {
    const below = routesFor(child, labels, here);
    found.push(...below);
    if (below.length > 0 && !child.continue) break;
  }
  return found.length > 0 ? found : [{ route, path: here }];
}

/**
 * Who is told about a transition. A change of level tells the receivers of the old level too, so that nobody waits for an end
 * that goes elsewhere.
 */
export function tellingsFor(root: Route, transition: Transition): readonly Telling[] {
  if (transition.kind === 'pending' || transition.kind === 'cancelled') return [];
  const levels = transition.kind === 'level' ? [transition.from, transition.to] : [transition.to ?? transition.from];
  const flush = transition.to === 'critical';
  const tellings = new Map<string, Telling>();
  for (const level of levels) {
    const labels = withSeverity(transition.labels, transition.rule, level);
    for (const { route, path } of routesFor(root, labels)) {
      const groupLabels = Object.fromEntries(
        route.groupBy.flatMap((name) => (labels[name] ? [[name, labels[name]]] : [])),
      );
      const groupKey = `${path}:${printLabels(groupLabels)}`;
      const { groupWait, groupInterval, repeatInterval } = route;
      for (const receiver of route.receivers)
        tellings.set(`${receiver}\n${groupKey}`, {
          receiver,
          groupKey,
          groupLabels,
          flush,
          groupWait,
          groupInterval,
          repeatInterval,
        });
    }
  }
  return [...tellings.values()];
}
