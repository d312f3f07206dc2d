import { z } from 'zod';
import type { NotifierIo, NotifierKind } from '../model/config.ts';
import type { Notification } from '../model/notification.ts';
import { secret, text } from '../model/schema.ts';
import { apiUrl } from './api-url.ts';
import { keySecrets } from './post.ts';
import { callSlack, isGone, placeIn } from './slack-call.ts';
import type { SlackPlace } from './slack-call.ts';
import { renderSlack, renderSlackDigest } from './slack-blocks.ts';
import type { SlackMessage } from './slack-blocks.ts';
import { showCharts } from './slack-files.ts';
import { renderSlackReply } from './slack-reply.ts';

const options = z.strictObject({
  /** Of a bot with the scope `chat:write`. */
  token: secret(),
  /** Id of a channel (`C…`), which survives renaming, or `#name`. */
  channel: text().pipe(
    z
      .string()
      .regex(/^(?:[CGDU][A-Z0-9]{5,}|#?[\p{L}\p{N}_.-]+)$/u, { error: 'expected a channel: C0123456789 or #alerts' }),
  ),
  /** Of the app; its buttons then lead to `/slack/interactions` under `dashboard.external_url`. */
  signing_secret: secret().optional(),
  /** `xapp-…`: buttons come back by Socket Mode, and no address of ours need be reachable. */
  app_token: secret().optional(),
  api_url: apiUrl(),
});

type Options = z.infer<typeof options>;

const API = 'https://slack.com';
/** Machine ms for all pictures of a message. */
const UPLOAD_MS = 15_000;

/** Keeps one message for a group from first firing to all resolved, edited as things change, with each change in its thread. */
export const slack: NotifierKind<Options> = {
  kind: 'slack',
  about: 'Slack by bot: one message for a group, kept up to date, with its history as a thread',
  options,
  digests: true,
  make: (given, io) => {
    const showing = new Set<Promise<void>>();
    // Nobody waits for a picture: the message is told without it.
    const show = (notification: Notification, place: SlackPlace) => {
      const uploading = { token: given.token, api: given.api_url ?? API, io, signal: AbortSignal.timeout(UPLOAD_MS) };
      const shown = showCharts(notification, place, uploading).finally(() => showing.delete(shown));
      showing.add(shown);
    };
    return {
      ...{ pictures: true, showsGroup: true },
      close: async () => void (await Promise.allSettled(showing)),
      digest: async (digest, signal) => {
        const message = { channel: given.channel, ...renderSlackDigest(digest) };
        placeIn(await callerOf(given, { io, signal })('chat.postMessage', message));
      },
      update: async (notification, signal) => {
        const main = mainMessage(notification, given.channel);
        const message = renderSlack(notification, hasButtons(notification, given));
        if (main !== undefined) await edited(main, message, callerOf(given, { io, signal }));
      },
      send: async (notification, signal) => {
        const call = callerOf(given, { io, signal });
        const message = renderSlack(notification, hasButtons(notification, given));
        const main = mainMessage(notification, given.channel);
        if (main === undefined || !(await edited(main, message, call))) {
          const answer = await call('chat.postMessage', { channel: given.channel, ...message });
          const place = placeIn(answer);
          show(notification, place);
          return receiptOf(place);
        }
        // Last, since of the two it is the one that a retry would repeat.
        const reply = { channel: main.channel, thread_ts: main.ts, ...renderSlackReply(notification) };
        placeIn(await call('chat.postMessage', reply));
        show(notification, main);
        return receiptOf(main);
      },
    };
  },
};

/** A button that leads nowhere is worse than none. */
function hasButtons({ dashboardUrl }: Notification, { signing_secret, app_token }: Options): boolean {
  return app_token !== undefined || (signing_secret !== undefined && dashboardUrl !== undefined);
}

type Call = (method: string, body: object) => ReturnType<typeof callSlack>;

interface Caller {
  readonly io: NotifierIo;
  readonly signal: AbortSignal;
}

function callerOf({ token, api_url }: Options, { io, signal }: Caller): Call {
  const secrets = keySecrets(token);
  const headers = { authorization: `Bearer ${token.reveal()}` };
  return async (method, body) => {
    const url = `${api_url ?? API}/api/${method}`;
    return callSlack(io.fetch, { url, headers, body: JSON.stringify(body), secrets, signal });
  };
}

/** The latest message that stands for the group; none when the receiver has since been given another channel. */
function mainMessage({ earlier }: Notification, channel: string): SlackPlace | undefined {
  const match = /^([A-Z0-9]+):(\d+\.\d+)$/.exec(earlier.at(-1) ?? '');
  if (match === null) return undefined;
  const place = { channel: match[1]!, ts: match[2]! };
  return /^C[A-Z0-9]{8,}$/.test(channel) && channel !== place.channel ? undefined : place;
}

/** False when there is nothing left to edit. */
async function edited(
  { channel, ts }: SlackPlace,
  { text: fallback, blocks }: SlackMessage,
  call: Call,
): Promise<boolean> {
  const answer = await call('chat.update', { channel, ts, text: fallback, blocks });
  if (isGone(answer)) return false;
  placeIn(answer);
  return true;
}

function receiptOf({ channel, ts }: SlackPlace): string {
  return `${channel}:${ts}`;
}
