import { severityRank } from '../alerts/advance.ts';
import type { Route } from '../model/config.ts';
import type { ClaimMuting } from '../model/claim.ts';
import { isTarget } from './inhibit.ts';
import type { Member, Untold } from './member.ts';
import { mutedBy } from './mute.ts';
import type { Muting } from './mute.ts';
import { shownLabels } from './shown.ts';
import { wasMuted } from './wasMuted.ts';

export type Context = Omit<Muting, 'silences' | 'acknowledgements'> &
  Omit<ClaimMuting, 'tried'> & { readonly tried: ReadonlySet<string>; readonly route: Route };

/** What becomes of one alert of a claim; `decide` says by which rules. */
export interface Fate {
  /** Worth a message of its own. */
  readonly rings: boolean;
  /** Told with the message, if there is one. */
  readonly tell: readonly Untold[];
  readonly hold: readonly Untold[];
  readonly keep: readonly (readonly [id: number, why: string])[];
  /** Part of the message, if there is one. */
  readonly isListed: boolean;
  readonly isMuted: boolean;
  /** When what holds it ends: unix ms. */
  readonly until?: number | undefined;
  /** What the receiver takes it for after the message; undefined: as before. */
  readonly belief?: string | null | undefined;
}

const NOTHING: Fate = { rings: false, tell: [], hold: [], keep: [], isListed: false, isMuted: false };

/** A target of inhibition waits this long for what may inhibit it, when both come of the same event: ms, judging clock. */
const GRACE = 500;

export function fateOf(member: Member, context: Context): Fate {
  return member.alert.state === 'firing' ? fateOfFiring(member, context) : fateOfOver(member, context);
}

function fateOfFiring(member: Member, context: Context): Fate {
  const { id, alert, untold, believed, destination } = member;
  const isUnsure = context.tried.has(id);
  if (destination === undefined && believed === undefined && !isUnsure)
    return { ...NOTHING, keep: kept(untold, 'told elsewhere') };
  const mute = holdOf(member, context);
  if (mute)
    return { ...NOTHING, hold: untold, isMuted: true, until: mute.until, isListed: believed !== undefined || isUnsure };
  // It goes elsewhere now: what is told here is that it moved.
  if (destination === undefined) return told(untold, { rings: untold.length > 0, belief: null });
  const belief = alert.level ?? '';
  if (believed !== undefined) return told(untold, { rings: untold.length > 0 && !isKnown(member), belief });
  return firstTold(member, context, belief);
}

/** An earlier breach of which nothing was told, and that began and ended under a mute, is kept on record. */
function firstTold(member: Member, context: Context, belief: string): Fate {
  const { untold } = member;
  const at = untold.findLastIndex(({ kind }) => kind === 'firing');
  const past = at > 0 ? untold.slice(0, at) : [];
  if (past.length === 0 || !wasMuted(past, member, context)) return told(untold, { rings: true, belief });
  return { ...told(untold.slice(at), { rings: true, belief }), keep: kept(past, 'muted') };
}

function told(
  tell: Fate['tell'],
  { rings, belief }: { readonly rings: boolean; readonly belief: string | null },
): Fate {
  return { rings, tell, hold: [], keep: [], isListed: true, isMuted: false, belief };
}

function fateOfOver(member: Member, context: Context): Fate {
  const { id, untold, believed, destination } = member;
  if (untold.length === 0) return NOTHING;
  const over = told(untold, { rings: true, belief: null });
  if (believed !== undefined || context.tried.has(id)) return over;
  if (destination?.telling.after !== undefined)
    return { ...NOTHING, keep: kept(untold, 'over before its escalation was due') };
  return wasMuted(untold, member, context) ? { ...NOTHING, keep: kept(untold, 'muted') } : over;
}

function kept(untold: readonly Untold[], why: string): Fate['keep'] {
  return untold.map(({ id }) => [id, why]);
}

interface Hold {
  readonly until: number | undefined;
}

/** What keeps an alert that fires from being told now. */
function holdOf(member: Member, context: Context): Hold | undefined {
  const { alert, believed, destination } = member;
  const muted = mutedBy(alert, destination?.route ?? {}, context);
  if (muted) return { until: muted.until };
  return believed === undefined ? waitOf(member, context) : undefined;
}

/** The first telling waits for an escalation to come due, and for what may inhibit it. */
function waitOf({ alert, destination }: Member, { now, inhibit }: Context): Hold | undefined {
  const firedAt = alert.firedAt ?? alert.activeAt ?? now;
  const { after = 0 } = destination?.telling ?? {};
  const mayBeInhibited = inhibit.length > 0 && isTarget(shownLabels(alert), inhibit);
  const until = firedAt + (mayBeInhibited ? Math.max(after, GRACE) : after);
  // A clock that was set back must not hold anything for long.
  return firedAt <= now && now < until ? { until } : undefined;
}

/** The receiver knows all that is true of it, and missed nothing worse in between. */
function isKnown({ alert, untold, believed }: Member): boolean {
  if (believed !== (alert.level ?? '')) return false;
  return untold.every(({ kind, to }) => kind !== 'worse' && severityRank(to) <= severityRank(alert.level));
}
