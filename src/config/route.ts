import type { Escalation, Route, TimeInterval, Timers } from '../model/config.ts';
import type { ConfigError } from './error.ts';
import { readMatching } from './matching.ts';
import { unknownWord } from './nearest.ts';
import type { RouteInput } from './routingSchema.ts';
import type { Path, YamlFile } from './yamlFile.ts';

/** Alertmanager's own defaults, ms. */
const TIMERS: Timers = { groupWait: 30_000, groupInterval: 300_000, repeatInterval: 14_400_000 };

/** What the top of the tree inherits: everyone is told, one message per alert name and asset. */
export function defaultRoute(receivers: readonly string[]): Route {
  return { receivers, groupBy: ['alertname', 'asset'], ...TIMERS, matchers: [], routes: [], continue: false };
}

export interface RouteCheck {
  readonly yaml: YamlFile;
  readonly receivers: readonly string[];
  readonly times: readonly TimeInterval[];
  readonly complain: (error: ConfigError) => void;
}

/** Fills in what a node does not say from its parent; complains of receivers, matchers and time intervals that are wrong. */
export function resolveRoute(input: RouteInput, parent: Route, path: Path, checked: RouteCheck): Route {
  const muteTimes = timesOf(input, 'mute_time_intervals', path, checked);
  const activeTimes = timesOf(input, 'active_time_intervals', path, checked);
  const escalate = input.escalate ? escalationsOf(input.escalate, path, checked) : parent.escalate;
  const node: Route = {
    receivers: receiversOf(input, path, checked) ?? parent.receivers,
    groupBy: input.group_by ?? parent.groupBy,
    ...timersOf(input, parent),
    matchers: readMatching(input, path, checked),
    ...(muteTimes.length > 0 && { muteTimes }),
    ...(activeTimes.length > 0 && { activeTimes }),
    ...(escalate && escalate.length > 0 && { escalate }),
    routes: [],
    continue: input.continue ?? false,
  };
  const routes = (input.routes ?? []).map((child, index) =>
    resolveRoute(child, node, [...path, 'routes', index], checked),
  );
  return { ...node, routes };
}

function timersOf(input: RouteInput, parent: Timers): Timers {
  return {
    groupWait: input.group_wait ?? parent.groupWait,
    groupInterval: input.group_interval ?? parent.groupInterval,
    repeatInterval: input.repeat_interval ?? parent.repeatInterval,
  };
}

interface Receiving {
  readonly receiver?: string | undefined;
  readonly receivers?: readonly string[] | undefined;
}

function receiversOf({ receiver, receivers }: Receiving, path: Path, { yaml, receivers: known, complain }: RouteCheck) {
  if (receiver !== undefined && receivers !== undefined)
    complain(yaml.errorAtKey([...path, 'receiver'], 'found receiver and receivers; expected one of them'));
  const named = [
    ...(receiver === undefined ? [] : [{ name: receiver, at: [...path, 'receiver'] }]),
    ...(receivers ?? []).map((name, index) => ({ name, at: [...path, 'receivers', index] })),
  ];
  for (const { name, at } of named)
    if (!known.includes(name)) complain(yaml.error(at, unknownWord('receiver', name, known)));
  return named.length === 0 ? undefined : named.map(({ name }) => name);
}

function timesOf(
  input: RouteInput,
  key: 'mute_time_intervals' | 'active_time_intervals',
  path: Path,
  { yaml, times, complain }: RouteCheck,
): readonly TimeInterval[] {
  return (input[key] ?? []).flatMap((name, index) => {
    const found = times.find((interval) => interval.name === name);
    if (found) return [found];
    const known = times.map((interval) => interval.name);
    complain(yaml.error([...path, key, index], unknownWord('time interval', name, known)));
    return [];
  });
}

function escalationsOf(
  steps: NonNullable<RouteInput['escalate']>,
  path: Path,
  checked: RouteCheck,
): readonly Escalation[] {
  return steps.flatMap((step, index) => {
    const at = [...path, 'escalate', index];
    const receivers = receiversOf(step, at, checked);
    if (receivers) return [{ after: step.after, receivers }];
    checked.complain(checked.yaml.error(at, 'missing key "receiver": who is told then'));
    return [];
  });
}

/** Every receiver that some node of the tree names. */
export function namedReceivers(route: Route): ReadonlySet<string> {
  const escalated = (route.escalate ?? []).flatMap(({ receivers }) => receivers);
  return new Set([...route.receivers, ...escalated, ...route.routes.flatMap((child) => [...namedReceivers(child)])]);
}
