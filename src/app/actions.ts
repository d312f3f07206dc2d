import type { ServerDeps } from '../http/server.ts';
import { shownLabels } from '../dispatch/shown.ts';
import type { Clock } from '../io/clock.ts';
import { createQuiet } from '../jobs/quiet.ts';
import type { Config } from '../model/config.ts';
import type { Store } from '../model/store.ts';

/** Transitions that the page of an alert shows. */
const HISTORY = 100;

/** What people see and do of single alerts, and the record of what they were refused. */
export function actionsOf(
  store: Store,
  clock: Clock,
  { unackAfter }: Pick<Config, 'unackAfter'>,
): Pick<ServerDeps, 'alert' | 'actions' | 'refused'> {
  const quiet = createQuiet(clock.machineNow);
  return {
    alert: async (id) => {
      const [history, notes] = await Promise.all([store.alertHistory(id, HISTORY), store.notes(id)]);
      return history && { id, ...history, notes, unackAfter };
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
