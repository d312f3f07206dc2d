import { indexMoney, MONEY_METRICS } from '../dispatch/at-risk.ts';
import type { AtRiskOf } from '../dispatch/at-risk.ts';
import type { Store } from '../model/store.ts';
import type { LatestValue } from '../model/stored.ts';

/** Read again after this long: machine ms. A storm of messages asks once. */
const KEPT = 10_000;

/** Says what money hangs on an alert; `now` is unix ms on the judging clock. Nothing when the store does not answer. */
export type Money = (now: number) => Promise<AtRiskOf>;

/** Keeps the latest values of what says how much money there is, for a few seconds. */
export function createMoney(store: Pick<Store, 'latest'>, machineNow: () => number): Money {
  let readAt = -Infinity;
  let reading: Promise<readonly LatestValue[]> = Promise.resolve([]);
  let indexed: { readonly latest: readonly LatestValue[]; readonly at: number; readonly of: AtRiskOf } | undefined;
  return async (now) => {
    if (machineNow() - readAt > KEPT) {
      readAt = machineNow();
      reading = store.latest(MONEY_METRICS).catch(() => []);
    }
    const latest = await reading;
    if (indexed?.latest !== latest) indexed = { latest, at: now, of: indexMoney(latest, now) };
    return indexed.of;
  };
}
