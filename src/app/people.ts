import { ackUrl } from '../http/people/ackToken.ts';
import type { PeopleDeps } from '../http/people/deps.ts';
import { doSlackActions } from '../http/people/slackActions.ts';
import type { Settings } from '../config/loadConfig.ts';
import type { Clock } from '../io/clock.ts';
import { openSlackSocket } from '../io/slackSocket.ts';
import { signingKey } from '../io/token.ts';
import { createQuiet } from '../jobs/quiet.ts';
import type { RunningWorker } from '../jobs/worker.ts';
import type { NotifierIo } from '../model/config.ts';
import type { Secret } from '../model/secret.ts';
import type { Store } from '../model/store.ts';
import type { AppOptions, OnStop } from './options.ts';

/** A link in a mail works this long: ms. */
const LINK_MS = 7 * 86_400_000;
const ENVELOPE_MS = 3_600_000;

interface SlackOptions {
  readonly signing_secret?: Secret;
  readonly app_token?: Secret;
  readonly api_url?: string;
}

function slackOptions({ receivers }: Settings): readonly SlackOptions[] {
  return receivers.filter(({ kind }) => kind === 'slack').map(({ options }) => options as SlackOptions);
}

interface PeopleParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly poster: Pick<RunningWorker['poster'], 'firing'>;
}

/** What people may do from mails and from Slack. In a storm they are told of alerts before these are stored: what they say of them waits. */
export function peopleOf(settings: Settings, { store, clock, poster }: PeopleParts): PeopleDeps {
  return {
    store: {
      ...store,
      acknowledge: async (input, act) => {
        await poster.firing();
        return store.acknowledge(input, act);
      },
    },
    now: clock.now,
    machineNow: clock.machineNow,
    unackAfter: settings.unackAfter,
    quiet: createQuiet(clock.machineNow),
    signingKey: settings.dashboard.signingKey ?? signingKey(settings.data),
    slackSecrets: slackOptions(settings).flatMap(({ signing_secret }) => signing_secret ?? []),
  };
}

/** Links for mails; only where people can follow them. */
export function ackLinks(settings: Settings): NotifierIo['acknowledgeLink'] {
  const { externalUrl, signingKey: given } = settings.dashboard;
  if (externalUrl === undefined) return undefined;
  const key = given ?? signingKey(settings.data);
  return ({ alerts, receiver, id }) => {
    const alertIds = alerts.filter(({ state }) => state === 'firing').map((alert) => alert.id);
    const grant = { alertIds, receiver, message: id, expires: Date.now() + LINK_MS };
    return alertIds.length === 0 ? undefined : ackUrl(externalUrl, grant, key);
  };
}

/** Listens to presses by Socket Mode, one connection for each app. */
export function listenToSlack({ settings, log }: AppOptions, people: PeopleDeps, onStop: OnStop): void {
  const apps = new Map(
    slackOptions(settings).flatMap((one) =>
      one.app_token ? [[one.app_token.reveal(), { ...one, app_token: one.app_token }] as const] : [],
    ),
  );
  for (const { app_token: appToken, api_url: api = 'https://slack.com' } of apps.values()) {
    const onInteraction = async (payload: unknown, envelope: string) => {
      const now = people.machineNow();
      const isFirst = await people.store.useOnce(`slack envelope ${envelope}`, { until: now + ENVELOPE_MS, now });
      if (isFirst) await doSlackActions(payload, people);
    };
    onStop(openSlackSocket({ appToken, api, onInteraction, log: (event, message) => log.warn(event, message) }));
  }
}
