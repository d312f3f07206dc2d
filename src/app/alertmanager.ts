import { configYaml } from '../http/alertmanager/configYaml.ts';
import type { AlertmanagerDeps } from '../http/alertmanager/routes.ts';
import { showAlert } from '../http/alertmanager/showAlert.ts';
import type { Clock } from '../io/clock.ts';
import type { Runtime } from '../jobs/runtime.ts';
import type { RunningWorker } from '../jobs/worker.ts';
import type { Config } from '../model/config.ts';
import type { Store } from '../model/store.ts';

interface Parts {
  readonly config: Config;
  readonly version: string;
  readonly clock: Clock;
  readonly store: Store;
  readonly runtime: Runtime;
  readonly poster: RunningWorker['poster'];
}

/** What Alertmanager's API answers from: the alerts of this Tocsin and those that were posted to it, its routes and its silences. */
export function alertmanagerOf({ config, version, clock, store, runtime, poster }: Parts): AlertmanagerDeps {
  return {
    now: clock.now,
    startedAt: clock.now(),
    version,
    post: async (received) => poster.post(received),
    alerts: async () => {
      const { live } = runtime;
      const now = clock.now();
      const [own, posted, silences] = await Promise.all([
        store.alerts([...live.alertRules.keys()]),
        poster.firing(),
        store.silences(now),
      ]);
      const firing = [...own.filter(({ state }) => state === 'firing'), ...posted];
      const showing = {
        ...{ firing, inhibit: config.inhibit ?? [] },
        ruleOf: (name: string) => live.alertRules.get(name),
        assetOf: (id: string) => live.rules.assets[id],
        route: config.route,
        silences: silences.filter(({ startsAt, endsAt }) => startsAt <= now && now < endsAt),
        now,
      };
      return firing.map((alert) => showAlert(alert, showing));
    },
    receivers: () => config.receivers.map(({ name }) => name),
    configuration: () => configYaml(config),
    silences: {
      all: async () => store.silences(clock.now()),
      one: store.silence,
      add: store.addSilence,
      edit: store.editSilence,
      expire: store.expireSilence,
    },
  };
}
