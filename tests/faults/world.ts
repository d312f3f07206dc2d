import type { Pool } from 'pg';
import { Evaluator } from '../../src/jobs/evaluate.ts';
import { decideFor } from '../../src/jobs/decide.ts';
import { claimDue, deliver } from '../../src/jobs/deliver.ts';
import type { Live } from '../../src/jobs/live.ts';
import { makeMessage } from '../../src/jobs/message.ts';
import { Recorder } from '../../src/jobs/record.ts';
import { Runtime } from '../../src/jobs/runtime.ts';
import { openWindows } from '../../src/jobs/windows.ts';
import type { Notifier } from '../../src/model/notification.ts';
import type { DueKey } from '../../src/model/claim.ts';
import type { Store } from '../../src/model/store.ts';
import { Windows } from '../../src/series/index.ts';
import { openStore } from '../../src/store/index.ts';
import { poolOf } from './crashes.ts';
import type { Life } from './crashes.ts';
import { live as usual, MAX_AGE } from './rules.ts';
import type { Setting } from './rules.ts';

/** Judging and machine clock, unix ms. */
export interface Clocks {
  readonly now: () => number;
  readonly machineNow: () => number;
}

export interface ProcessOptions {
  readonly pool: Pool;
  readonly life: Life;
  readonly clocks: Clocks;
  readonly setting: Setting;
  /** The rules, if they are others than the stories'. */
  readonly live?: Live;
  readonly notifiers: ReadonlyMap<string, Notifier>;
  /** Hears that the last message accepted has been written down. */
  readonly onWritten: () => void;
}

/** The worker as the fault suite runs it: the real store, evaluator and dispatcher, one turn after the other. */
export interface Process {
  readonly life: Life;
  readonly store: Store;
  readonly read: (prices: ReadonlyMap<string, number>) => Promise<void>;
  readonly judge: () => Promise<void>;
  readonly due: () => Promise<readonly DueKey[]>;
  readonly tell: (key: DueKey) => Promise<void>;
}

/** Reads prices, judges them, tells what is due. */
export async function turn({ read, judge, due, tell }: Process, prices: ReadonlyMap<string, number>): Promise<void> {
  if (prices.size > 0) await read(prices);
  await judge();
  for (const key of await due()) await tell(key);
}

export async function startProcess(options: ProcessOptions): Promise<Process> {
  const { life, clocks, setting, notifiers, live = usual } = options;
  const store = await openStore({ pool: poolOf(options.pool, life), log: () => undefined });
  const runtime = new Runtime(live, await openWindows(store, new Windows(live.needs), live, clocks.now()));
  const evaluator = new Evaluator({ store, runtime, route: setting.route, inhibit: setting.inhibit });
  const config = { ...setting, timezone: 'UTC', dashboard: { host: '127.0.0.1', port: 0 } };
  const deps = {
    recorder: new Recorder({ store, ...clocks }),
    ...{ store, notifiers, ...clocks, log: () => undefined, delivered: options.onWritten },
    decide: async (claim: Parameters<typeof decideFor>[0], now: number) => decideFor(claim, now, { config, store }),
    fallbackOf: (receiver: string) => setting.fallback?.[receiver],
    compose: async (claim: Parameters<typeof makeMessage>[0], now: number) =>
      makeMessage(claim, now, { config, runtime, store, notifiers, money: async () => () => undefined }),
    onReceiver: async () => undefined,
  };
  return {
    life,
    store,
    read: async (prices) => store.saveReadings([readingOf(prices, clocks.now())]),
    judge: async () => void (await evaluator.evaluate('g', clocks.now())),
    due: async () => store.dueGroups(clocks.now(), clocks.machineNow()),
    tell: async (key) => {
      for (;;) {
        const [claimed] = await claimDue([key], deps);
        if (claimed === undefined || !(await deliver(claimed, deps))) return;
      }
    },
  };
}

export function readingOf(prices: ReadonlyMap<string, number>, at: number) {
  const samples = [...prices].flatMap(([asset, value]) => [
    { metric: 'price_usd', labels: { asset }, value, at },
    { metric: 'depth_usd', labels: { asset }, value: value * 1.2, at },
  ]);
  return { source: 'pool', seenAt: at, tookMs: 1, origin: {}, samples, maxAge: MAX_AGE };
}
