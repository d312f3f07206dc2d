import type { Labels } from '../../model/labels.ts';
import type { Silence } from '../../model/mute.ts';
import { labelFingerprint } from './fingerprint.ts';

/** An alert that fires, as routes, silences and other programs see it. Times are unix ms. */
export interface ShownAlert {
  /** `alertname` and `severity` among them. */
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly updatedAt: number;
  readonly generatorUrl?: string | undefined;
  /** Ids of silences, and labels of the alerts that inhibit it. */
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly Labels[];
  /** Where it is told, and with which others. */
  readonly told: readonly { readonly receiver: string; readonly groupLabels: Labels }[];
}

/** As `GET /alerts` of Alertmanager 0.25 shows it. */
export function gettable(alert: ShownAlert) {
  const { annotations, labels, generatorUrl, silencedBy, inhibitedBy } = alert;
  const isSuppressed = silencedBy.length + inhibitedBy.length > 0;
  return {
    annotations,
    endsAt: timeText(alert.endsAt),
    fingerprint: labelFingerprint(labels),
    receivers: [...new Set(alert.told.map(({ receiver }) => receiver))].map((name) => ({ name })),
    startsAt: timeText(alert.startsAt),
    status: {
      inhibitedBy: inhibitedBy.map(labelFingerprint),
      silencedBy,
      state: isSuppressed ? 'suppressed' : 'active',
    },
    updatedAt: timeText(alert.updatedAt),
    ...(generatorUrl !== undefined && { generatorURL: generatorUrl }),
    labels,
  };
}

export type Gettable = ReturnType<typeof gettable>;

/** As `GET /silences` shows it. */
export function gettableSilence(silence: Silence, now: number) {
  const { id, matchers, startsAt, endsAt, updatedAt, createdBy, comment } = silence;
  const state = endsAt <= now ? 'expired' : startsAt > now ? 'pending' : 'active';
  return {
    id,
    status: { state },
    updatedAt: timeText(updatedAt),
    comment,
    createdBy,
    endsAt: timeText(endsAt),
    matchers: matchers.map(({ name, op, value }) => {
      return { isEqual: !op.startsWith('!'), isRegex: op.endsWith('~'), name, value };
    }),
    startsAt: timeText(startsAt),
  };
}

export function timeText(at: number): string {
  return new Date(at).toISOString();
}
