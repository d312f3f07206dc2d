import { scopeOf } from '../../dispatch/compose-alert.ts';
import { inhibitor } from '../../dispatch/inhibit.ts';
import { routesFor } from '../../dispatch/route.ts';
import { shownLabels } from '../../dispatch/shown.ts';
import { renderTemplate } from '../../dispatch/template.ts';
import type { Alert } from '../../model/alert.ts';
import type { InhibitRule, Route } from '../../model/config.ts';
import type { Labels } from '../../model/labels.ts';
import type { Silence } from '../../model/mute.ts';
import type { AlertRule, Asset } from '../../model/rule.ts';
import { matchesAll } from './filter.ts';
import { timeText } from './gettable.ts';
import type { ShownAlert } from './gettable.ts';
import { RESOLVE_TIMEOUT } from './postable.ts';

/** What alerts are shown by. `now` is unix ms on the judging clock. */
export interface Showing {
  readonly ruleOf: (name: string) => AlertRule | undefined;
  readonly assetOf: (id: string) => Asset | undefined;
  readonly route: Route;
  /** Those in force. */
  readonly silences: readonly Silence[];
  readonly inhibit: readonly InhibitRule[];
  /** All alerts that fire, and may inhibit others. */
  readonly firing: readonly Alert[];
  readonly now: number;
}

/** Shows a firing alert as Alertmanager would know it if a Prometheus had posted it. */
export function showAlert(alert: Alert, showing: Showing): ShownAlert {
  const { silences, now, route } = showing;
  const { alertname, ...others } = shownLabels(alert);
  const labels = alertname ? { ...others, alertname } : others;
  const silencedBy = silences.filter(({ matchers }) => matchesAll(matchers, labels)).map(({ id }) => id);
  const source = inhibitor(alert, showing.firing, showing.inhibit);
  return {
    labels,
    annotations: annotationsOf(alert, showing),
    startsAt: alert.activeAt ?? now,
    endsAt: alert.unknown === undefined && alert.posted ? alert.posted.endsAt : now + RESOLVE_TIMEOUT,
    updatedAt: alert.posted?.updatedAt ?? alert.lastKnownAt,
    generatorUrl: alert.posted?.generatorUrl,
    silencedBy,
    inhibitedBy: source === undefined ? [] : [shownLabels(source)],
    told: routesFor(route, labels).flatMap(({ route: { receivers, groupBy } }) => {
      const groupLabels = Object.fromEntries(groupBy.flatMap((name) => (labels[name] ? [[name, labels[name]]] : [])));
      return receivers.map((receiver) => ({ receiver, groupLabels }));
    }),
  };
}

function annotationsOf(alert: Alert, showing: Showing): Labels {
  const written = alert.posted?.annotations ?? rendered(alert, showing);
  if (alert.unknown === undefined) return written;
  return { ...written, last_known: `stale since ${timeText(alert.unknown.since)}: ${alert.unknown.reason}` };
}

function rendered(alert: Alert, showing: Showing): Labels {
  const rule = showing.ruleOf(alert.rule);
  if (rule === undefined) return {};
  const scope = scopeOf(rule, { alert, level: alert.level, value: alert.value }, showing);
  return Object.fromEntries(
    Object.entries(rule.annotations).map(([name, text]) => [name, renderTemplate(text, rule.templates, scope)]),
  );
}
