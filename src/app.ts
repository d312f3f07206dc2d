import { pino } from 'pino';
import type { Logger } from 'pino';
import { actionsOf } from './app/actions.ts';
import { digestOf } from './app/digest.ts';
import { alertmanagerOf } from './app/alertmanager.ts';
import { openChains } from './app/chains.ts';
import { openDatabase } from './app/database.ts';
import { lastJudged, watchGaps } from './app/gap.ts';
import { health } from './app/health.ts';
import { listenForBlocks } from './app/heads.ts';
import type { AppOptions, OnStop } from './app/options.ts';
import { ackLinks, listenToSlack, peopleOf } from './app/people.ts';
import { openRules, removeStray, rulesToRun, watchRules } from './app/rules.ts';
import type { Settings } from './config/loadConfig.ts';
import { readAlerts } from './http/alertmanager/postable.ts';
import { gatherStatus } from './http/gatherStatus.ts';
import { createServer } from './http/server.ts';
import type { HttpServer } from './http/server.ts';
import { chainClock, wallClock } from './io/clock.ts';
import type { Clock } from './io/clock.ts';
import { sendBeat } from './io/beat.ts';
import { leanFetch } from './io/leanFetch.ts';
import { createDraw } from './io/raster.ts';
import { createMetrics } from './io/metrics.ts';
import { dashboardToken } from './io/token.ts';
import { tellingsFor } from './dispatch/route.ts';
import { canaryWait, createCanary } from './jobs/canary.ts';
import type { Canary } from './jobs/canary.ts';
import { createHeartbeat } from './jobs/heartbeat.ts';
import { Runtime } from './jobs/runtime.ts';
import { Worker } from './jobs/worker.ts';
import type { RunningWorker, WorkerDeps } from './jobs/worker.ts';
import type { InboxMessage, RuleSet } from './model/config.ts';
import type { Notifier } from './model/notification.ts';
import type { Secret } from './model/secret.ts';
import type { Status } from './model/status.ts';
import type { Store } from './model/store.ts';
import { makeNotifier } from './notifiers/makeNotifier.ts';
import { withTemplates } from './notifiers/templated.ts';

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

async function start(options: AppOptions, onStop: OnStop): Promise<Omit<App, 'stop'>> {
  const { settings, log } = options;
  for (const { file, line, message } of settings.warnings) log.warn({ file, line, message }, 'a line has no effect');
  const metrics = createMetrics();
  const clock = await openClock(settings, onStop);
  const { store, queues } = await openDatabase(options, clock.now, onStop);
  const { rules, valid } = await rulesToRun(options, store, clock.now());
  const { live, windows } = await openRules(store, rules, clock.now());
  const runtime = new Runtime(live, windows);
  await removeStray(store, live, settings, clock.now());
  await store.regroup((transition) => tellingsFor(settings.route, transition), clock.now());
  const notifiers = makeNotifiers(options, store, onStop);
  const after: (() => Promise<void>)[] = heartbeatOf(options, store, clock, runtime);
  const judged = await lastJudged(store);
  const worker = new Worker({
    ...{ config: settings, runtime, store, queues, notifiers, counters: metrics, readPosts: readAlerts },
    clocks: clock,
    ...openChains(options, metrics, onStop, store),
    afterTick: async () => void (await Promise.all(after.map(async (work) => work()))),
    log: (level, event, message) => log[level](event, message),
  });
  const running = worker.start();
  onStop(running.stop);
  listenForBlocks(options, { store, queues, runtime, now: clock.now }, onStop);
  await running.say('tocsin_rules_valid', {}, valid ? 1 : 0);
  await running.say('tocsin_store_writable', {}, 1);
  watchGaps(options, onStop, { clock, say: running.say, lastJudged: judged });
  onStop(watchRules(options, { store, clock, runtime, running }));
  const routeWaits = canaryWait(settings.route);
  const canary = createCanary({ schedule: settings.canary, routeWaits, store, say: running.say, now: clock.now });
  after.push(calmly(canary.tick, 'canary', log));
  after.push(...digestsOf(options, { store, queues, clock, runtime, running, notifiers }));
  return serve(options, onStop, { store, queues, clock, runtime, running, metrics, canary });
}

