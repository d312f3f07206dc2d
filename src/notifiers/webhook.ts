import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { NotifierKind } from '../model/config.ts';
import { NOT_A_REFERENCE, secret } from '../model/schema.ts';
import { Secret } from '../model/secret.ts';
import { isSafeAddress } from './loopback.ts';
import { keySecrets, postJson, webhookSecrets } from './post.ts';
import { webhookBody } from './webhook-body.ts';

const key = () =>
  secret().refine((given) => isKey(given.reveal()), {
    error: 'expected whsec_ and 24 to 64 random bytes in base64, as in: echo "whsec_$(openssl rand -base64 32)"',
  });

const options = z.strictObject({
  url: secret().refine((url) => isSafeAddress(url.reveal()), {
    error: 'expected an https address, or http to this machine',
  }),
  /** While a key is replaced, the new and the old one. */
  secret: z.union([key().transform((one) => [one]), z.array(key()).min(1).max(3)], {
    error: ({ input }) => (input instanceof Secret ? undefined : NOT_A_REFERENCE),
  }),
});

const advice = {
  401: 'Check that both sides have the same secret.',
  403: 'Check that both sides have the same secret.',
  404: 'Check the address of the receiver.',
  410: 'The endpoint wants no more messages: take the receiver out, or give it another address.',
};

/** Posts JSON, signed as Standard Webhooks 1.0.0, to an endpoint of one's own. */
export const webhook: NotifierKind<z.infer<typeof options>> = {
  kind: 'webhook',
  about: 'JSON to an endpoint of your own, signed as Standard Webhooks',
  options,
  make: ({ url, secret: keys }, io) => ({
    send: async (notification, signal) => {
      const { id } = notification;
      const body = webhookBody(notification);
      const timestamp = Math.floor(io.now() / 1000);
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': `${timestamp}`,
        'webhook-signature': keys.map((given) => sign({ id, timestamp, body }, given)).join(' '),
      };
      const secrets = [...webhookSecrets(url), ...keySecrets(...keys)];
      await postJson(io.fetch, { service: 'The webhook', url: url.reveal(), headers, body, secrets, advice, signal });
      return id;
    },
  }),
};

export interface Signed {
  readonly id: string;
  /** Unix seconds of this try. */
  readonly timestamp: number;
  readonly body: string;
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme */
export function sign({ id, timestamp, body }: Signed, given: Secret): string {
  const hmac = createHmac('sha256', bytesOf(given.reveal()));
  return `v1,${hmac.update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text.replace(/^whsec_/, ''), 'base64');
}

function isKey(text: string): boolean {
  const bytes = bytesOf(text);
  return /^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text) && bytes.length >= 24 && bytes.length <= 64;
}
