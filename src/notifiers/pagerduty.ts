import { z } from 'zod';
import type { Notification, ToldAlert } from '../model/notification.ts';
import { secret } from '../model/schema.ts';
import { apiUrl } from './api-url.ts';
import { clip, headline, pageOf, runbookOf } from './content.ts';
import { describeInputs } from './content-inputs.ts';
import { defineHttpReceiver } from './http-receiver.ts';
import type { HttpRequest } from './http-receiver.ts';
import { incidentLanes } from './incident.ts';
import type { IncidentStep } from './incident.ts';
import { keySecrets } from './post.ts';
import { severityOf } from './severity.ts';
import { webAddress } from './web-address.ts';

const HOSTS = { us: 'https://events.pagerduty.com', eu: 'https://events.eu.pagerduty.com' } as const;

const options = z.strictObject({
  /** Of an "Events API v2" integration of the service that is to ring. */
  routing_key: secret().refine((key) => /^[0-9a-zA-Z]{32}$/.test(key.reveal()), {
    error: 'expected the integration key of an Events API v2 integration: 32 letters and digits',
  }),
  region: z.enum(['us', 'eu']).default('us'),
  api_url: apiUrl(),
});

type Options = z.infer<typeof options>;

/** One PagerDuty incident for each alert: opened, kept and resolved under the alert's id. */
export const pagerduty = defineHttpReceiver<Options>({
  kind: 'pagerduty',
  about: 'PagerDuty incidents by Events API v2, one for each alert',
  options,
  service: 'PagerDuty',
  advice: {
    400: 'Check the routing key; if it is right, report the words in quotes.',
    403: 'The integration is switched off or its key is wrong: check the routing key.',
    404: 'Check the region of the receiver.',
  },
  secretsOf: ({ routing_key }) => keySecrets(routing_key),
  lanes: (notification, given) =>
    incidentLanes(notification, (alert, step) => requestOf(alert, step, { notification, given })),
  receiptOf: (answer, { id }) => (answer?.['status'] === 'success' ? id : undefined),
});

function requestOf(
  alert: ToldAlert,
  step: IncidentStep,
  { notification, given }: { readonly notification: Notification; readonly given: Options },
): Omit<HttpRequest, 'key'> {
  const { routing_key, region, api_url } = given;
  const event = { routing_key: routing_key.reveal(), dedup_key: alert.id };
  return {
    url: `${api_url ?? HOSTS[region]}/v2/enqueue`,
    body:
      step === 'close'
        ? { ...event, event_action: 'resolve' }
        : { ...event, event_action: 'trigger', ...detailsOf(alert, notification) },
  };
}

// https://developer.pagerduty.com/docs/send-alert-event
function detailsOf(alert: ToldAlert, notification: Notification) {
  const { groupLabels, dashboardUrl, at } = notification;
  const links = [
    { href: runbookOf(alert), text: 'Runbook' },
    { href: webAddress(alert.explorer), text: 'Explorer' },
    { href: webAddress(alert.block), text: 'Block' },
    { href: webAddress(dashboardUrl), text: 'Dashboard' },
  ];
  return {
    payload: {
      summary: clip(headline(alert, 1000), 1024) || alert.rule,
      source: clip(alert.labels['chain'] ?? '', 200) || 'tocsin',
      severity: severityOf(alert),
      timestamp: new Date(alert.since).toISOString(),
      component: clip(alert.labels['asset'] ?? '', 200) || undefined,
      group: clip(Object.values(groupLabels).join(' '), 200) || undefined,
      class: clip(alert.rule, 200),
      custom_details: {
        description: alert.description && clip(alert.description, 2000),
        at_risk: alert.atRisk?.text,
        value: alert.value,
        threshold: alert.threshold,
        stale_since: alert.staleSince && new Date(alert.staleSince).toISOString(),
        labels: labelsOf(alert),
        expression: clip(alert.evidence.expression, 700),
        computed: clip(alert.evidence.substituted, 700),
        inputs: describeInputs(alert.evidence.inputs, at).map((line) => clip(line, 300)),
      },
    },
    links: links.filter(({ href }) => href !== undefined),
    client: 'Tocsin',
    client_url: pageOf(alert, notification),
  };
}

function labelsOf({ labels }: ToldAlert): Record<string, string> {
  const shown = Object.entries(labels).slice(0, 50);
  return Object.fromEntries(shown.map(([name, value]) => [clip(name, 100), clip(value, 200)]));
}
