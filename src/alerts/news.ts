import type { Alert } from '../model/alert.ts';

/**
 * Says whether an alert has to be stored again. One that fires as it did, with no clock running and the same value, differs in
 * `lastKnownAt` alone, and that follows from the instant of its group's last evaluation.
 */
export function isNews(before: Alert | undefined, after: Alert): boolean {
  if (before === after) return false;
  if (before === undefined || !isSteady(before) || !isSteady(after)) return true;
  const keys = new Set([...Object.keys(before), ...Object.keys(after)] as (keyof Alert)[]);
  return [...keys].some((key) => !MOVES.has(key) && before[key] !== after[key]);
}

/** `pending` is empty on both sides. */
const MOVES: ReadonlySet<keyof Alert> = new Set(['lastKnownAt', 'pending']);

/** An alert as it is at `evaluatedAt`, when its group was evaluated last: unix ms. */
export function asOf(alert: Alert, evaluatedAt: number): Alert {
  return isSteady(alert) && alert.lastKnownAt < evaluatedAt ? { ...alert, lastKnownAt: evaluatedAt } : alert;
}

function isSteady({ state, pending, clearing, unknown }: Alert): boolean {
  return state === 'firing' && unknown === undefined && clearing === undefined && Object.keys(pending).length === 0;
}
