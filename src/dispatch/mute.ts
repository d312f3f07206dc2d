import { alertId } from '../model/alert.ts';
import type { Alert } from '../model/alert.ts';
import type { InhibitRule, Route } from '../model/config.ts';
import type { Labels } from '../model/labels.ts';
import type { Acknowledgement, Silence } from '../model/mute.ts';
import { inhibitor } from './inhibit.ts';
import { matchesAll } from './match.ts';
import { shownLabels } from './shown.ts';
import { isIn } from './times.ts';

/** Why an alert is not told. `until` (unix ms) is when to look again; absent where only an event can end it. */
export interface Muted {
  readonly by: 'silence' | 'ack' | 'inhibited' | 'time';
  /** Id of the silence, who acknowledged it, the rule that inhibits it, or the name of the time interval. */
  readonly what: string;
  readonly until?: number;
}

/** All that can mute an alert at one instant. */
export interface Muting {
  readonly silences: readonly Silence[];
  readonly acknowledgements: readonly Acknowledgement[];
  readonly inhibit: readonly InhibitRule[];
  /** Firing alerts that may inhibit others. */
  readonly sources: readonly Alert[];
  /** Unix ms, judging clock. */
  readonly now: number;
}

/** What mutes a firing alert on a route now, if anything does. */
export function mutedBy(
  alert: Alert,
  route: Pick<Route, 'muteTimes' | 'activeTimes'>,
  muting: Muting,
): Muted | undefined {
  const { now } = muting;
  const { silences } = muting;
  const silence = silences.length > 0 && silenceOf(shownLabels(alert), silences, { from: now, to: now });
  if (silence) return { by: 'silence', what: silence.id, until: silence.endsAt };
  const ack = muting.acknowledgements.find((one) => one.until > now && one.alertId === alertId(alert));
  if (ack) return { by: 'ack', what: ack.by, until: ack.until };
  const source = inhibitor(alert, muting.sources, muting.inhibit);
  if (source) return { by: 'inhibited', what: source.rule };
  const interval = timeMute(route, now);
  return interval === undefined ? undefined : { by: 'time', what: interval, until: timeEnd(route, now) };
}

/** One silence that was in force from the one instant to the other, both included. */
export function silenceOf(
  labels: Labels,
  silences: readonly Silence[],
  { from, to }: { readonly from: number; readonly to: number },
): Silence | undefined {
  return silences.find(
    ({ startsAt, endsAt, matchers }) => startsAt <= from && endsAt > to && matchesAll(matchers, labels),
  );
}

/** The interval that keeps a route quiet at an instant: a mute time it is in, or its active times, all of which it is out of. */
export function timeMute({ muteTimes = [], activeTimes = [] }: Pick<Route, 'muteTimes' | 'activeTimes'>, at: number) {
  const mute = muteTimes.find((interval) => isIn(interval, at));
  if (mute) return mute.name;
  if (activeTimes.length === 0 || activeTimes.some((interval) => isIn(interval, at))) return undefined;
  return `not ${activeTimes.map(({ name }) => name).join(', ')}`;
}

const MINUTE = 60_000;
/** Further ahead the end of a mute time is not looked for: minutes. */
const AHEAD = 60;

/** The first full minute that is not muted, or an hour from now. */
function timeEnd(route: Pick<Route, 'muteTimes' | 'activeTimes'>, now: number): number {
  const next = Math.floor(now / MINUTE) + 1;
  for (let minute = next; minute < next + AHEAD; minute++)
    if (timeMute(route, minute * MINUTE) === undefined) return minute * MINUTE;
  return (next + AHEAD) * MINUTE;
}
