import type { Config } from '../model/config.ts';
import type { Notifier } from '../model/notification.ts';
import type { Claim, DueKey } from '../model/claim.ts';
import type { Store } from '../model/store.ts';
import { decideFor } from './decide.ts';
import { createAhead } from './ahead.ts';
import { claimDue, giveUp, prepare } from './deliver.ts';
import type { Claimed, DeliverDeps } from './deliver.ts';
import { makeMessage } from './message.ts';
import { createMoney } from './money.ts';
import { createNumbers } from './numbers.ts';
import type { Say } from './own.ts';
import { Recorder } from './record.ts';
import type { Runtime } from './runtime.ts';
import { createShow } from './show.ts';
import { Teller } from './teller.ts';

interface TellingDeps extends Pick<DeliverDeps, 'log' | 'delivered' | 'now' | 'machineNow'> {
  readonly config: Config;
  readonly store: Store;
  readonly runtime: Runtime;
  readonly notifiers: ReadonlyMap<string, Notifier>;
  readonly say: Say;
  /** True while more is about to come for a group. */
  readonly isGrowing: (key: DueKey) => boolean;
  readonly onError: (error: unknown) => void;
}

/** Makes what tells people what is due in the store, and what shows them what others have said of it. */
export function createTelling(deps: TellingDeps) {
  const { config, store, say } = deps;
  const money = createMoney(store, deps.machineNow);
  const compose = async (claim: Claim, now: number) => makeMessage(claim, now, { ...deps, money });
  const delivering: DeliverDeps = {
    ...deps,
    recorder: new Recorder(deps),
    decide: async (claim, now) => decideFor(claim, now, { config, store }),
    fallbackOf: (receiver) => config.receivers.find(({ name }) => name === receiver)?.fallback,
    compose,
    onReceiver: async (receiver, alive) => say('tocsin_receiver_up', { receiver }, alive ? 1 : 0),
  };
  const teller = new Teller<Claimed>({
    ...deps,
    claim: async (keys) => claimDue(keys, deps),
    keyOf: ({ claim }) => claim,
    unclaim: async (claims) => giveUp(claims, deps),
    prepare: async (claimed) => prepare(claimed, delivering),
  });
  const numbers = createNumbers(store);
  const ahead = createAhead({ ...deps, numbers, teller, inhibit: config.inhibit });
  return { teller, ahead, expect: numbers.expect, show: createShow({ ...deps, compose }) };
}
