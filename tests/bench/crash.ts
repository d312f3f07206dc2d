import { setTimeout as sleep } from 'node:timers/promises';
import { figure } from './figure.ts';
import { alertOf, ask, call, post, startPosting } from './posting.ts';
import type { Posting, Timers, Told } from './posting.ts';

/** What Alertmanager 0.25 does in the same scenes: research/performance.md, W3b. */
const ALERTMANAGER = {
  lost: 'never tells 1,500 of 10,000, or tells 5,000 twice when they are posted again',
  again: 'tells 1,000 of 1,000 again',
  ends: 'tells 0 of 1,000 ends',
  silence: 'forgets the silence',
};

const PATIENCE_MS = 60_000;
/** Long enough for what would be told twice to be told. */
const QUIET_MS = 5000;

/** What is lost, told twice or forgotten when the worker is killed half-way through a burst, and when all is quiet. */
export async function measureCrash({ alerts, groups }: { readonly alerts: number; readonly groups: number }) {
  for (const again of [false, true]) await killHalfWay(alerts, groups, again);
  await killQuiet(1000, 20);
}

const startsAt = () => new Date().toISOString();
const many = (count: number, groups: number, more: object) =>
  Array.from({ length: count }, (_, index) => alertOf(index, groups, more));

async function onStage(timers: Timers, play: (stage: Posting) => Promise<void>): Promise<void> {
  const stage = await startPosting(timers);
  try {
    await sleep(1500);
    await play(stage);
  } finally {
    await stage.close();
  }
}

/** How often each was told to fire, or to have ended. */
function tally(told: readonly Told[], ended: boolean): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const each of told) if (each.ended === ended) times.set(each.entity, (times.get(each.entity) ?? 0) + 1);
  return times;
}

async function until({ sink }: Posting, holds: (told: readonly Told[]) => boolean): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline && !holds(sink.told);) await sleep(20);
}

async function killHalfWay(alerts: number, groups: number, again: boolean): Promise<void> {
  await onStage({ wait: '1s', interval: '1s' }, async (stage) => {
    const all = many(alerts, groups, { startsAt: startsAt() });
    let answered = 0;
    const posting = post(stage.worker(), all, (count) => (answered = count)).catch(() => undefined);
    await until(stage, (told) => tally(told, false).size >= alerts / 2);
    const before = tally(stage.sink.told, false).size;
    await stage.restart('SIGKILL');
    await posting;
    if (again) await post(stage.worker(), all);
    const due = again ? alerts : answered;
    await until(stage, (told) => tally(told, false).size >= due);
    await sleep(QUIET_MS);
    const fired = tally(stage.sink.told, false);
    const twice = [...fired.values()].filter((times) => times > 1).length;
    const about = { alerts, groups, answered, posted_again: again, told_before_the_kill: before };
    figure('crash_lost', due - fired.size, { ...about, alertmanager: ALERTMANAGER.lost });
    figure('crash_told_twice', twice, { ...about, messages: messagesWith(stage.sink.told, fired) });
    if (!again) await post(stage.worker(), all);
    await post(stage.worker(), many(alerts, groups, { startsAt: startsAt(), endsAt: startsAt() }));
    await until(stage, (told) => tally(told, true).size >= alerts);
    figure('crash_ends_not_told', alerts - tally(stage.sink.told, true).size, about);
  });
}

/** Messages that told again what another one had told: the sends that were on their way. */
function messagesWith(told: readonly Told[], fired: ReadonlyMap<string, number>): number {
  const seen = new Set<string>();
  const repeats = new Set<number>();
  for (const { entity, ended, message } of told) {
    if (ended || fired.get(entity) === 1) continue;
    if (seen.has(entity)) repeats.add(message);
    seen.add(entity);
  }
  return repeats.size;
}

async function killQuiet(alerts: number, groups: number): Promise<void> {
  await onStage({ wait: '0s', interval: '1s' }, async (stage) => {
    const all = many(alerts, groups, { startsAt: startsAt() });
    await post(stage.worker(), all);
    await until(stage, (told) => tally(told, false).size >= alerts);
    await sleep(QUIET_MS);
    const matchers = [{ name: 'alertname', value: 'Other', isRegex: false, isEqual: true }];
    const silence = { matchers, startsAt: startsAt(), endsAt: new Date(Date.now() + 3_600_000).toISOString() };
    await call(stage.worker(), '/api/v2/silences', { ...silence, createdBy: 'bench', comment: 'kept' });
    const before = stage.sink.told.length;
    await stage.restart('SIGKILL');
    await post(stage.worker(), all);
    await sleep(QUIET_MS);
    const about = { alerts, groups };
    figure('quiet_told_again', stage.sink.told.length - before, { ...about, alertmanager: ALERTMANAGER.again });
    const kept = JSON.parse(await ask(stage.worker(), '/api/v2/silences')) as { status: { state: string } }[];
    const active = kept.filter(({ status }) => status.state === 'active').length;
    figure('quiet_silences_kept_of_1', active, { alertmanager: ALERTMANAGER.silence });
    await stage.restart('SIGKILL');
    await post(stage.worker(), many(alerts, groups, { startsAt: startsAt(), endsAt: startsAt() }));
    await until(stage, (told) => tally(told, true).size >= alerts);
    const ends = tally(stage.sink.told, true);
    figure('quiet_ends_not_told', alerts - ends.size, { ...about, alertmanager: ALERTMANAGER.ends });
  });
}
