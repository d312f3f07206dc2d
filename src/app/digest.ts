import type { Settings } from '../config/loadConfig.ts';
import type { Clock } from '../io/clock.ts';
import { createDigest } from '../jobs/digest.ts';
import type { Runtime } from '../jobs/runtime.ts';
import type { Notifier } from '../model/notification.ts';
import type { Status } from '../model/status.ts';
import type { Store } from '../model/store.ts';
import { composeDigest } from '../notifiers/digest.ts';
import type { AppOptions } from './options.ts';

interface Deps extends Pick<AppOptions, 'log'> {
  readonly store: Store;
  readonly clock: Clock;
  readonly runtime: Runtime;
  readonly notifiers: ReadonlyMap<string, Notifier>;
  readonly status: () => Promise<Status>;
}

/** Episodes that are counted; a message shows fewer. */
const MOST = 1000;

/** Sends the digest when it is time; to be called after each tick. */
export function digestOf(settings: Settings, digest: NonNullable<Settings['digest']>, deps: Deps): () => Promise<void> {
  const { store, clock, runtime, notifiers, status, log } = deps;
  return createDigest({
    ...{ digest, store, notifiers, now: clock.now, machineNow: clock.machineNow },
    compose: async (from, slot) =>
      composeDigest({
        ...{ from, slot, timezone: digest.timezone, dashboardUrl: settings.dashboard.externalUrl },
        disabled: runtime.live.rules.disabled ?? [],
        episodes: await store.episodes(from, MOST),
        status: await status(),
      }),
    log: (level, event, message) => log[level](event, message),
  });
}
