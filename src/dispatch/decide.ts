import { alertId } from '../model/alert.ts';
import type { Alert } from '../model/alert.ts';
import type { Claim, ClaimMuting, HeldBack } from '../model/claim.ts';
import { fateOf } from './fate.ts';
import type { Context, Fate } from './fate.ts';
import { membersOf } from './member.ts';
import type { Member, Untold } from './member.ts';
import { timeMute } from './mute.ts';
import { destinationIn } from './route.ts';

/** What a claim says now, and what becomes of the rest. */
export interface Decision extends HeldBack {
  /** The claim as it is told: only what may be said. Undefined: nothing is sent. */
  readonly claim: Claim | undefined;
  /** Alert id → the level its receiver takes it to fire at once it has the message; null: not firing. */
  readonly beliefs: ReadonlyMap<string, string | null>;
}

export type Deciding = Omit<Context, keyof ClaimMuting>;

const NOTHING: ClaimMuting = { wakes: 0, believed: {}, spokenAt: {}, tried: [], silences: [], acknowledgements: [] };

/**
 * Decides what of a claim is told now. Muting suppresses telling, never state. What a receiver takes to be firing is remembered for
 * each alert (its belief), and everything follows from comparing the belief with the truth:
 *
 * - An alert that fires and is muted (silence, acknowledgement, inhibition, mute time, escalation not yet due) is held: its
 *   transitions stay untold until nothing mutes it, and it causes no message and no reminder. If its receiver believes it to fire it
 *   stays listed in messages sent for others, so that none of them reads as an end.
 * - An alert that fires and is not muted has everything untold told; an earlier breach that began and ended entirely under a mute is
 *   kept on record instead. When the belief is the truth already (it resolved and fired again, or went down a level and up) nothing
 *   rings: those changes are told with the next message, at the latest with the reminder.
 * - Of an alert that does not fire any more the end is told, muted or not, if its firing had been told. If it had not, it is told as
 *   over already, unless it was muted from its firing to its end, or its escalation never came due: then it is kept on record.
 * - A receiver that may know of an alert from a message whose acceptance was never heard of is not left with it: an end, or that it
 *   moved, is told as if the firing had been.
 * - A message speaks of what it tells, and recalls what no message has spoken of for a `repeat_interval`. The rest of what is listed is
 *   unchanged: it is counted, and makes the message one about a group that goes on.
 * - At the end of a mute what still fires and was never told is told at once; what had been told is told again when its reminder is
 *   due.
 */
export function decide(claim: Claim, deciding: Deciding): Decision {
  if (claim.ahead && isToldNow(claim, deciding)) return decideAll(claim);
  const muting: ClaimMuting = { ...NOTHING, ...claim.muting };
  const context: Context = { ...deciding, ...muting, tried: new Set(muting.tried) };
  const pairs = membersOf(claim, context.believed, deciding.route).map((member): Pair => {
    return { member, fate: fateOf(member, context) };
  });
  const isSent = pairs.some(({ fate }) => fate.rings) || isReminder(pairs, claim, context);
  const { told, held, kept, until } = sort(pairs, isSent);
  const { alerts, unchanged, beliefs } = list(pairs, { ...context, since: deciding.now - claim.repeatInterval });
  return {
    claim: isSent ? { ...claim, untold: told.sort((a, b) => a.id - b.id), alerts, unchanged } : undefined,
    ...{ kept, held, beliefs },
    ...(until < Infinity && { until }),
  };
}

/** Of what was claimed ahead nobody has heard, and only the time can mute it. */
function isToldNow(claim: Claim, { route, now }: Deciding): boolean {
  const [first] = claim.alerts;
  const destination = first && destinationIn(route, first, first.level, claim);
  return destination !== undefined && timeMute(destination.route, now) === undefined;
}

/** As `decide` would, at a fraction of its cost: storms are told this way. */
function decideAll(claim: Claim): Decision {
  return {
    claim: { ...claim, untold: claim.untold.toSorted((a, b) => a.id - b.id), unchanged: [] },
    ...{ kept: new Map(), held: [] },
    beliefs: new Map(claim.alerts.map((alert) => [alertId(alert), alert.level ?? ''])),
  };
}

interface Pair {
  readonly member: Member;
  readonly fate: Fate;
}

/** What becomes of each untold transition. */
function sort(pairs: readonly Pair[], isSent: boolean) {
  const told: Untold[] = [];
  const held: number[] = [];
  const kept = new Map<number, string>();
  let until = Infinity;
  for (const { fate } of pairs) {
    if (isSent) told.push(...fate.tell);
    else for (const { id } of fate.tell) held.push(id);
    for (const { id } of fate.hold) held.push(id);
    for (const [id, why] of fate.keep) kept.set(id, why);
    if (fate.until !== undefined) until = Math.min(until, fate.until);
  }
  return { told, held, kept, until };
}

/** The alerts that a message speaks of, those that it counts, and what its receiver takes the former for from then on. */
function list(pairs: readonly Pair[], heard: Context & Since) {
  const alerts: Alert[] = [];
  const unchanged: Alert[] = [];
  const beliefs = new Map<string, string | null>();
  for (const { member, fate } of pairs) {
    if (!fate.isListed) continue;
    const isSpoken = isSpokenOf(member, fate, heard);
    (isSpoken ? alerts : unchanged).push(member.alert);
    if (isSpoken && fate.belief !== undefined) beliefs.set(member.id, fate.belief);
  }
  return { alerts, unchanged, beliefs };
}

/** False for what goes on as its receiver knows, unless no message spoke of it for a `repeat_interval`. */
function isSpokenOf({ id, believed }: Member, { tell, belief, isMuted }: Fate, heard: Context & Since): boolean {
  if (isMuted) return false;
  if (tell.length > 0 || belief !== believed || heard.tried.has(id)) return true;
  const at = heard.spokenAt[id] ?? heard.lastSentAt;
  return at === undefined || at <= heard.since;
}

interface Since {
  /** What was spoken of no later than this is to be recalled: unix ms. */
  readonly since: number;
}

/** Time for a reminder, and something that fires here and is not muted to remind of. */
function isReminder(pairs: readonly Pair[], { muting, repeatInterval }: Claim, { now }: Context): boolean {
  if (muting?.lastSentAt !== undefined && now < muting.lastSentAt + repeatInterval) return false;
  return pairs.some(
    ({ member: { alert }, fate: { isListed, isMuted } }) => alert.state === 'firing' && isListed && !isMuted,
  );
}
