import { pino } from 'pino';
import type { Logger } from 'pino';
import { ConfigErrors } from './config/error.ts';
import type { Settings } from './config/loadConfig.ts';
import type { LoadedRules } from './config/loadRules.ts';
import { remove } from './alerts/advance.ts';
import { tellingsFor } from './dispatch/route.ts';
import { gatherStatus } from './http/gatherStatus.ts';
import { createServer } from './http/server.ts';
import type { HttpServer } from './http/server.ts';
import { chainClock, wallClock } from './io/clock.ts';
import type { Clock } from './io/clock.ts';
import { createEvmChain } from './io/evm.ts';
import { createFiles } from './io/file.ts';
import { createHttp } from './io/http.ts';
import { createMetrics } from './io/metrics.ts';
import type { Metrics } from './io/metrics.ts';
import { openPrivatePostgres } from './io/postgres.ts';
import { createSolanaChain } from './io/solana.ts';
import { dashboardToken } from './io/token.ts';
import { makeLive } from './jobs/live.ts';
import type { Live } from './jobs/live.ts';
import { openQueues } from './jobs/queues.ts';
import { createQuiet, reasonOf } from './jobs/quiet.ts';
import { startUpkeep } from './jobs/upkeep.ts';
import { openWindows } from './jobs/windows.ts';
import { Worker } from './jobs/worker.ts';
import type { WorkerDeps } from './jobs/worker.ts';
import { NAME } from './model/labels.ts';
import type { InboxMessage, RuleSet } from './model/config.ts';
import type { Notifier } from './model/notification.ts';
import type { Secret } from './model/secret.ts';
import type { Store } from './model/store.ts';
import * as notifierKinds from './notifiers/index.ts';
import { Windows } from './series/index.ts';
import { openStore } from './store/index.ts';

export interface AppOptions {
  readonly settings: Settings;
  readonly version: string;
  readonly log: Logger;
  /** Rule files as they are on disk now. */
  readonly files: Readonly<Record<string, string>>;
  /** @throws {ConfigErrors} */
  readonly loadRules: (files: Readonly<Record<string, string>>, now: number) => LoadedRules;
}

export interface App {
  /** Where the dashboard is; the token gives the right to act. */
  readonly url: string;
  readonly token: Secret;
  /** Finishes or hands back what runs, then closes everything. */
  readonly stop: () => Promise<void>;
}

