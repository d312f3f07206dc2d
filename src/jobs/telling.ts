import type { Config } from '../model/config.ts';
import type { Notifier } from '../model/notification.ts';
import type { Store } from '../model/store.ts';
import { decideFor } from './decide.ts';
import { claimDue, deliver } from './deliver.ts';
import type { Claimed, DeliverDeps } from './deliver.ts';
import { makeMessage } from './message.ts';
import { createMoney } from './money.ts';
import type { Say } from './own.ts';
import { Recorder } from './record.ts';
import type { Runtime } from './runtime.ts';
import { Teller } from './teller.ts';

interface TellingDeps extends Pick<DeliverDeps, 'log' | 'delivered' | 'now' | 'machineNow'> {
  readonly config: Config;
  readonly store: Store;
  readonly runtime: Runtime;
  readonly notifiers: ReadonlyMap<string, Notifier>;
  readonly say: Say;
  readonly onError: (error: unknown) => void;
}

/** Makes what tells people what is due in the store. */
export function createTeller(deps: TellingDeps): Teller<Claimed> {
  const { config, store, say } = deps;
  const money = createMoney(store, deps.machineNow);
  const delivering: DeliverDeps = {
    ...deps,
    recorder: new Recorder(deps),
    decide: async (claim, now) => decideFor(claim, now, { config, store }),
    fallbackOf: (receiver) => config.receivers.find(({ name }) => name === receiver)?.fallback,
    compose: async (claim, now) => makeMessage(claim, now, { ...deps, money }),
    onReceiver: async (receiver, alive) => say('tocsin_receiver_up', { receiver }, alive ? 1 : 0),
  };
  return new Teller({
    ...deps,
    claim: async (keys) => claimDue(keys, deps),
    keyOf: ({ claim }) => claim,
    tell: async (claimed) => deliver(claimed, delivering),
  });
}
