import type { InhibitRule, ReceiverConfig, Route } from '../../model/config.ts';
import { check } from '../check.ts';
import type { ConfigError } from '../error.ts';
import { readInhibitRules } from '../matching.ts';
import { resolveReferences } from '../references.ts';
import type { Lookup } from '../references.ts';
import { defaultRoute, resolveRoute } from '../route.ts';
import { salvage } from '../salvage.ts';
import { readTimeIntervals } from '../timeIntervals.ts';
import { YamlFile } from '../yamlFile.ts';
import { readReceivers } from './receivers.ts';
import type { Reading } from './receivers.ts';
import { fileSchema } from './schema.ts';
import type { FileInput } from './schema.ts';

/** What an `alertmanager.yml` says of who is told. */
export interface AlertmanagerFile {
  readonly route: Route;
  readonly inhibit: readonly InhibitRule[];
  readonly receivers: readonly ReceiverConfig[];
}

export interface AlertmanagerInput extends Lookup, Omit<Reading, 'yaml'> {
  readonly file: string;
  readonly text: string;
  /** Names of the receivers that `tocsin.yaml` has: they stand for those of the same name. */
  readonly own: readonly string[];
  /** Names of all receivers that there are otherwise. */
  readonly known: readonly string[];
}

/** `resolve_timeout` of alerts that are posted without an end. */
const RESOLVE_TIMEOUT = 300_000;

/** Reads Alertmanager's configuration with Alertmanager's meaning; complains of each line that would be lost here. */
export function readAlertmanager(input: AlertmanagerInput): AlertmanagerFile | undefined {
  const { file, text, own, known, complain } = input;
  const yaml = new YamlFile(file, text);
  for (const error of yaml.errors) complain(error);
  if (yaml.errors.length > 0) return undefined;
  for (const error of resolveReferences(yaml, input, ['global', 'receivers'])) complain(error);
  const reading = { ...input, yaml };
  const value = yaml.toJS() ?? {};
  const read = check(fileSchema, { yaml, path: [], value, complain }) ?? salvage(fileSchema, value);
  if (read === undefined) return undefined;
  warnOfFixed(read, reading);
  const named = readReceivers(read, own, reading);
  const parts = new Map([...named].map(([name, list]) => [name, list.map((one) => one.name)]));
  for (const name of known) if (own.includes(name) || !parts.has(name)) parts.set(name, [name]);
  return {
    route: routeOf(read, parts, { yaml, complain }),
    inhibit: readInhibitRules(read.inhibit_rules, { yaml, complain }),
    receivers: [...named.values()].flat(),
  };
}

function warnOfFixed({ templates, global }: FileInput, { yaml, warn }: Reading): void {
  if (templates?.length) warn(yaml.errorAtKey(['templates'], 'templates have no effect here'));
  const { resolve_timeout: timeout = RESOLVE_TIMEOUT } = global;
  if (timeout !== RESOLVE_TIMEOUT)
    warn(yaml.errorAtKey(['global', 'resolve_timeout'], 'an alert posted without an end is held for 5m here'));
}

type Parts = ReadonlyMap<string, readonly string[]>;

function routeOf(
  read: FileInput,
  parts: Parts,
  reading: { readonly yaml: YamlFile; readonly complain: (error: ConfigError) => void },
): Route {
  const { yaml, complain } = reading;
  const { route } = read;
  if (route.receiver === undefined)
    complain(yaml.errorAtKey(['route'], 'missing key "receiver": who is told by default'));
  for (const key of ['matchers', 'match', 'match_re', 'mute_time_intervals', 'active_time_intervals'] as const)
    if (route[key] !== undefined && Object.keys(route[key]).length > 0)
      complain(
        yaml.errorAtKey(
          ['route', key],
          'the first route takes every alert at any time; write this into one of its routes',
        ),
      );
  const times = [
    ...readTimeIntervals(read.time_intervals, 'time_intervals', reading),
    ...readTimeIntervals(read.mute_time_intervals, 'mute_time_intervals', reading),
  ];
  const top = { ...defaultRoute([]), groupBy: [] };
  return spread(resolveRoute(route, top, ['route'], { ...reading, times, receivers: [...parts.keys()] }), parts);
}

/** Names the parts of receivers in place of the receivers; one without any tells nobody. */
function spread(route: Route, parts: Parts): Route {
  const [named = ''] = route.receivers;
  const receivers = route.receivers.flatMap((name) => parts.get(name) ?? []);
  const isSame = receivers.length === 1 && receivers[0] === named;
  const escalate = route.escalate?.map((step) => ({
    ...step,
    receivers: step.receivers.flatMap((name) => parts.get(name) ?? []),
  }));
  return {
    ...route,
    receivers,
    ...(!isSame && route.receivers.length > 0 && { named: route.receivers.join(',') }),
    ...(escalate && { escalate }),
    routes: route.routes.map((child) => spread(child, parts)),
  };
}
