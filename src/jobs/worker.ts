import type { Config } from '../model/config.ts';
import { labelsKey, NAME, without } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { Notifier } from '../model/notification.ts';
import type { Claim, DueKey, Store } from '../model/store.ts';
import { compose } from '../dispatch/compose.ts';
import { collect } from './collect.ts';
import type { CollectDeps } from './collect.ts';
import { deliver } from './deliver.ts';
import { Evaluator } from './evaluate.ts';
import { gatherEvidence } from './evidence.ts';
import type { Live } from './live.ts';
import { createSay } from './own.ts';
import type { Say } from './own.ts';
import type { Queues } from './queues.ts';
import { deliverId, everySecond, Tick } from './tick.ts';
import type { LiveWindows } from './windows.ts';

/** Judging and machine clock, unix ms. `monotonic` never gives the same judging instant twice. */
export interface Clocks {
  readonly now: () => number;
  readonly machineNow: () => number;
  readonly monotonic: () => number;
  /** Calls back when judging time jumps ahead, as a local node's does. */
  readonly onJump?: (listener: () => void) => void;
}

/** Counts what the worker does; nothing depends on it. */
export interface Counters {
  readonly evaluated: (group: string, ms: number) => void;
  readonly collected: (batch: string, ms: number, failed: number) => void;
  readonly delivered: (receiver: string, ms: number, lagMs: number) => void;
}

export interface WorkerDeps {
  readonly config: Config;
  readonly live: Live;
  readonly store: Store;
  readonly queues: Queues;
  readonly windows: LiveWindows;
  readonly clocks: Clocks;
  readonly notifiers: ReadonlyMap<string, Notifier>;
  readonly collect: Omit<CollectDeps, 'now' | 'machineNow'>;
  /** Whether a chain has a usable RPC URL. */
  readonly chainUp: (chain: string) => boolean;
  readonly counters: Counters;
  readonly log: (level: 'info' | 'warn' | 'error', event: Readonly<Record<string, unknown>>, message: string) => void;
}

export interface RunningWorker {
  readonly evaluator: Evaluator;
  readonly say: Say;
  /** Machine clock: when the last tick ended without an error. */
  readonly lastTick: () => number;
  /** Stops the clock and waits for the jobs that run. */
  readonly stop: () => Promise<void>;
}

const CONCURRENCY = { collect: 16, evaluate: 8, deliver: 16 } as const;
const PRUNE_EVERY = 60_000;

/** Runs the three kinds of jobs and the clock that feeds them. */
export class Worker {
  readonly #deps: WorkerDeps;
  readonly #evaluator: Evaluator;
  readonly #say: Say;
  readonly #collect: CollectDeps;
  #lastTick = 0;

  constructor(deps: WorkerDeps) {
    const { store, windows, live, clocks } = deps;
    this.#deps = deps;
    this.#evaluator = new Evaluator({ store, windows, live, route: deps.config.route });
    this.#say = createSay(store, clocks.monotonic, async (labels, seenAt) => this.#evaluateReaders(labels, seenAt));
    this.#collect = { ...deps.collect, now: clocks.monotonic, machineNow: clocks.machineNow };
  }

