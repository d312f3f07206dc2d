import type { Route, Timers } from '../model/config.ts';
import type { Matcher } from '../model/labels.ts';
import type { ConfigError } from './error.ts';
import { parseMatcher } from './matcher.ts';
import { unknownWord } from './nearest.ts';
import type { RouteInput } from './settingsSchema.ts';
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
  readonly complain: (error: ConfigError) => void;
}

/** Fills in what a node does not say from its parent; complains of receivers and matchers that are wrong. */
export function resolveRoute(input: RouteInput, parent: Route, path: Path, checked: RouteCheck): Route {
  const node: Route = {
    receivers: input.receivers ?? parent.receivers,
    groupBy: input.group_by ?? parent.groupBy,
    groupWait: input.group_wait ?? parent.groupWait,
    groupInterval: input.group_interval ?? parent.groupInterval,
    repeatInterval: input.repeat_interval ?? parent.repeatInterval,
    matchers: readMatchers(input.matchers ?? [], [...path, 'matchers'], checked),
    routes: [],
    continue: input.continue ?? false,
  };
  for (const [index, name] of (input.receivers ?? []).entries()) {
    if (checked.receivers.includes(name)) continue;
    checked.complain(
      checked.yaml.error([...path, 'receivers', index], unknownWord('receiver', name, checked.receivers)),
    );
  }
  const routes = (input.routes ?? []).map((child, index) =>
    resolveRoute(child, node, [...path, 'routes', index], checked),
  );
  return { ...node, routes };
}

function readMatchers(texts: readonly string[], path: Path, { yaml, complain }: RouteCheck): readonly Matcher[] {
  return texts.flatMap((text, index) => {
    const matcher = parseMatcher(text);
    if (typeof matcher !== 'string') return [matcher];
    complain(yaml.error([...path, index], matcher));
    return [];
  });
}

/** Every receiver that some node of the tree names. */
export function namedReceivers(route: Route): ReadonlySet<string> {
  return new Set([...route.receivers, ...route.routes.flatMap((child) => [...namedReceivers(child)])]);
}
