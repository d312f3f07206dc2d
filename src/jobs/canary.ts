import { destinationsOf } from '../dispatch/route.ts';
import { latestSlot } from '../dispatch/schedule.ts';
import { alertId } from '../model/alert.ts';
import type { Alert } from '../model/alert.ts';
import type { Route, Schedule } from '../model/config.ts';
import type { AlertHistory, Store } from '../model/store.ts';
import type { Say } from './own.ts';

interface CanaryDeps {
  /** Absent: no canary is sent, and none is missed. */
  readonly schedule: Schedule | undefined;
  /** What its message may wait for by the routes: ms. */
  readonly routeWaits: number;
  readonly store: Pick<Store, 'alerts' | 'alertHistory' | 'latest'>;
  readonly say: Say;
  /** Judging clock, unix ms. */
  readonly now: () => number;
}

export interface Canary {
  /** To be called after each tick that went well. */
  readonly tick: () => Promise<void>;
  /** `ok`, or why it is missed; undefined when none is to be sent. */
  readonly state: () => string | undefined;
}

/** In `rules/packs/self.yaml`. */
const RULE = 'Canary';
/** How long its series is 1: ms. */
const HOLD = 300_000;
/** How long after its time it may be under way, beyond what its route waits: ms. */
const PATIENCE = 900_000;
/** A canary fires and resolves once a day; there is no more to look at. */
const LOOK_BACK = 10;

const LABELS = { alertname: RULE, canary: 'true', severity: 'info' };

/** The longest that a route lets the canary wait: alone for `group_wait`, in a group that was told of others for `group_interval`. ms. */
export function canaryWait(route: Route): number {
  const waits = destinationsOf(route, LABELS).flatMap(({ telling: { after, groupWait, groupInterval } }) =>
    after === undefined ? [groupWait, groupInterval] : [],
  );
  return Math.max(0, ...waits);
}

type Firing = AlertHistory['transitions'][number];

/** Raises an alert that means nothing once a day, and says when not every receiver has accepted it. One that is late is raised late. */
export function createCanary({ schedule, routeWaits, store, say, now }: CanaryDeps): Canary {
  const startedAt = now();
  let state: string | undefined = schedule && 'ok';
  let doneWith: number | undefined;

  const tick = async () => {
    if (schedule === undefined) return;
    const at = now();
    const slot = latestSlot(schedule, at);
    if (slot === doneWith) return;
    const [alert] = await store.alerts([RULE]);
    const firing = alert && (await firingSince(slot, alert, store));
    const up = isUp(alert, firing, at);
    await say('tocsin_canary', {}, up ? 1 : 0);
    const why = missedBy(firing);
    const isLate = at - Math.max(slot, startedAt) > PATIENCE + routeWaits;
    if (why === undefined || isLate) {
      state = why ?? 'ok';
      await say('tocsin_canary_missing', {}, why === undefined ? 0 : 1);
    }
    if (why === undefined && !up) doneWith = slot;
  };

  return { state: () => state, tick: schedule === undefined ? once(async () => retire(store, say)) : tick };
}

async function firingSince(slot: number, alert: Alert, store: CanaryDeps['store']): Promise<Firing | undefined> {
  const history = await store.alertHistory(alertId(alert), LOOK_BACK);
  return history?.transitions.find(({ kind, at }) => kind === 'firing' && at >= slot);
}

/** One that still fires from an earlier day has to end before it can fire anew. */
function isUp(alert: Alert | undefined, firing: Firing | undefined, at: number): boolean {
  return firing === undefined ? alert?.state !== 'firing' : at - firing.at < HOLD;
}

/** Why it is not accepted; undefined when it is. */
function missedBy(firing: Firing | undefined): string | undefined {
  if (firing === undefined) return 'the canary of the day was not judged';
  if (firing.told.length === 0) return 'the canary goes to no receiver';
  const missing = firing.told
    .filter(({ at }) => at === null)
    .map(({ receiver, kept }) => `"${receiver}"${kept === null ? '' : ` (${kept})`}`);
  return missing.length === 0 ? undefined : `the canary was not accepted by ${missing.join(', ')}`;
}

/** What an earlier run with a canary said must not fire for ever. */
async function retire(store: CanaryDeps['store'], say: Say): Promise<void> {
  for (const metric of ['tocsin_canary', 'tocsin_canary_missing'] as const) {
    const [known] = await store.latest([metric]);
    if (known?.value === 1) await say(metric, {}, 0);
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let isDone = false;
  return async () => {
    if (isDone) return;
    await work();
    isDone = true;
  };
}
