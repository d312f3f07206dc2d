import type { Config, ReceiverConfig, Route, Schedule } from '../model/config.ts';
import type { ConfigError } from './error.ts';
import type { NotifierKinds } from './kinds.ts';
import { unknownWord } from './nearest.ts';
import type { SettingsInput } from './settingsSchema.ts';
import type { YamlFile } from './yamlFile.ts';

/** ms. */
const MINUTE = 60_000;

interface Reading {
  readonly yaml: YamlFile;
  /** Names that are known. */
  readonly receivers: readonly string[];
  readonly complain: (error: ConfigError) => void;
}

/** When the digest and the canary are due. */
export function readDaily({ digest, canary, timezone }: SettingsInput): Pick<Config, 'digest' | 'canary'> {
  return {
    ...(digest && {
      digest: { ...readSchedule(digest.at, digest.every, digest.timezone ?? timezone), receivers: digest.receivers },
    }),
    ...(canary && { canary: readSchedule(canary.at, 'daily', canary.timezone ?? timezone) }),
  };
}

/** A time of the day as written, `08:00`, with its zone. */
function readSchedule(at: string, every: Schedule['every'], timezone: string): Schedule {
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  return { minute: hour * 60 + minute, every, timezone };
}

/** Complains of receivers that are not written, and of those that cannot show a digest. */
export function checkDigest(
  digest: SettingsInput['digest'],
  known: readonly ReceiverConfig[],
  reading: Reading & { readonly notifiers: NotifierKinds },
): void {
  const { yaml, notifiers, complain } = reading;
  checkReceivers(digest?.receivers ?? [], 'digest', reading);
  for (const [index, name] of (digest?.receivers ?? []).entries()) {
    const kind = known.find((each) => each.name === name)?.kind;
    if (kind === undefined || !Object.hasOwn(notifiers, kind) || notifiers[kind]!.digests) continue;
    const able = Object.keys(notifiers).filter((each) => notifiers[each]!.digests);
    const what = `"${name}" is of kind ${kind}, which shows no digest; expected a receiver of kind ${able.join(' or ')}`;
    complain(yaml.error(['digest', 'receivers', index], what));
  }
}

function checkReceivers(names: readonly string[], section: string, reading: Reading): void {
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
  const { repeatInterval, groupBy } = route;
  const timers = { groupWait: 0, groupInterval: Math.min(route.groupInterval, MINUTE), repeatInterval };
  const own: Route = { ...timers, groupBy, matchers, receivers: canary.receivers, routes: [], continue: false };
  return { ...route, routes: [own, ...route.routes] };
}
