import { routesFor } from '../dispatch/route.ts';
import type { Route } from '../model/config.ts';
import { formatDuration } from '../model/duration.ts';
import { readConfiguration } from './configuration.ts';
import type { Choices } from './configuration.ts';
import type { Output } from './output.ts';

/** `tocsin routes show`: the routing tree, one node a line. */
export function showRoutes(choices: Choices, output: Output): number {
  output.stdout.write(`${linesOf(readConfiguration(choices).settings.route, 0).join('\n')}\n`);
  return 0;
}

/** `tocsin routes test severity=critical`: who would be told of an alert with these labels, as `amtool config routes test` says it, and who later, a line each. */
export function testRoutes(pairs: readonly string[], choices: Choices, output: Output): number {
  const split = pairs.map((pair) => /^([^=]+)=(.*)$/s.exec(pair));
  const wrong = split.findIndex((match) => match === null);
  if (wrong >= 0) {
    output.stdout.write(`found "${pairs[wrong]}"; expected a label such as severity=critical\n`);
    return 1;
  }
  const labels = Object.fromEntries(split.map((match) => [match![1]!, match![2]!]));
  const { route } = readConfiguration(choices).settings;
  const found = routesFor(route, labels).map((each) => each.route);
  const told = found.flatMap(({ named, receivers }) => named ?? receivers).join(',');
  const later = found.flatMap(({ escalate = [] }) => escalate.map(laterOf));
  output.stdout.write(`${[told, ...later].join('\n')}\n`);
  return 0;
}

function laterOf({ after, receivers }: NonNullable<Route['escalate']>[number]): string {
  return `after ${formatDuration(after)} ${receivers.join(' and ')}`;
}

function linesOf(route: Route, depth: number): readonly string[] {
  const { matchers, receivers, groupBy, groupWait, groupInterval, repeatInterval } = route;
  const takes =
    matchers.map(({ name, op, value }) => `${name}${op}${JSON.stringify(value)}`).join(', ') || 'everything';
  const timers = [groupWait, groupInterval, repeatInterval].map(formatDuration).join('/');
  const more = [
    ...(route.escalate ?? []).map((each) => `, ${laterOf(each)}`),
    ...(route.muteTimes ?? []).map(({ name }) => `, not during ${name}`),
    ...(route.activeTimes ?? []).map(({ name }) => `, only during ${name}`),
    ...(route.continue ? [', and goes on'] : []),
  ].join('');
  const line = `${'  '.repeat(depth)}${takes} → ${receivers.join(', ')} (by ${groupBy.join(', ') || 'nothing'}, ${timers})${more}`;
  return [line, ...route.routes.flatMap((child) => linesOf(child, depth + 1))];
}
