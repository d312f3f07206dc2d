import { arrange, composeFrom } from '../dispatch/compose.ts';
import type { Composing } from '../dispatch/compose.ts';
import type { Config } from '../model/config.ts';
import { TOLD_IN_FULL } from '../model/notification.ts';
import type { Notification, Notifier } from '../model/notification.ts';
import type { Claim } from '../model/claim.ts';
import { gatherCharts } from './chart.ts';
import type { ChartDeps } from './chart.ts';
import { gatherEvidence } from './evidence.ts';
import type { Money } from './money.ts';
import type { Runtime } from './runtime.ts';
import { gatherUndone } from './undone.ts';
import type { IsCanonical, UndoneDeps } from './undone.ts';

export interface MessageDeps {
  readonly config: Pick<Config, 'timezone' | 'route' | 'dashboard'>;
  readonly runtime: Runtime;
  /** Knows where samples were read. */
  readonly store: UndoneDeps['store'] & ChartDeps['store'];
  readonly money: Money;
  /** Who shows pictures gets some. */
  readonly notifiers: ReadonlyMap<string, Notifier>;
  /** Absent: nothing is known of reorganisations. */
  readonly isCanonical?: IsCanonical | undefined;
}

/**
 * Makes the message for a claim. The alerts that are told in full get their evidence, evaluated again, and pictures; the rest, of which
 * there may be thousands, a line. `now` is unix ms on the judging clock.
 */
export async function makeMessage(given: Claim, now: number, deps: MessageDeps): Promise<Notification> {
  const { live, windows } = deps.runtime;
  const { timezone, route, dashboard } = deps.config;
  const atRiskOf = await deps.money(now);
  const notifier = deps.notifiers.get(given.receiver);
  const claim = notifier?.showsGroup ? whole(given) : given;
  const subjects = arrange({ claim, route, atRiskOf });
  const shown = subjects.slice(0, TOLD_IN_FULL).map(({ alert }) => alert);
  const reading = { live, view: windows.view, store: deps.store };
  const { isCanonical } = deps;
  const [evidenceOf, undoneOf, chartOf] = await Promise.all([
    gatherEvidence(shown, reading),
    isCanonical === undefined
      ? () => undefined
      : gatherUndone(subjects.slice(0, TOLD_IN_FULL), { ...reading, isCanonical }),
    notifier?.pictures ? gatherCharts(shown, { ...reading, now, timezone }) : () => undefined,
  ]);
  const composing: Composing = {
    ...{ claim, route, atRiskOf, evidenceOf, undoneOf, chartOf, now, timezone },
    ruleOf: (name) => live.alertRules.get(name),
    assetOf: (id) => live.rules.assets[id],
    dashboardUrl: dashboard.externalUrl,
  };
  return composeFrom(subjects, composing);
}

function whole({ unchanged = [], ...claim }: Claim): Claim {
  return { ...claim, alerts: [...claim.alerts, ...unchanged] };
}