  start(): RunningWorker {
    const { queues, clocks } = this.#deps;
    const tick = new Tick({
      ...this.#deps,
      ...clocks,
      onError: (err, during) => this.#deps.log('error', { err, during }, 'tick failed'),
    });
    const run = async () => {
      if (await tick.run()) this.#lastTick = clocks.machineNow();
    };
    queues.work('collect', CONCURRENCY.collect, async ({ batch }) => this.#runCollect(batch));
    queues.work('evaluate', CONCURRENCY.evaluate, async ({ group, at }) => this.#runEvaluate(group, at));
    queues.work('deliver', CONCURRENCY.deliver, async (key) => this.#runDeliver(key));
    const stopClock = everySecond(run);
    clocks.onJump?.(() => void run());
    const pruning = setInterval(() => this.#deps.windows.prune(clocks.now()), PRUNE_EVERY);
    return {
      evaluator: this.#evaluator,
      say: this.#say,
      lastTick: () => this.#lastTick,
      stop: async () => {
        clearInterval(pruning);
        await stopClock();
        await queues.close();
      },
    };
  }

  async #runCollect(name: string): Promise<void> {
    const { live, store, counters, clocks, log, chainUp } = this.#deps;
    const batch = live.batches.get(name);
    if (batch === undefined) return;
    const started = clocks.machineNow();
    const readings = await collect(batch, this.#collect);
    const maxAge = new Map(batch.sources.map((source) => [source.id, source.maxAge]));
    await store.saveReadings(readings.map((reading) => ({ ...reading, maxAge: maxAge.get(reading.source)! })));
    const failed = readings.filter(({ error }) => error !== undefined);
    for (const { source, error } of failed) log('warn', { source, reason: error }, 'source failed');
    counters.collected(name, clocks.machineNow() - started, failed.length);
    const users = new Set(readings.flatMap(({ source }) => live.usersOf(source)));
    await this.#evaluateAll(users, readings[0]!.seenAt);
    const { chain } = batch.sources[0]!;
    if (chain !== undefined) await this.#say('tocsin_chain_up', { chain }, chainUp(chain) ? 1 : 0);
  }

  async #runEvaluate(group: string, at: number): Promise<void> {
    const { clocks, counters, queues, log } = this.#deps;
    const started = clocks.machineNow();
    const evaluated = await this.#evaluator.evaluate(group, at);
    if (evaluated === undefined) return;
    counters.evaluated(group, clocks.machineNow() - started);
    for (const { transition } of evaluated.transitions) log('info', { ...transition }, 'alert changed');
    for (const key of evaluated.dueNow)
      await queues.hint('deliver', deliverId(key), { receiver: key.receiver, groupKey: key.groupKey });
    await this.#evaluateAll(evaluated.readers, at);
    await this.#sayFrozen();
  }

  async #runDeliver(key: DueKey): Promise<void> {
    const { store, notifiers, clocks, counters, log } = this.#deps;
    const told = await deliver(key, {
      store,
      notifiers,
      compose: async (claim, now) => this.#compose(claim, now),
      now: clocks.now,
      machineNow: clocks.machineNow,
      log,
      delivered: counters.delivered,
      onReceiver: async (receiver, alive) => this.#say('tocsin_receiver_up', { receiver }, alive ? 1 : 0),
    });
    if (told) await this.#runDeliver(key);
  }

  async #compose(claim: Claim, now: number): Promise<ReturnType<typeof compose>> {
    const { config, live, windows, store } = this.#deps;
    const evidenceOf = await gatherEvidence(claim.alerts, { live, view: windows.view, store });
    const { timezone, route, dashboard } = config;
    return compose({
      claim,
      route,
      evidenceOf,
      ruleOf: (name) => live.alertRules.get(name),
      assetOf: (id) => live.rules.assets[id],
      now,
      timezone,
      dashboardUrl: dashboard.externalUrl,
    });
  }

  /** What was said to be frozen and is not any more is said to move again. */
  async #sayFrozen(): Promise<void> {
    const { windows } = this.#deps;
    const still = new Map(windows.frozen().map((labels) => [labelsKey(labels), labels]));
    const said = windows.view.select([{ name: NAME, op: '=', value: 'tocsin_source_frozen' }]);
    for (const series of said) {
      const labels = without(series.labels, [NAME]);
      if (!still.has(labelsKey(labels))) await this.#say('tocsin_source_frozen', labels, 0);
    }
    for (const labels of still.values()) await this.#say('tocsin_source_frozen', labels, 1);
  }

  async #evaluateReaders(labels: Labels, seenAt: number): Promise<void> {
    await this.#evaluateAll(this.#deps.live.readersOf(labels), seenAt);
  }

  async #evaluateAll(groups: Iterable<string>, at: number): Promise<void> {
    for (const group of groups) await this.#deps.queues.add('evaluate', `${group}.${at}`, { group, at });
  }
}