function digestsOf(
  options: AppOptions,
  parts: Pick<Serving, 'store' | 'queues' | 'clock' | 'runtime' | 'running'> & Pick<WorkerDeps, 'notifiers'>,
): readonly (() => Promise<void>)[] {
  const { settings, log } = options;
  if (settings.digest === undefined) return [];
  const status = statusOf(options, parts);
  return [calmly(digestOf(settings, settings.digest, { ...options, ...parts, status }), 'digest', log)];
}

function heartbeatOf({ settings, log }: AppOptions, store: Store, clock: Clock, runtime: Runtime) {
  const { heartbeat } = settings;
  if (heartbeat === undefined) return [];
  const { url, every, method } = heartbeat;
  const beat = createHeartbeat({
    ...{ store, runtime, every },
    now: clock.now,
    machineNow: clock.machineNow,
    beat: async () => sendBeat(url, method),
    log: (event, message) => log.warn(event, message),
  });
  return [beat];
}

/** One at a time; a failure is logged, and the next tick tries again. */
function calmly(work: () => Promise<void>, what: string, log: Logger): () => Promise<void> {
  let isRunning = false;
  return async () => {
    if (isRunning) return;
    isRunning = true;
    await work().catch((err: unknown) => log.warn({ err }, `${what} failed; trying again`));
    isRunning = false;
  };
}

interface Serving {
  readonly store: Store;
  readonly queues: WorkerDeps['queues'];
  readonly clock: Clock;
  readonly runtime: Runtime;
  readonly running: RunningWorker;
  readonly metrics: ReturnType<typeof createMetrics>;
  readonly canary: Canary;
}

/** What people and other programs reach by HTTP. */
async function serve(options: AppOptions, onStop: OnStop, serving: Serving): Promise<Omit<App, 'stop'>> {
  const { settings, log, version } = options;
  const { store, queues, clock, runtime, running, metrics, canary } = serving;
  const token = dashboardToken(settings.data);
  const people = peopleOf(settings, { store, clock, poster: running.poster });
  listenToSlack(options, people, onStop);
  const server = await createServer({
    ...{ dashboard: settings.dashboard, token, log, metrics: metrics.text, queues: queues.all },
    status: statusOf(options, serving),
    ...actionsOf({ store, clock, runtime, config: settings }),
    health: async () => health(store, clock, { lastTick: running.lastTick(), canary: canary.state() }),
    people,
    alertmanager: alertmanagerOf({
      ...{ config: settings, version, clock, store, runtime },
      poster: running.poster,
    }),
  });
  onStop(server.close);
  return { url: addressOf(server, settings), token };
}

/** Worked out once for each set of rules: they are others after a reload only. */
function onceFor<Answer>(ask: (rules: RuleSet) => Answer): (rules: RuleSet) => Answer {
  const answers = new WeakMap<RuleSet, Answer>();
  return (rules) => {
    const answer = answers.get(rules) ?? ask(rules);
    answers.set(rules, answer);
    return answer;
  };
}

function statusOf(
  { settings, version, coverage = () => [] }: AppOptions,
  { store, runtime, running, queues, clock }: Pick<Serving, 'store' | 'runtime' | 'running' | 'queues' | 'clock'>,
): () => Promise<Status> {
  const { outcomes } = running.evaluator;
  const covered = onceFor(coverage);
  return async () =>
    gatherStatus({
      config: settings,
      version,
      ...{ live: runtime.live, store, outcomes, posted: async () => running.poster.firing() },
      coverage: () => covered(runtime.live.rules),
      queue: queues.kind,
      now: clock.now,
    });
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

function makeNotifiers({ settings, log }: AppOptions, store: Store, onStop: OnStop): ReadonlyMap<string, Notifier> {
  const draw = createDraw((err) => log.warn({ err }, 'a chart could not be drawn; the message goes without'));
  const io = {
    fetch: leanFetch,
    draw,
    acknowledgeLink: ackLinks(settings),
    now: Date.now,
    log: (event: Readonly<Record<string, unknown>>, message: string) => log.warn(event, message),
    keep: async (message: InboxMessage) => store.keepInbox(message),
  };
  const notifiers = new Map(
    settings.receivers.map((receiver) => [receiver.name, withTemplates(makeNotifier(receiver, io), receiver, io)]),
  );
  if ([...notifiers.values()].some(({ pictures }) => pictures)) draw.warm();
  onStop(async () => void (await Promise.all([...notifiers.values()].map(async (notifier) => notifier.close?.()))));
  return notifiers;
}

/** The worker's log: one event a line. */
export function createLog(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
}
