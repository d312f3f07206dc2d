import { stringify } from 'yaml';
import type { Config, InhibitRule, Route } from '../../model/config.ts';
import type { Matcher } from '../../model/labels.ts';
import { formatDuration } from '../../model/duration.ts';
import { namedReceivers } from '../../config/route.ts';
import { RESOLVE_TIMEOUT } from './postable.ts';
import { timesYaml } from './timesYaml.ts';

/**
 * Where alerts are told, as a configuration that Alertmanager reads. What receivers are made of stays here: it holds secrets, and
 * most of it Alertmanager does not know. Several receivers of one route are one there, whose name lists them. Escalations, fallbacks and
 * quiet times of the first route are ours alone and left out.
 */
export function configYaml({
  route,
  receivers,
  inhibit = [],
}: Pick<Config, 'route' | 'receivers' | 'inhibit'>): string {
  const names = new Set([...receiversOf(route), ...namedReceivers(route), ...receivers.map(({ name }) => name)]);
  const times = timesYaml({ ...route, muteTimes: [], activeTimes: [] });
  const file = {
    global: { resolve_timeout: formatDuration(RESOLVE_TIMEOUT) },
    route: nodeOf(route),
    ...(inhibit.length > 0 && { inhibit_rules: inhibit.map(inhibitYaml) }),
    receivers: [...names].map((name) => ({ name })),
    ...(times.length > 0 && { time_intervals: times }),
    templates: [],
  };
  return stringify(file, { aliasDuplicateObjects: false });
}

function nodeOf(route: Route, parent?: Route): object {
  const { groupBy, matchers, routes, groupWait, groupInterval, repeatInterval } = route;
  return {
    receiver: nameOf(route),
    ...(groupBy.length > 0 && { group_by: groupBy }),
    ...(matchers.length > 0 && { matchers: matchersYaml(matchers) }),
    ...(parent !== undefined && { continue: route.continue, ...quietTimes(route) }),
    ...(routes.length > 0 && { routes: routes.map((child) => nodeOf(child, route)) }),
    group_wait: formatDuration(groupWait),
    // Alertmanager refuses zero.
    group_interval: formatDuration(Math.max(1, groupInterval)),
    repeat_interval: formatDuration(Math.max(1, repeatInterval)),
  };
}

function matchersYaml(matchers: readonly Matcher[]): readonly string[] {
  return matchers.map(({ name, op, value }) => `${name}${op}${JSON.stringify(value)}`);
}

function quietTimes({ muteTimes = [], activeTimes = [] }: Route): object {
  return {
    ...(muteTimes.length > 0 && { mute_time_intervals: muteTimes.map(({ name }) => name) }),
    ...(activeTimes.length > 0 && { active_time_intervals: activeTimes.map(({ name }) => name) }),
  };
}

function inhibitYaml({ source, target, equal }: InhibitRule): object {
  return {
    source_matchers: matchersYaml(source),
    target_matchers: matchersYaml(target),
    ...(equal.length > 0 && { equal }),
  };
}

function nameOf({ receivers, named }: Route): string {
  return named ?? receivers.join(', ');
}

function receiversOf(route: Route): readonly string[] {
  return [nameOf(route), ...route.routes.flatMap(receiversOf)];
}
