import { alertId } from '../model/alert.ts';
import type { Alert, AlertLevel } from '../model/alert.ts';
import type { Route } from '../model/config.ts';
import type { Claim, ClaimMuting } from '../model/claim.ts';
import { destinationIn } from './route.ts';
import type { Destination } from './route.ts';

export type Untold = Claim['untold'][number];

/** One alert of a claim with what concerns it. */
export interface Member {
  readonly id: string;
  readonly alert: Alert;
  /** Oldest first. */
  readonly untold: readonly Untold[];
  /** The level its receiver takes it to fire at, '' for a plain rule; undefined: not firing. */
  readonly believed: string | undefined;
  /** What the routes say of this receiver and group; undefined when the alert goes elsewhere now. */
  readonly destination: Destination | undefined;
}

export function membersOf(claim: Claim, believed: ClaimMuting['believed'], route: Route): readonly Member[] {
  const untold = new Map<string, Untold[]>();
  for (const each of claim.untold) {
    const id = alertId(each);
    const own = untold.get(id);
    if (own) own.push(each);
    else untold.set(id, [each]);
  }
  return claim.alerts.map((alert) => {
    const id = alertId(alert);
    const own = untold.get(id) ?? [];
    const level = alert.state === 'firing' ? alert.level : levelBefore(own);
    const destination = destinationIn(route, alert, level, claim);
    return { id, alert, untold: own, believed: believed[id], destination };
  });
}

/** The level at which what is over was last. */
export function levelBefore(untold: readonly Untold[]): AlertLevel {
  const last = untold.at(-1);
  return last?.to ?? last?.from ?? null;
}
