import { remove } from '../alerts/advance.ts';
import { ConfigErrors } from '../config/error.ts';
import { tellingsFor } from '../dispatch/route.ts';
import type { Clock } from '../io/clock.ts';
import { watchFiles } from '../io/watch.ts';
import { makeLive } from '../jobs/live.ts';
import type { Live } from '../jobs/live.ts';
import type { Runtime } from '../jobs/runtime.ts';
import { openWindows } from '../jobs/windows.ts';
import type { LiveWindows } from '../jobs/windows.ts';
import type { RunningWorker } from '../jobs/worker.ts';
import type { Config, RuleSet } from '../model/config.ts';
import { NAME } from '../model/labels.ts';
import type { Store } from '../model/store.ts';
import { Windows } from '../series/index.ts';
import type { AppOptions } from './options.ts';

/** The rule files on disk, or the last accepted ones when those are not valid. @throws {ConfigErrors} when there are none. */
export async function rulesToRun(
  options: AppOptions,
  store: Store,
  now: number,
): Promise<{ rules: RuleSet; valid: boolean }> {
  const { loadRules, log } = options;
  try {
    return { rules: await acceptFiles(options, store, now), valid: true };
  } catch (error) {
    const accepted = error instanceof ConfigErrors ? await store.acceptedRules() : undefined;
    if (accepted === undefined) throw error;
    log.error({ errors: (error as Error).message }, 'rule files are not valid; the last accepted set runs');
    return { rules: loadRules(accepted, now).rules, valid: false };
  }
}

/** Checks the rule files on disk and remembers them as accepted. @throws {ConfigErrors} */
async function acceptFiles({ readFiles, loadRules, log }: AppOptions, store: Store, now: number): Promise<RuleSet> {
  const files = readFiles();
  const { rules, warnings } = loadRules(files, now);
  for (const warning of warnings) log.warn({ warning }, 'rule files');
  await store.acceptRules(files, now);
  return rules;
}

/** Makes a rule set ready to run, its windows filled. */
export async function openRules(
  store: Store,
  rules: RuleSet,
  now: number,
): Promise<{ live: Live; windows: LiveWindows }> {
  const live = makeLive(rules);
  await declare(store, rules, now);
  return { live, windows: await openWindows(store, new Windows(live.needs), live, now) };
}

async function declare(store: Store, rules: RuleSet, now: number): Promise<void> {
  await store.declare(
    rules.declared.filter(({ open }) => open === undefined),
    now,
  );
  await describeAssets(store, rules, now);
}

interface Reloading {
  readonly store: Store;
  readonly clock: Clock;
  readonly runtime: Runtime;
  readonly running: RunningWorker;
}

/** How often it is looked whether a disabled rule comes back: machine ms. */
const LOOK_EVERY = 1000;

/** Reloads the rule files whenever they change or a disabled rule comes back, one reload at a time. */
export function watchRules(options: AppOptions, reloading: Reloading): () => Promise<void> {
  const { clock, runtime } = reloading;
  let turn = Promise.resolve();
  let returned = 0;
  const again = () => {
    turn = turn.then(async () => reload(options, reloading));
  };
  const stop = watchFiles(options.rulePlaces, again);
  const looking = setInterval(() => {
    const { enabledAt = Infinity } = runtime.live.rules;
    if (enabledAt > clock.now() || enabledAt === returned) return;
    returned = enabledAt;
    again();
  }, LOOK_EVERY);
  return async () => {
    clearInterval(looking);
    await stop();
    await turn;
  };
}

/** All or nothing: a file that is not valid leaves the old set running and raises an alarm. */
async function reload(options: AppOptions, { store, clock, runtime, running }: Reloading): Promise<void> {
  const { log, settings } = options;
  try {
    const rules = await acceptFiles(options, store, clock.now());
    const { windows } = runtime;
    const live = makeLive(rules, runtime.live);
    await declare(store, rules, clock.now());
    await windows.cover(live.needs, clock.now());
    runtime.replace(live, windows);
    await running.reloaded();
    windows.narrow(live.needs);
    await removeStray(store, live, settings, clock.now());
    await running.say('tocsin_rules_valid', {}, 1);
    log.info(
      { groups: live.groups.size, alerts: live.alertRules.size, sources: rules.sources.length },
      'rules reloaded',
    );
  } catch (error) {
    const isWrong = error instanceof ConfigErrors;
    if (isWrong) await running.say('tocsin_rules_valid', {}, 0).catch(() => undefined);
    log.error(isWrong ? { errors: error.message } : { err: error }, 'rules not reloaded; the old set runs on');
  }
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
export async function removeStray(
  store: Store,
  live: Live,
  { route }: Pick<Config, 'route'>,
  now: number,
): Promise<void> {
  const stray = await store.strayAlerts([...live.alertRules.keys()]);
  const transitions = stray.flatMap((alert) => remove(alert, now) ?? []);
  await store.removeAlerts(transitions.map((transition) => ({ transition, tellings: tellingsFor(route, transition) })));
}
