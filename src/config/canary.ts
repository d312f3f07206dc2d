import type { Route, Schedule } from '../model/config.ts';
import type { ConfigError } from './error.ts';
import { unknownWord } from './nearest.ts';
import type { SettingsInput } from './settingsSchema.ts';
import type { YamlFile } from './yamlFile.ts';

interface Reading {
  readonly yaml: YamlFile;
  /** Names that are known. */
  readonly receivers: readonly string[];
  readonly complain: (error: ConfigError) => void;
}

/** A time of the day as written, `08:00`, with its zone. */
export function readSchedule(at: string, every: Schedule['every'], timezone: string): Schedule {
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  return { minute: hour * 60 + minute, every, timezone };
}

/** Complains of receivers that are not written. */
export function checkReceivers(names: readonly string[], section: string, reading: Reading): void {
  const { yaml, receivers, complain } = reading;
  for (const [index, name] of names.entries())
    if (!receivers.includes(name))
      complain(yaml.error([section, 'receivers', index], unknownWord('receiver', name, receivers)));
}

/** Sends the canary to receivers of its own, at once, before any other route is looked at. */
export function withCanary(route: Route, canary: SettingsInput['canary'], reading: Reading): Route {
  if (canary?.receivers === undefined) return route;
  checkReceivers(canary.receivers, 'canary', reading);
  const matchers = [{ name: 'canary', op: '=' as const, value: 'true' }];
  const { groupInterval, repeatInterval, groupBy } = route;
  const timers = { groupWait: 0, groupInterval, repeatInterval };
  const own: Route = { ...timers, groupBy, matchers, receivers: canary.receivers, routes: [], continue: false };
  return { ...route, routes: [own, ...route.routes] };
}
