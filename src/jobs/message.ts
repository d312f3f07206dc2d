import { compose } from '../dispatch/compose.ts';
import type { Config } from '../model/config.ts';
import type { Notification } from '../model/notification.ts';
import type { Claim } from '../model/store.ts';
import { gatherEvidence } from './evidence.ts';
import type { EvidenceDeps } from './evidence.ts';
import type { Runtime } from './runtime.ts';

export interface MessageDeps {
  readonly config: Pick<Config, 'timezone' | 'route' | 'dashboard'>;
  readonly runtime: Runtime;
  /** Knows where samples were read. */
  readonly store: EvidenceDeps['store'];
}

/** Makes the message for a claim, its evidence evaluated again. `now` is unix ms on the judging clock. */
export async function makeMessage(
  claim: Claim,
  now: number,
  { config, runtime, store }: MessageDeps,
): Promise<Notification> {
  const { live, windows } = runtime;
  const { timezone, route, dashboard } = config;
  return compose({
    claim,
    route,
    evidenceOf: await gatherEvidence(claim.alerts, { live, view: windows.view, store }),
    ruleOf: (name) => live.alertRules.get(name),
    assetOf: (id) => live.rules.assets[id],
    now,
    timezone,
    dashboardUrl: dashboard.externalUrl,
  });
}
