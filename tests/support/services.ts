import { z } from 'zod';
import { startHttpSink } from '../../demo/sinks/http.ts';
import type { HttpSink, Received } from '../../demo/sinks/http.ts';

/** What a service would answer: it checks what it documents, and says so with its own words. */
const check = (schema: z.ZodType, body: string): string[] => {
  const { error } = schema.safeParse(JSON.parse(body));
  return error === undefined ? [] : error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
};
const json = (status: number, body: unknown) => ({ status, body: JSON.stringify(body) });
const most = (length: number) => z.string().min(1).max(length);

const payload = z.strictObject({
  summary: most(1024),
  source: most(1024),
  severity: z.enum(['critical', 'error', 'warning', 'info']),
  timestamp: z.iso.datetime(),
  component: most(1024).optional(),
  group: most(1024).optional(),
  class: most(1024).optional(),
  custom_details: z.record(z.string(), z.unknown()),
});
const event = z.discriminatedUnion('event_action', [
  z.strictObject({ event_action: z.literal('resolve'), routing_key: z.string().length(32), dedup_key: most(255) }),
  z.strictObject({
    event_action: z.literal('trigger'),
    routing_key: z.string().length(32),
    dedup_key: most(255),
    payload,
    links: z.array(z.strictObject({ href: z.url({ protocol: /^https?$/ }), text: z.string() })),
    client: z.string(),
    client_url: z.url().optional(),
  }),
]);

/** PagerDuty's Events API v2. */
export async function startPagerduty(): Promise<HttpSink> {
  return startHttpSink(({ path, body }) => {
    const errors = check(event, body);
    if (path !== '/v2/enqueue') return { status: 404 };
    if (errors.length > 0 || body.length > 512_000)
      return json(400, { status: 'invalid event', message: 'Event object is invalid', errors });
    const { dedup_key } = JSON.parse(body) as { dedup_key: string };
    return json(202, { status: 'success', message: 'Event processed', dedup_key });
  });
}

const opened = z.strictObject({
  message: most(130),
  alias: most(512),
  description: z.string().max(15_000),
  priority: z.enum(['P1', 'P2', 'P3', 'P4', 'P5']),
  source: z.string().max(100),
  entity: z.string().max(512),
  details: z.record(z.string(), z.string()).refine((details) => JSON.stringify(details).length <= 8000),
  responders: z.array(z.strictObject({ type: z.literal('team'), name: z.string() })).optional(),
});
const closed = z.strictObject({ source: z.string().max(100), note: z.string().max(25_000) });

/** Opsgenie's alert API. */
export async function startOpsgenie(key: string): Promise<HttpSink> {
  return startHttpSink(({ path, headers, body }) => {
    if (headers.authorization !== `GenieKey ${key}`) return json(401, { message: 'Key format is not valid!' });
    const close = /^\/v2\/alerts\/[^/]+\/close\?identifierType=alias$/.test(path);
    if (!close && path !== '/v2/alerts') return { status: 404 };
    const errors = check(close ? closed : opened, body);
    if (errors.length > 0) return json(422, { message: 'Request body is not processable.', errors });
    return json(202, { result: 'Request will be processed', took: 0.3, requestId: 'c0000000-0000-4000-8000-00000001' });
  });
}

const sent = z.strictObject({
  chat_id: z.union([z.int(), z.string()]),
  text: most(4096),
  parse_mode: z.literal('HTML'),
  link_preview_options: z.strictObject({ is_disabled: z.literal(true) }),
  message_thread_id: z.int().optional(),
  reply_parameters: z.strictObject({ message_id: z.int(), allow_sending_without_reply: z.literal(true) }).optional(),
});

/** Telegram's Bot API, which refuses tags that it does not know or that are not closed. */
export async function startTelegram(token: string, chatId: number): Promise<HttpSink> {
  let messages = 411;
  return startHttpSink(({ path, body }) => {
    const fault = (code: number, description: string) =>
      json(code, { ok: false, error_code: code, description: `Bad Request: ${description}` });
    if (path !== `/bot${token}/sendMessage`) return fault(404, 'Not Found');
    const errors = check(sent, body);
    if (errors.length > 0) return fault(400, errors.join('; '));
    const { text, chat_id } = JSON.parse(body) as { text: string; chat_id: number };
    if (!isTelegramHtml(text)) return fault(400, "can't parse entities");
    if (chat_id !== chatId) return fault(400, 'chat not found');
    return json(200, { ok: true, result: { message_id: ++messages, date: 1795154400, chat: { id: chatId } } });
  });
}

/** True when every tag is known and closed in order, and nothing else looks like a tag or an entity. */
export function isTelegramHtml(text: string): boolean {
  const open: string[] = [];
  const rest = text.replace(/<(\/?)(b|code|a|blockquote)((?: href="[^"<>]*"| expandable)?)>/g, (_all, slash, name) => {
    if (slash === '') open.push(name as string);
    else if (open.pop() !== name) open.push('wrong order');
    return '';
  });
  return open.length === 0 && !/[<>]/.test(rest) && !/&(?!(?:amp|lt|gt|quot);)/.test(rest);
}

const embed = z.strictObject({
  title: most(256).optional(),
  description: most(4096),
  color: z.int().min(0).max(0xffffff),
});
const posted = z
  .strictObject({
    content: most(2000),
    embeds: z.array(embed).max(10),
    allowed_mentions: z.strictObject({ parse: z.array(z.never()) }),
  })
  .refine(
    ({ embeds }) =>
      embeds.reduce((sum, { title = '', description }) => sum + title.length + description.length, 0) <= 6000,
  );

/** A Discord webhook. */
export async function startDiscord(path: string): Promise<HttpSink> {
  let messages = 0;
  return startHttpSink((request) => {
    if (request.path !== `${path}?wait=true`) return json(404, { message: 'Unknown Webhook', code: 10015 });
    const errors = check(posted, request.body);
    if (errors.length > 0) return json(400, { message: 'Invalid Form Body', code: 50035, errors });
    return json(200, { id: `130000000000000000${++messages}`, type: 0 });
  });
}

/** Something that takes whatever it gets. */
export async function startAnything(): Promise<HttpSink> {
  return startHttpSink(() => ({ status: 204 }));
}

/** Everything that arrived, as JSON. */
export function bodiesOf({ received }: { readonly received: readonly Received[] }): Record<string, unknown>[] {
  return received.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
}
