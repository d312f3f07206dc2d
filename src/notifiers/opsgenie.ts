import { z } from 'zod';
import type { Notification, ToldAlert } from '../model/notification.ts';
import { secret, text } from '../model/schema.ts';
import { apiUrl } from './api-url.ts';
import { clip, headline } from './content.ts';
import { defineHttpReceiver } from './http-receiver.ts';
import type { HttpRequest } from './http-receiver.ts';
import { incidentLanes } from './incident.ts';
import type { IncidentStep } from './incident.ts';
import { keySecrets } from './post.ts';
import { severityOf } from './severity.ts';
import { renderText } from './text.ts';

const HOSTS = { us: 'https://api.opsgenie.com', eu: 'https://api.eu.opsgenie.com' } as const;
const PRIORITY = { critical: 'P1', warning: 'P3', info: 'P5' } as const;

const options = z.strictObject({
  /** Of an API integration that may create and close alerts. */
  key: secret(),
  region: z.enum(['us', 'eu']).default('us'),
  /** Names of teams; without any, the integration's own team is told. */
  teams: z.array(text()).max(50).default([]),
  api_url: apiUrl(),
});

type Options = z.infer<typeof options>;

/** One Opsgenie alert for each alert: its alias is the alert's id. */
export const opsgenie = defineHttpReceiver<Options>({
  kind: 'opsgenie',
  about: 'Opsgenie alerts, one for each alert (Atlassian ends the service on 5 April 2027)',
  options,
  service: 'Opsgenie',
  advice: {
    401: 'Check the key and the region of the receiver.',
    403: 'The key may not create alerts: give its integration that right.',
    422: 'Opsgenie does not accept this alert: check the teams, or report the words in quotes.',
  },
  secretsOf: ({ key }) => keySecrets(key),
  lanes: (notification, given) =>
    incidentLanes(notification, (alert, step) => requestOf(alert, step, { notification, given })),
  receiptOf: (answer, { id }) => (typeof answer?.['requestId'] === 'string' ? id : undefined),
});

function requestOf(
  alert: ToldAlert,
  step: IncidentStep,
  { notification, given }: { readonly notification: Notification; readonly given: Options },
): Omit<HttpRequest, 'key'> {
  const { key, region, teams, api_url } = given;
  const alerts = `${api_url ?? HOSTS[region]}/v2/alerts`;
  const headers = { authorization: `GenieKey ${key.reveal()}` };
  if (step === 'close') {
    const body = { source: 'tocsin', note: clip(`${alert.state}: ${alert.summary}`, 25_000) };
    return { headers, url: `${alerts}/${encodeURIComponent(alert.id)}/close?identifierType=alias`, body };
  }
  const responders = teams.map((name) => ({ type: 'team', name }));
  return {
    headers,
    url: alerts,
    body: { ...alertOf(alert, notification), ...(teams.length > 0 && { responders }) },
  };
}

// https://docs.opsgenie.com/docs/alert-api#create-alert
function alertOf(alert: ToldAlert, notification: Notification) {
  const labels = Object.entries(alert.labels).slice(0, 20);
  return {
    message: clip(headline(alert, 130), 130) || alert.rule,
    alias: alert.id,
    description: Array.from(renderText({ ...notification, alerts: [alert] }))
      .slice(0, 7000)
      .join(''),
    priority: PRIORITY[severityOf(alert)],
    source: 'tocsin',
    entity: clip(alert.labels['asset'] ?? '', 500),
    details: Object.fromEntries(labels.map(([name, value]) => [clip(name, 100), clip(value, 200)])),
  };
}
