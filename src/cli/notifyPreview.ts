import { writeFileSync } from 'node:fs';
import { compose } from '../dispatch/compose.ts';
import { destinationsOf } from '../dispatch/route.ts';
import { shownLabels } from '../dispatch/shown.ts';
import { EXAMPLE } from '../dispatch/template-message-check.ts';
import type { Alert } from '../model/alert.ts';
import type { NotifierIo, ReceiverConfig } from '../model/config.ts';
import type { Notification } from '../model/notification.ts';
import { Secret } from '../model/secret.ts';
import { describe } from '../notifiers/content.ts';
import { renderHtml } from '../notifiers/email-html.ts';
import { subjectOf } from '../notifiers/email.ts';
import { makeNotifier } from '../notifiers/makeNotifier.ts';
import { customise } from '../notifiers/templated.ts';
import { renderText } from '../notifiers/text.ts';
import { readConfiguration } from './configuration.ts';
import type { Choices, Configuration } from './configuration.ts';
import { receiverNamed } from './notify.ts';
import type { Output } from './output.ts';
import { openClock, openExisting } from './storeOf.ts';

export interface PreviewChoices extends Choices {
  /** Name of an alert that fires now; without it an example is shown. */
  readonly alert?: string;
  /** Where the HTML of a mail is written. */
  readonly html?: string;
}

/** `tocsin notify preview RECEIVER`: prints what would be sent, and sends nothing. Returns the exit code. */
export async function notifyPreview(name: string, choices: PreviewChoices, output: Output): Promise<number> {
  const { stdout, stderr } = output;
  const configuration = readConfiguration(choices);
  const receiver = receiverNamed(name, configuration.settings, output);
  if (receiver === undefined) return 1;
  const composed =
    choices.alert === undefined ? exampleFor(name, configuration) : await firing(choices.alert, name, configuration);
  if (composed === undefined) {
    stderr.write(
      `No alert "${choices.alert}" fires now. Expected the name of one that does; without --alert an example is shown.\n`,
    );
    return 1;
  }
  const log: NotifierIo['log'] = ({ reason }, message) => void stderr.write(`${message}: ${String(reason)}\n`);
  const message = customise(composed, receiver, { now: Date.now, log });
  if (receiver.kind === 'email') stdout.write(`Subject: ${subjectOf(message)}\n`);
  stdout.write(`Title: ${describe(message, 0).title}\n\n${renderText(message)}`);
  for (const body of await bodiesOf(message, receiver)) stdout.write(`\n${body}\n`);
  if (choices.html !== undefined) writeFileSync(choices.html, renderHtml(message));
  return 0;
}

function exampleFor(receiver: string, { settings }: Configuration): Notification {
  const { timezone, dashboard } = settings;
  return { ...EXAMPLE, receiver, timezone, dashboardUrl: dashboard.externalUrl };
}

/** The message about alerts of this name, as if they were told now for the first time; its inputs are not read again. */
async function firing(rule: string, receiver: string, configuration: Configuration): Promise<Notification | undefined> {
  const { settings, files, loadRules } = configuration;
  const opened = await openExisting(settings);
  if (opened === undefined) return undefined;
  const clock = await openClock(settings);
  try {
    const alerts = await opened.store.firingLike([{ alertname: rule }]);
    if (alerts.length === 0) return undefined;
    const now = clock.now();
    const { rules } = loadRules(files, now);
    const written = rules.groups.flatMap((group) => group.rules).filter((each) => 'alert' in each);
    const ruleOf = (name: string) => written.find(({ alert }) => alert === name);
    return compose({
      claim: claimOf(alerts, receiver, settings.route),
      // The one asked for is shown whatever the routes say.
      route: { ...settings.route, receivers: [receiver], matchers: [], routes: [] },
      ...{ ruleOf, now, timezone: settings.timezone, dashboardUrl: settings.dashboard.externalUrl },
      assetOf: (id) => rules.assets[id],
      evidenceOf: (alert) => ({ expression: ruleOf(alert.rule)?.expr ?? '', substituted: '', inputs: [] }),
    });
  } finally {
    await clock.close();
    await opened.close();
  }
}

function claimOf(alerts: readonly Alert[], receiver: string, route: Configuration['settings']['route']) {
  const [first] = alerts;
  const told = destinationsOf(route, shownLabels(first!)).find(({ telling }) => telling.receiver === receiver);
  const { groupKey = 'preview', groupLabels = { alertname: first!.rule } } = told?.telling ?? {};
  const { groupWait, groupInterval, repeatInterval } = route;
  const untold = alerts.map(({ rule, labels, level, value, activeAt = 0, firedAt = activeAt }, id) => {
    const started = { kind: 'firing', at: firedAt, from: null, to: level, activeAt } as const;
    return { id, rule, labels, value, ...started };
  });
  return {
    ...{ receiver, groupKey, groupLabels, groupWait, groupInterval, repeatInterval, alerts, untold },
    ...{ token: '', threadId: 'preview', attempts: 0, earlier: [] },
  };
}

/** What an HTTP service would get, without secrets: the notifier itself makes it, and nothing leaves this process. */
async function bodiesOf(message: Notification, { kind, options }: ReceiverConfig): Promise<readonly string[]> {
  const bodies: string[] = [];
  const io: NotifierIo = {
    fetch: async (_address, init) => {
      if (typeof init?.body === 'string') bodies.push(shown(init.body, secretsIn(options)));
      throw new TypeError('nothing is sent');
    },
    ...{ now: Date.now, log: () => undefined, draw: async () => undefined, keep: async () => undefined },
  };
  if (kind === 'email') return [];
  const notifier = makeNotifier({ kind, options }, io);
  await notifier.send(message, AbortSignal.timeout(10_000)).catch(() => undefined);
  await notifier.close?.();
  return bodies;
}

function shown(body: string, secrets: readonly string[]): string {
  const hidden = secrets.reduce((text, secret) => text.replaceAll(secret, '[secret]'), body);
  try {
    return JSON.stringify(JSON.parse(hidden), null, 2);
  } catch {
    return hidden;
  }
}

function secretsIn(options: unknown): readonly string[] {
  if (options instanceof Secret) return [options.reveal()];
  return typeof options === 'object' && options !== null ? Object.values(options).flatMap(secretsIn) : [];
}
