import type { ServerDeps } from '../http/server.ts';
import { shownLabels } from '../dispatch/shown.ts';
import type { Clock } from '../io/clock.ts';
import { gatherDetail } from '../jobs/alertDetail.ts';
import { createQuiet } from '../jobs/quiet.ts';
import type { Runtime } from '../jobs/runtime.ts';
import type { Config } from '../model/config.ts';
import type { Store } from '../model/store.ts';

export interface ActionParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly runtime: Runtime;
  readonly config: Pick<Config, 'unackAfter' | 'timezone'>;
}

/** What people see and do of single alerts, and the record of what they were refused. */
export function actionsOf({
  store,
  clock,
  runtime,
  config,
}: ActionParts): Pick<ServerDeps, 'alert' | 'actions' | 'refused'> {
  const quiet = createQuiet(clock.machineNow);
  const { unackAfter, timezone } = config;
  return {
    alert: async (id) => {
      const detail = await gatherDetail(id, { store, runtime, now: clock.now(), timezone });
      return detail && { ...detail, unackAfter };
    },
    actions: {
      store,
      unackAfter,
      now: clock.now,
      labelsOf: async (id) => {
        const history = await store.alertHistory(id, 1);
        return history && shownLabels({ ...history, level: null });
      },
    },
    refused: ({ path, address, reason }) => {
      const entry = { by: address, via: path.startsWith('/api/') ? 'api' : 'dashboard', at: clock.now() };
      const line = { ...entry, action: 'refused', subject: path, refused: reason };
      // Whoever tries again and again fills no disk.
      quiet(`${address} ${path}`, () => void store.writeAudit(line).catch(() => undefined));
    },
  };
}
