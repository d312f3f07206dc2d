import type { Alert, AlertLevel } from '../model/alert.ts';
import type { Route } from '../model/config.ts';
import { inhibitor } from './inhibit.ts';
import { levelBefore } from './member.ts';
import type { Member, Untold } from './member.ts';
import { silenceOf, timeMute } from './mute.ts';
import type { Muting } from './mute.ts';
import { shownLabels } from './shown.ts';

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Instants of a mute time that are looked at between the beginning and the end of a breach. */
const LOOKS = 500;

/** True when one mute covered what is over from its firing to its end, as far as that can be said afterwards. */
export function wasMuted(
  untold: readonly Untold[],
  { alert, destination }: Pick<Member, 'alert' | 'destination'>,
  muting: Pick<Muting, 'silences' | 'sources' | 'inhibit'>,
): boolean {
  const span = { from: untold[0]!.at, to: untold.at(-1)!.at };
  const levels = new Set(untold.flatMap(({ kind, from, to }) => (kind === 'firing' ? [to] : [from, to ?? from])));
  return (
    wasSilenced(alert, levels, { span, muting }) ||
    wasQuietTime(destination?.route ?? {}, span) ||
    wasInhibited({ ...alert, level: levelBefore(untold) }, span, muting)
  );
}

function wasSilenced(
  alert: Alert,
  levels: ReadonlySet<AlertLevel>,
  { span, muting }: { readonly span: Span; readonly muting: Pick<Muting, 'silences'> },
): boolean {
  return [...levels].every((level) => silenceOf(shownLabels({ ...alert, level }), muting.silences, span) !== undefined);
}

function wasQuietTime(route: Pick<Route, 'muteTimes' | 'activeTimes'>, { from, to }: Span): boolean {
  if (route.muteTimes === undefined && route.activeTimes === undefined) return false;
  const step = Math.max(60_000, (to - from) / LOOKS);
  for (let at = from; at < to; at += step) if (timeMute(route, at) === undefined) return false;
  return timeMute(route, to) !== undefined;
}

/** By something that fired no later and fires still. */
function wasInhibited(
  alert: Alert,
  { from }: Span,
  { sources, inhibit }: Pick<Muting, 'sources' | 'inhibit'>,
): boolean {
  const standing = sources.filter(({ firedAt = Infinity }) => firedAt <= from);
  return inhibitor(alert, standing, inhibit) !== undefined;
}
