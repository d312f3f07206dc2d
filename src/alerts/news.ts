import type { Alert } from '../model/alert.ts';

/**
 * Says whether an alert has to be stored again. One that fires as it did, with no clock running and the same value, differs in
 * `lastKnownAt` alone, and that follows from the instant of its group's last evaluation.
 */
export function isNews(before: Alert | undefined, after: Alert): boolean {
  if (before === after) return false;
  if (before === undefined || !isSteady(before) || !isSteady(after)) return true;
  return differs(before, after) || differs(after, before);
}

/** True when something that one of them has is not so in the other; `pending` is empty on both sides. */
function differs(one: Alert, other: Alert): boolean {
  for (const key in one) {
    if (key === 'lastKnownAt' || key === 'pending') continue;
    if (one[key as keyof Alert] !== other[key as keyof Alert]) return true;
  }
  return false;
}

/** A pause of judging after which nobody knows how it was meanwhile: ms. */
const GAP = 300_000;

/** An alert as it is at `evaluatedAt`, when its group was evaluated last; one that is judged again only after a gap was not watched. Unix ms. */
export function asOf(alert: Alert, evaluatedAt: number, now: number): Alert {
  if (alert.state === 'inactive' && alert.unknown === undefined && now - evaluatedAt > GAP)
    return { ...alert, unknown: { reason: 'unwatched', since: evaluatedAt } };
  return isSteady(alert) && alert.lastKnownAt < evaluatedAt ? { ...alert, lastKnownAt: evaluatedAt } : alert;
}

function isSteady({ state, pending, clearing, unknown }: Alert): boolean {
  if (state !== 'firing' || unknown !== undefined || clearing !== undefined) return false;
  for (const _ in pending) return false;
  return true;
}
