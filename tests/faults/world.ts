import type { Pool } from 'pg';
import { readAlerts } from '../../src/http/alertmanager/postable.ts';
import { Evaluator } from '../../src/jobs/evaluate.ts';
import { decideFor } from '../../src/jobs/decide.ts';
import { createAhead } from '../../src/jobs/ahead.ts';
import { createNumbers } from '../../src/jobs/numbers.ts';
import { claimDue, giveUp, prepare } from '../../src/jobs/deliver.ts';
import type { Claimed } from '../../src/jobs/deliver.ts';
import type { Live } from '../../src/jobs/live.ts';
import { makeMessage } from '../../src/jobs/message.ts';
import { Poster } from '../../src/jobs/post.ts';
import { Recorder } from '../../src/jobs/record.ts';
import { Runtime } from '../../src/jobs/runtime.ts';
import { Teller } from '../../src/jobs/teller.ts';
import { openWindows } from '../../src/jobs/windows.ts';
import type { Notifier } from '../../src/model/notification.ts';
import type { DueKey, SentNotification } from '../../src/model/claim.ts';
import type { Post } from '../../src/model/posted.ts';
import type { Store } from '../../src/model/store.ts';
import { Windows } from '../../src/series/index.ts';
import { openStore } from '../../src/store/index.ts';
import { receivedOf } from '../../src/store/posts.ts';
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
  /** Every claim is taken through it. */
  readonly claiming?: (claim: () => Promise<readonly Claimed[]>) => Promise<readonly Claimed[]>;
  /** Hears that a message accepted has been written down. */
  readonly onWritten: (message: SentNotification) => void;
}

/** The worker as the fault suite runs it: the real store, evaluator and dispatcher, one turn after the other. */
export interface Process {
  readonly life: Life;
  readonly store: Store;
  readonly read: (prices: ReadonlyMap<string, number>) => Promise<void>;
  readonly judge: () => Promise<void>;
  /** Takes in what another program posts; resolves once it is kept. */
  readonly post: (posts: readonly Post[]) => Promise<void>;
  /** Resolves once all that was kept is judged. */
  readonly judged: () => Promise<void>;
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
  const { life, clocks, setting, notifiers, live = usual, claiming = async (claim) => claim() } = options;
  const store = await openStore({ pool: poolOf(options.pool, life), log: () => undefined });
  const runtime = new Runtime(live, await openWindows(store, new Windows(live.needs), live, clocks.now()));
  const evaluator = new Evaluator({ store, runtime, route: setting.route, inhibit: setting.inhibit });
  const config = { ...setting, timezone: 'UTC', dashboard: { host: '127.0.0.1', port: 0 } };
  const recorder = new Recorder({ store, ...clocks });
  const deps = {
    recorder: {
      record: async (...[claim, sent, until]: Parameters<Recorder['record']>) => {
        const told = await recorder.record(claim, sent, until);
        options.onWritten(sent.notification);
        return told;
      },
    },
    ...{ store, notifiers, ...clocks, log: () => undefined, delivered: () => undefined },
    decide: async (claim: Parameters<typeof decideFor>[0], now: number) => decideFor(claim, now, { config, store }),
    fallbackOf: (receiver: string) => setting.fallback?.[receiver],
    compose: async (claim: Parameters<typeof makeMessage>[0], now: number) =>
      makeMessage(claim, now, { config, runtime, store, notifiers, money: async () => () => undefined }),
    onReceiver: async () => undefined,
  };
  const teller = new Teller<Claimed>({
    ...{ store, ...clocks, onError: ignore, keyOf: ({ claim }) => claim },
    claim: async (keys) => claiming(async () => claimDue(keys, deps)),
    unclaim: async (claims) => giveUp(claims, deps),
    prepare: async (claimed) => prepare(claimed, deps),
  });
  const numbers = createNumbers(store);
  const poster = new Poster({
    ...{ store, route: setting.route, inhibit: setting.inhibit, now: strictly(clocks.now), perCommit: 20 },
    read: readAlerts,
    expect: numbers.expect,
    ahead: createAhead({ store, numbers, teller, inhibit: setting.inhibit, machineNow: clocks.machineNow }),
    ...{ committed: ignore, calm: ignore, unheard: async () => undefined, onError: ignore },
  });
  return {
    life,
    store,
    read: async (prices) => store.saveReadings([readingOf(prices, clocks.now())]),
    judge: async () => {
      await poster.tick();
      await poster.firing();
      await evaluator.evaluate('g', clocks.now());
    },
    post: async (posts) => void (await poster.post(receivedOf(posts))),
    judged: async () => void (await poster.firing()),
    due: async () => store.dueGroups(clocks.now(), clocks.machineNow()),
    tell: async (key) => {
      for (;;) {
        const [claimed] = await claiming(async () => claimDue([key], deps));
        const send = claimed && (await prepare(claimed, deps));
        if (send === undefined || !(await send())) return;
      }
    },
  };
}

const ignore = () => undefined;

/** Never the same instant twice. */
function strictly(now: () => number): () => number {
  let last = -Infinity;
  return () => (last = Math.max(now(), last + 1));
}

export function readingOf(prices: ReadonlyMap<string, number>, at: number) {
  const samples = [...prices].flatMap(([asset, value]) => [
    { metric: 'price_usd', labels: { asset }, value, at },
    { metric: 'depth_usd', labels: { asset }, value: value * 1.2, at },
  ]);
  return { source: 'pool', seenAt: at, tookMs: 1, origin: {}, samples, maxAge: MAX_AGE };
}
