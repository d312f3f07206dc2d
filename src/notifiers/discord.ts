import { z } from 'zod';
import { secret } from '../model/schema.ts';
import { renderDiscord } from './discord-embeds.ts';
import { defineHttpReceiver } from './http-receiver.ts';
import { isSafeAddress } from './loopback.ts';
import { webhookSecrets } from './post.ts';

const options = z.strictObject({
  /** With `?thread_id=…` for a thread or a post of a forum. */
  url: secret().refine((url) => isSafeAddress(url.reveal()), {
    error: 'expected the address of a webhook: https://discord.com/api/webhooks/…',
  }),
});

/** Posts to a Discord webhook; nobody is ever pinged by what a message contains. */
export const discord = defineHttpReceiver<z.infer<typeof options>>({
  kind: 'discord',
  about: 'Discord, by webhook',
  options,
  service: 'Discord',
  advice: {
    400: 'Discord does not accept this message: report the words in quotes.',
    401: 'The webhook or its token is wrong: copy its address again.',
    403: 'The webhook may not post there: make a new one.',
    404: 'The webhook or its channel is gone: make a new webhook and put its address into the receiver.',
  },
  secretsOf: ({ url }) => webhookSecrets(url),
  lanes: (notification, { url }) => {
    const address = new URL(url.reveal());
    // Without it Discord answers before it has stored the message.
    address.searchParams.set('wait', 'true');
    return [[{ key: notification.id, url: address.href, body: renderDiscord(notification) }]];
  },
  receiptOf: (answer) => (typeof answer?.['id'] === 'string' ? `discord:${answer['id']}` : undefined),
  waitOf: (answer) => {
    const seconds = answer?.['retry_after'];
    return typeof seconds === 'number' && seconds >= 0 ? Math.ceil(seconds * 1000) : undefined;
  },
});
