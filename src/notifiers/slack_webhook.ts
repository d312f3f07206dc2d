import { z } from 'zod';
import type { NotifierKind } from '../model/config.ts';
import { NotifyError } from '../model/notification.ts';
import { secret } from '../model/schema.ts';
import { isSafeAddress } from './loopback.ts';
import { excerpt, postJson, webhookSecrets } from './post.ts';
import { renderSlack, renderSlackDigest } from './slack-blocks.ts';
import type { SlackMessage } from './slack-blocks.ts';

const options = z.strictObject({
  url: secret().refine((url) => isSafeAddress(url.reveal()), {
    error: 'expected the address of an incoming webhook: https://hooks.slack.com/services/…',
  }),
});

// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
const advice = {
  400: 'Slack does not accept this message; report it with the word in quotes.',
  403: 'The workspace forbids this webhook: ask its admin, or make a new webhook.',
  404: 'The webhook or its channel is gone: make a new webhook and put its address into the receiver.',
  410: 'The channel is archived: unarchive it, or make a webhook for another one.',
};

/** Posts to a Slack incoming webhook, which has no threads: each message stands for itself. */
export const slack_webhook: NotifierKind<z.infer<typeof options>> = {
  kind: 'slack_webhook',
  about: 'Slack, or a service that speaks like it, by incoming webhook',
  options,
  digests: true,
  make: ({ url }, io) => {
    const post = async (message: SlackMessage, signal: AbortSignal) => {
      const body = JSON.stringify(message);
      const secrets = webhookSecrets(url);
      const answer = await postJson(io.fetch, { service: 'Slack', url: url.reveal(), body, secrets, advice, signal });
      if (answer.trim() !== 'ok') throw notSlack(excerpt(answer, secrets));
    };
    return {
      digest: async (digest, signal) => post(renderSlackDigest(digest), signal),
      send: async (notification, signal) => {
        await post(renderSlack(notification), signal);
        return notification.id;
      },
    };
  },
};

function notSlack(said: string): NotifyError {
  return new NotifyError(
    `Slack answered 200 with "${said}"; "ok" was expected. Check that the address is that of an incoming webhook.`,
    { retryable: false },
  );
}
