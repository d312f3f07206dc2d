import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTarget } from '../dispatch/inhibit.ts';
import { matchesAll } from '../dispatch/match.ts';
import { shownLabels } from '../dispatch/shown.ts';
import { alertId } from '../model/alert.ts';
import type { Alert } from '../model/alert.ts';
import { firstClaim } from '../model/claim.ts';
import type { Claim, NewClaim, Telling } from '../model/claim.ts';
import type { InhibitRule } from '../model/config.ts';
import type { Silence } from '../model/mute.ts';
import type { Store } from '../model/store.ts';
import { CLAIM_MS } from './deliver.ts';
import type { Claimed } from './deliver.ts';
import type { Group, Grouped } from './grouped.ts';
import type { Numbers } from './numbers.ts';
import type { Teller } from './teller.ts';

/** Groups that are due later are committed before they are told: ms. */
const SOON = 1500;
/** What is to be committed waits no longer for receivers, and for every group: machine ms. */
const PATIENCE = 2000;
const PATIENCE_EACH = 10;

/** Judging clock: when it was judged, and when the first of it was posted. */
interface Moment {
  readonly now: number;
  readonly since: number;
}

/** Tells what is new of changes that are kept, but not committed yet. Resolves once it is told, or after a while. */
export type TellAhead = (grouped: Grouped, moment: Moment) => Promise<void>;

interface AheadDeps {
  readonly store: Pick<Store, 'claimAhead' | 'silences'>;
  readonly numbers: Pick<Numbers, 'take'>;
  readonly teller: Pick<Teller<Claimed>, 'tellAhead'>;
  readonly inhibit?: readonly InhibitRule[] | undefined;
  readonly machineNow: () => number;
}

/**
 * In a storm the tables take as long to write as people take to be told. What was posted is kept already, so that it may be told
 * first: who was told is kept with each message, and stands in the tables with the commit, or with that of the next process. Messages
 * are made while the claims are written, and sent once they are.
 */
export function createAhead({ store, numbers, teller, inhibit = [], machineNow }: AheadDeps): TellAhead {
  return async (grouped, moment) => {
    const { now } = moment;
    const silences = (await store.silences(now)).filter(({ startsAt, endsAt }) => startsAt <= now && endsAt > now);
    const groups = tellable(grouped, { inhibit, silences }).filter(
      ({ telling }) => dueOf(telling, moment) <= now + SOON,
    );
    if (groups.length === 0) return;
    const times = { now, machineNow: machineNow() };
    const reserved = await numbers.take(grouped.size);
    const claims = groups.map((group) => newClaim(group, reserved));
    const taken = store.claimAhead(claims, { ...times, claimMs: CLAIM_MS });
    const tokens = taken.catch(() => new Set<string>());
    const due = groups.map((group, index) => ({
      ...{ key: group.telling, due: dueOf(group.telling, moment) },
      claimed: () => ({
        ...{ claim: claimOf(group, claims[index]!), ...times },
        isTaken: tokens.then((all) => all.has(claims[index]!.token)),
      }),
    }));
    const patience = new AbortController();
    const last = Math.max(...due.map((each) => each.due));
    const tired = sleep(last - now + PATIENCE + groups.length * PATIENCE_EACH, undefined, {
      signal: patience.signal,
    }).catch(() => undefined);
    await Promise.race([teller.tellAhead(due).finally(() => patience.abort()), tired]);
    // No commit before it is known who tells them.
    await taken;
  };
}

/** `numbers` are those of the transitions of all changes, in their order: an alert that several receivers are told of has one. */
export function newClaim({ telling, changes, places }: Group, numbers: readonly number[]): NewClaim {
  const { receiver, groupKey } = telling;
  return {
    ...{ receiver, groupKey, token: randomUUID(), threadId: randomUUID() },
    alertIds: changes.map(({ transition }) => alertId(transition)),
    ats: changes.map(({ transition }) => transition.at),
    transitionIds: places.map((place) => numbers[place]!),
  };
}

export function claimOf({ telling, changes }: Group, { token, threadId, transitionIds }: NewClaim): Claim {
  return {
    ...firstClaim(telling, { token, threadId }),
    untold: changes.map(({ transition }, index) => ({ id: transitionIds[index]!, ...transition })),
    alerts: changes.map(({ alert }) => alert),
  };
}

/** `dispatch/due.ts` says it in words. */
function dueOf({ flush, groupWait }: Telling, { now, since }: Moment): number {
  return flush ? now : Math.max(now, since + groupWait);
}

/** What may keep an alert from being told. */
interface Muting {
  readonly inhibit: readonly InhibitRule[];
  /** Those in force. */
  readonly silences: readonly Silence[];
}

/** Groups of which every change is that an alert fires that nothing mutes, and no escalation. */
function tellable(grouped: Grouped, muting: Muting): readonly Group[] {
  const isQuiet = muting.inhibit.length === 0 && muting.silences.length === 0;
  return grouped.firing.filter(({ changes }) => isQuiet || !changes.some(({ alert }) => mayBeMuted(alert, muting)));
}

function mayBeMuted(alert: Alert, { inhibit, silences }: Muting): boolean {
  const labels = shownLabels(alert);
  return isTarget(labels, inhibit) || silences.some(({ matchers }) => matchesAll(matchers, labels));
}
