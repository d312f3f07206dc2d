import { stringify } from 'yaml';
import type { Config, Route } from '../../model/config.ts';
import { formatDuration } from '../../model/duration.ts';
import { namedReceivers } from '../../config/route.ts';
import { RESOLVE_TIMEOUT } from './postable.ts';

/**
 * Where alerts are told, as a configuration that Alertmanager reads. What receivers are made of stays here: it holds secrets, and
 * most of it Alertmanager does not know. Several receivers of one route are one there, whose name lists them.
 */
export function configYaml({ route, receivers }: Pick<Config, 'route' | 'receivers'>): string {
  const names = new Set([...receiversOf(route), ...namedReceivers(route), ...receivers.map(({ name }) => name)]);
  const file = {
    global: { resolve_timeout: formatDuration(RESOLVE_TIMEOUT) },
    route: nodeOf(route),
    receivers: [...names].map((name) => ({ name })),
    templates: [],
  };
  return stringify(file, { aliasDuplicateObjects: false });
}

function nodeOf(route: Route, parent?: Route): object {
  const { groupBy, matchers, routes, groupWait, groupInterval, repeatInterval } = route;
  return {
    receiver: nameOf(route),
    ...(groupBy.length > 0 && { group_by: groupBy }),
    ...(matchers.length > 0 && {
      matchers: matchers.map(({ name, op, value }) => `${name}${op}${JSON.stringify(value)}`),
    }),
    ...(parent !== undefined && { continue: route.continue }),
    ...(routes.length > 0 && { routes: routes.map((child) => nodeOf(child, route)) }),
    group_wait: formatDuration(groupWait),
    // Alertmanager refuses zero.
    group_interval: formatDuration(Math.max(1, groupInterval)),
    repeat_interval: formatDuration(Math.max(1, repeatInterval)),
  };
}

function nameOf({ receivers }: Route): string {
  return receivers.join(', ');
}

function receiversOf(route: Route): readonly string[] {
  return [nameOf(route), ...route.routes.flatMap(receiversOf)];
}
