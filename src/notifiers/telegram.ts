import { z } from 'zod';
import { secret, text } from '../model/schema.ts';
import { apiUrl } from './api-url.ts';
import { defineHttpReceiver } from './http-receiver.ts';
import type { Answer, HttpRequest } from './http-receiver.ts';
import { keySecrets } from './post.ts';
import { renderTelegram } from './telegram-html.ts';

const options = z.strictObject({
  /** Of the bot, as BotFather gives it. */
  token: secret().refine((token) => /^\d+:[\w-]{20,}$/.test(token.reveal()), {
    error: 'expected the token of a bot, as BotFather gives it: digits, a colon, letters',
  }),
  /** Number of a chat, or `@name` of a public channel. */
  chat_id: z.union([
    z.int(),
    text().pipe(z.string().regex(/^(?:-?\d+|@\w+)$/, { error: 'expected the number of a chat, or @channel' })),
  ]),
  /** Number of a topic in a forum. */
  topic: z.int().positive().optional(),
  api_url: apiUrl(),
});

type Options = z.infer<typeof options>;

/** Writes to one Telegram chat; later messages of a group answer its first. */
export const telegram = defineHttpReceiver<Options>({
  kind: 'telegram',
  about: 'a Telegram chat, by a bot',
  options,
  service: 'Telegram',
  advice: {
    400: 'Check chat_id and topic, and that the bot is a member of the chat; otherwise report the words in quotes.',
    401: 'Check the token of the bot.',
    403: 'The bot was blocked or removed: add it to the chat again.',
    404: 'Check the token of the bot.',
  },
  secretsOf: ({ token }) => {
    const [, key = ''] = token.reveal().split(':');
    return [...keySecrets(token), key];
  },
  lanes: (notification, { token, chat_id, topic, api_url }) => {
    const first = notification.earlier.map((receipt) => /^telegram:(\d+)$/.exec(receipt)?.[1]).find(Boolean);
    const body = {
      chat_id,
      text: renderTelegram(notification),
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
      ...(topic !== undefined && { message_thread_id: topic }),
      ...(first !== undefined && {
        reply_parameters: { message_id: Number(first), allow_sending_without_reply: true },
      }),
    };
    const url = `${api_url ?? 'https://api.telegram.org'}/bot${token.reveal()}/sendMessage`;
    return [[{ key: notification.id, url, body }]];
  },
  receiptOf: (answer) => {
    const { message_id } = (answer?.['result'] ?? {}) as { readonly message_id?: unknown };
    return answer?.['ok'] === true && typeof message_id === 'number' ? `telegram:${message_id}` : undefined;
  },
  waitOf: (answer) => numberIn(answer, 'retry_after', 1000),
  insteadOf: movedTo,
});

/** A group that became a supergroup has another number. */
function movedTo(request: HttpRequest, answer: Answer): HttpRequest | undefined {
  const chat_id = numberIn(answer, 'migrate_to_chat_id', 1);
  return chat_id === undefined ? undefined : { ...request, body: { ...(request.body as object), chat_id } };
}

// https://core.telegram.org/bots/api#responseparameters
function numberIn(answer: Answer, name: string, factor: number): number | undefined {
  const value = ((answer?.['parameters'] ?? {}) as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'number' && Number.isFinite(value) ? value * factor : undefined;
}
