import { mutedBy } from '../dispatch/mute.ts';
import type { Muting } from '../dispatch/mute.ts';
import { routesFor } from '../dispatch/route.ts';
import { matchesAll } from '../dispatch/match.ts';
import { shownLabels } from '../dispatch/shown.ts';
import { alertId } from '../model/alert.ts';
import type { Alert } from '../model/alert.ts';
import type { Config } from '../model/config.ts';
import type { DisabledRule } from '../model/digest.ts';
import type { MutedStatus } from '../model/status.ts';
import type { Store } from '../model/store.ts';

interface Deps {
  readonly store: Pick<Store, 'silences' | 'acknowledgements'>;
  readonly config: Pick<Config, 'route' | 'inhibit'>;
  /** Rules that their file switches off. */
  readonly disabled: readonly DisabledRule[];
}

/** Everything that keeps somebody from being told now or later: what, by whom, why, until when. */
export async function gatherMuted(alerts: readonly Alert[], now: number, deps: Deps): Promise<readonly MutedStatus[]> {
  const { store, config } = deps;
  const firing = alerts.filter(({ state }) => state === 'firing');
  const [silences, acknowledgements] = await Promise.all([store.silences(now), store.acknowledgements(now)]);
  const muting = { silences, acknowledgements, inhibit: config.inhibit ?? [], sources: firing, now };
  const said = silences
    .filter(({ endsAt }) => endsAt > now)
    .map(({ id, matchers, startsAt, endsAt, createdBy, comment }): MutedStatus => ({
      ...{ kind: 'silence', id, by: createdBy, comment, until: endsAt },
      ...(startsAt > now && { from: startsAt }),
      what: matchers.map(({ name, op, value }) => `${name}${op}${JSON.stringify(value)}`).join(', '),
      alerts: firing.filter((alert) => matchesAll(matchers, shownLabels(alert))).length,
    }));
  const acked = acknowledgements.map(({ alertId: id, rule, labels, by, via, note, until }): MutedStatus => {
    return {
      kind: 'ack',
      id,
      what: rule,
      labels,
      by: `${by} (${via})`,
      until,
      alerts: 1,
      ...(note && { comment: note }),
    };
  });
  const off = deps.disabled
    .filter(({ until }) => until > now)
    .map(({ rule, until, reason, by }): MutedStatus => {
      return { kind: 'disabled', id: rule, what: rule, by, comment: reason, until, alerts: 0 };
    });
  return [...said, ...acked, ...off, ...firing.flatMap((alert) => byItself(alert, config.route, muting))];
}

/** Kept quiet by the configuration: inhibited, or at a time at which its route is quiet. */
function byItself(alert: Alert, route: Config['route'], muting: Muting): readonly MutedStatus[] {
  const found = routesFor(route, shownLabels(alert)).flatMap((at) => mutedBy(alert, at.route, muting) ?? []);
  const own = found.find(({ by }) => by === 'inhibited' || by === 'time');
  if (own === undefined) return [];
  const { rule, labels } = alert;
  const by = own.by === 'inhibited' ? `${own.what}, which fires` : `time "${own.what}"`;
  const until = own.until === undefined ? {} : { until: own.until };
  return [
    { kind: own.by === 'time' ? 'time' : 'inhibited', id: alertId(alert), what: rule, labels, by, alerts: 1, ...until },
  ];
}
