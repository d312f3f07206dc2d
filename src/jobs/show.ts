import { alertId } from '../model/alert.ts';
import type { Notification, Notifier } from '../model/notification.ts';
import type { Claim } from '../model/claim.ts';
import type { Store } from '../model/store.ts';
import { reasonOf } from './quiet.ts';

export interface ShowDeps {
  readonly store: Pick<Store, 'claimStale' | 'unclaim'>;
  readonly notifiers: ReadonlyMap<string, Notifier>;
  readonly compose: (claim: Claim, now: number) => Promise<Notification>;
  /** Judging and machine clock, unix ms. */
  readonly now: () => number;
  readonly machineNow: () => number;
  readonly log: (level: 'warn', event: Readonly<Record<string, unknown>>, message: string) => void;
}

/** An edit is given up after this long: what is to be told waits for it: machine ms. */
const EDIT_MS = 5000;
const CLAIM_MS = 30_000;

/**
 * Shows what people have just said of alerts, by an acknowledgement or a silence from anywhere, where their message stands to be
 * edited. It tells nothing: what is untold stays so, and is due when it was. An edit that fails is made up for by the next message.
 */
async function showStale(deps: ShowDeps): Promise<void> {
  const { store, notifiers, now, machineNow } = deps;
  const receivers = [...notifiers].flatMap(([name, { update }]) => (update === undefined ? [] : [name]));
  if (receivers.length === 0) return;
  const claims = await store.claimStale(receivers, { now: now(), machineNow: machineNow(), claimMs: CLAIM_MS });
  await Promise.all(
    claims.map(async (claim) => {
      await show(claim, deps);
      await store.unclaim([claim]);
    }),
  );
}

/** Makes what shows it once in a while, one time after another; `settled` waits for the one that runs. */
export function createShow(deps: ShowDeps & { readonly onError: (error: unknown) => void }) {
  let running: Promise<void> | undefined;
  return {
    run: (): void => {
      running ??= showStale(deps)
        .catch(deps.onError)
        .finally(() => (running = undefined));
    },
    settled: async (): Promise<void> => running,
  };
}

async function show(claim: Claim, { notifiers, compose, now, log }: ShowDeps): Promise<void> {
  const { believed = {} } = claim.muting ?? {};
  const alerts = claim.alerts.filter((alert) => alert.state === 'firing' && believed[alertId(alert)] !== undefined);
  if (alerts.length === 0) return;
  try {
    const notification = await compose({ ...claim, alerts, untold: [] }, now());
    // They all go elsewhere since the configuration changed.
    if (notification.alerts.length === 0) return;
    await notifiers.get(claim.receiver)?.update?.({ ...notification, reminder: false }, AbortSignal.timeout(EDIT_MS));
  } catch (error) {
    const { receiver, groupKey: group } = claim;
    log('warn', { receiver, group, reason: reasonOf(error) }, 'message not edited; the next one shows it');
  }
}
