import type { Alert, Transition } from '../../src/model/alert.ts';
import type { Route } from '../../src/model/config.ts';
import type { Silence } from '../../src/model/mute.ts';
import type { Claim, ClaimMuting } from '../../src/model/claim.ts';

export const noon = Date.UTC(2026, 4, 1, 12);
export const minute = 60_000;
export const hour = 3_600_000;

export function node(more: Partial<Route> = {}): Route {
  const timers = { groupWait: 30_000, groupInterval: 5 * minute, repeatInterval: 4 * hour };
  return { receivers: ['desk'], groupBy: ['asset'], matchers: [], routes: [], continue: false, ...timers, ...more };
}

export function firing(more: Partial<Alert> = {}): Alert {
  const common = { pending: {}, lastKnownAt: noon, activeAt: noon, firedAt: noon, startUnseen: false } as const;
  return { rule: 'BelowNav', labels: { asset: 'xusd' }, state: 'firing', level: 'warning', ...common, ...more };
}

export function over(more: Partial<Alert> = {}): Alert {
  return firing({ state: 'inactive', level: null, firedAt: undefined, activeAt: undefined, ...more });
}

let ids = 0;
export function untold(kind: Transition['kind'], more: Partial<Transition> = {}): Claim['untold'][number] {
  const ends = kind === 'resolved' || kind === 'removed';
  const levels = ends ? ({ from: 'warning', to: null } as const) : ({ from: null, to: 'warning' } as const);
  const common = { rule: 'BelowNav', labels: { asset: 'xusd' }, at: noon, activeAt: noon };
  return { id: ++ids, kind, ...common, ...levels, ...more };
}

export function silenceOf(matcher: string, more: Partial<Silence> = {}): Silence {
  const [name = '', value = ''] = matcher.split('=');
  const times = { startsAt: noon - hour, endsAt: noon + hour, updatedAt: noon };
  return { id: matcher, matchers: [{ name, op: '=', value }], createdBy: 'ada', comment: '', ...times, ...more };
}

export const groupKey = '{}:{asset="xusd"}';

export function claimOf(
  alerts: readonly Alert[],
  transitions: Claim['untold'],
  muting: Partial<ClaimMuting> = {},
): Claim {
  const timers = { groupWait: 30_000, groupInterval: 5 * minute, repeatInterval: 4 * hour };
  const key = { receiver: 'desk', groupKey, groupLabels: { asset: 'xusd' } };
  const nothing = { wakes: 0, believed: {}, spokenAt: {}, tried: [], silences: [], acknowledgements: [] };
  const claim = { token: 't', threadId: 'thread', attempts: 0, earlier: [] };
  return { ...key, ...timers, ...claim, alerts, untold: transitions, muting: { ...nothing, ...muting } };
}