/** Everything in one process: builds, starts, and says how to stop. What was opened is closed in reverse order, also when the start fails. */
export async function startApp(options: AppOptions): Promise<App> {
  const closing: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of closing.splice(0).reverse())
      await close().catch((err: unknown) => options.log.error({ err }, 'could not close'));
  };
  try {
    return { ...(await start(options, (close) => closing.push(close))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type OnStop = (close: () => Promise<void>) => void;

async function start(options: AppOptions, onStop: OnStop): Promise<Omit<App, 'stop'>> {
  const { settings, log } = options;
  const metrics = createMetrics();
  const clock = await openClock(settings, onStop);
  const { store, queues } = await openDatabase(options, clock.now, onStop);
  const { rules, valid } = await rulesToRun(options, store, clock.now());
  const live = makeLive(rules);
  await settle(store, live, settings, clock.now());
  const windows = await openWindows(store, new Windows(live.needs), live, clock.now());
  const notifiers = makeNotifiers(options, store, onStop);
  const worker = new Worker({
    ...{ config: settings, live, store, queues, windows, notifiers, counters: metrics },
    clocks: clock,
    ...openChains(options, metrics, onStop),
    log: (level, event, message) => log[level](event, message),
  });
  const running = worker.start();
  onStop(running.stop);
  await running.say('tocsin_rules_valid', {}, valid ? 1 : 0);
  const token = dashboardToken(settings.data);
  const status = async () =>
    gatherStatus({
      config: settings,
      version: options.version,
      live,
      store,
      outcomes: running.evaluator.outcomes,
      queue: queues.kind,
      now: clock.now,
    });
  const server = await createServer({
    ...{ dashboard: settings.dashboard, token, status, log },
    metrics: metrics.text,
    queues: queues.all,
    health: async () => health(store, clock, running.lastTick()),
  });
  onStop(server.close);
  return { url: addressOf(server, settings), token };
}

function addressOf(server: HttpServer, settings: Settings): string {
  return settings.dashboard.externalUrl ?? server.url;
}

async function openClock({ clock, chains }: Settings, onStop: OnStop): Promise<Clock> {
  const rpc = clock.follow === 'chain' ? chains[clock.chain]?.rpc[0] : undefined;
  const made = rpc === undefined ? wallClock() : await chainClock(rpc.reveal());
  onStop(made.close);
  return made;
}

async function openDatabase(
  { settings, log }: AppOptions,
  now: () => number,
  onStop: OnStop,
): Promise<{ store: Store; queues: WorkerDeps['queues'] }> {
  const note = (event: Readonly<Record<string, unknown>>, message: string) => log.info(event, message);
  let url = settings.databaseUrl;
  if (url === undefined) {
    const database = await openPrivatePostgres({ data: settings.data, log: note, exclusive: true });
    onStop(database.stop);
    ({ url } = database);
  }
  const store = await openStore({ url, log: note });
  onStop(store.close);
  const onError = (error: unknown) => log.error({ reason: reasonOf(error) }, 'could not maintain the database');
  onStop(await startUpkeep({ maintain: async () => store.maintain(now()), onError }));
  const quiet = createQuiet(Date.now);
  const onLost = (error: Error) =>
    quiet(reasonOf(error), (held) => log.warn({ reason: reasonOf(error), held }, 'queue connection lost'));
  const backend = settings.redisUrl
    ? ({ kind: 'redis', url: settings.redisUrl } as const)
    : ({ kind: 'postgres', url } as const);
  const queues = await openQueues(backend, onLost);
  onStop(queues.close);
  return { store, queues };
}

/** The rule files on disk, or the last accepted ones when those are not valid. @throws {ConfigErrors} when there are none. */
async function rulesToRun(
  { files, loadRules, log }: AppOptions,
  store: Store,
  now: number,
): Promise<{ rules: RuleSet; valid: boolean }> {
  try {
    const { rules, warnings } = loadRules(files, now);
    for (const warning of warnings) log.warn({ warning }, 'rule files');
    await store.acceptRules(files, now);
    return { rules, valid: true };
  } catch (error) {
    const accepted = error instanceof ConfigErrors ? await store.acceptedRules() : undefined;
    if (accepted === undefined) throw error;
    log.error({ errors: (error as Error).message }, 'rule files are not valid; the last accepted set runs');
    return { rules: loadRules(accepted, now).rules, valid: false };
  }
}

/** Makes the store know what the rule set declares, and forget what it does not. */
async function settle(store: Store, live: Live, settings: Settings, now: number): Promise<void> {
  await store.declare(live.rules.declared, now);
  await describeAssets(store, live.rules, now);
  await removeStray(store, live, settings, now);
}

/** `asset_info` is always 1: what rules join on. */
async function describeAssets(store: Store, { declared }: RuleSet, now: number): Promise<void> {
  const facts = declared.filter(({ metric }) => metric === 'asset_info');
  const samples = facts.map(({ metric, labels, maxAge }) => ({
    labels: { ...labels, [NAME]: metric },
    value: 1,
    at: now,
    maxAge,
  }));
  await store.saveOwn(samples, now);
}

/** Alerts of rules that are not in the configuration any more end as removed. */
async function removeStray(store: Store, live: Live, { route }: Settings, now: number): Promise<void> {
  const stray = await store.strayAlerts([...live.alertRules.keys()]);
  const transitions = stray.flatMap((alert) => remove(alert, now) ?? []);
  await store.removeAlerts(transitions.map((transition) => ({ transition, tellings: tellingsFor(route, transition) })));
}

function openChains(
  { settings, log }: AppOptions,
  metrics: Metrics,
  onStop: OnStop,
): Pick<WorkerDeps, 'collect' | 'chainUp'> {
  const deps = { machineNow: Date.now, onRequest: metrics.rpc };
  const configured = Object.values(settings.chains);
  const evm = new Map(
    configured.filter(({ kind }) => kind === 'evm').map((chain) => [chain.name, createEvmChain(chain, deps)]),
  );
  const solana = new Map(
    configured.filter(({ kind }) => kind === 'solana').map((chain) => [chain.name, createSolanaChain(chain, deps)]),
  );
  for (const chain of solana.values()) onStop(chain.close);
  const http = createHttp({ onRequest: metrics.http });
  onStop(http.close);
  return {
    collect: {
      evm: (name) => evm.get(name)!,
      solana: (name) => solana.get(name)!,
      http: http.reads,
      file: createFiles(),
      onBug: (source, err) => log.error({ source, err }, 'a source has a bug'),
    },
    chainUp: (name) => (evm.get(name) ?? solana.get(name))!.health().some(({ state }) => state === 'ok'),
  };
}

function makeNotifiers({ settings, log }: AppOptions, store: Store, onStop: OnStop): ReadonlyMap<string, Notifier> {
  const io = {
    fetch,
    now: Date.now,
    log: (event: Readonly<Record<string, unknown>>, message: string) => log.warn(event, message),
    keep: async (message: InboxMessage) => store.keepInbox(message),
  };
  const kinds = notifierKinds as unknown as Readonly<
    Record<string, { make: (options: unknown, io: unknown) => Notifier }>
  >;
  const notifiers = new Map(
    settings.receivers.map(({ name, kind, options }) => [name, kinds[kind]!.make(options, io)]),
  );
  onStop(async () => void (await Promise.all([...notifiers.values()].map(async (notifier) => notifier.close?.()))));
  return notifiers;
}

/** Longer without a complete tick and the worker is not well: machine ms. */
const TICK_MS = 30_000;

async function health(
  store: Store,
  clock: Clock,
  lastTick: number,
): Promise<{ ok: boolean; checks: Record<string, string> }> {
  const database = await store.ping().then(
    () => 'ok',
    (error: Error) => error.message,
  );
  const age = clock.machineNow() - lastTick;
  const tick = age < TICK_MS ? 'ok' : `no complete tick for ${Math.round(age / 1000)} s`;
  return { ok: database === 'ok' && tick === 'ok', checks: { database, tick } };
}

/** The worker's log: one event a line. */
export function createLog(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
}
