import { NotifyError } from '../model/notification.ts';
import { exchange, excerpt, refused, retryAfter } from './post.ts';
import type { HttpPost } from './post.ts';

/** A message of Slack's; `ts` is a text, since as a number it would lose digits. */
export interface SlackPlace {
  readonly channel: string;
  readonly ts: string;
}

export type SlackAnswer =
  | ({ readonly ok: true } & SlackPlace)
  | { readonly ok: false; readonly error: string; readonly waitMs: number | undefined };

const TOKEN = 'Install the app again and put the new bot token into the receiver.';
const RIGHTS = 'Give the app the scope chat:write and install it again.';
const LAYOUT = 'Slack does not accept this message; report it with the word in quotes.';
const CHANNEL = 'Check the channel, and invite the bot to it with /invite.';

// https://docs.slack.dev/reference/methods/chat.postMessage#errors
const RETRYABLE = new Set([
  'fatal_error',
  'internal_error',
  'message_limit_exceeded',
  'rate_limited',
  'ratelimited',
  'request_timeout',
  'service_unavailable',
  'team_added_to_org',
  'update_failed',
]);
const ADVICE: Readonly<Record<string, string>> = {
  account_inactive: TOKEN,
  channel_not_found: CHANNEL,
  invalid_auth: TOKEN,
  invalid_blocks: LAYOUT,
  is_archived: 'Unarchive the channel, or name another one.',
  missing_scope: RIGHTS,
  msg_blocks_too_long: LAYOUT,
  msg_too_long: LAYOUT,
  no_permission: RIGHTS,
  not_authed: TOKEN,
  not_in_channel: CHANNEL,
  restricted_action: 'The workspace forbids posting there: ask its admin, or name another channel.',
  token_expired: TOKEN,
  token_revoked: TOKEN,
};
const GONE = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed', 'channel_not_found']);

/**
 * Calls one method of the Web API, which reports most failures with status 200.
 * @throws {NotifyError} when what comes back is no answer of this API.
 */
export async function callSlack(
  send: typeof fetch,
  request: Omit<HttpPost, 'service' | 'advice'>,
): Promise<SlackAnswer> {
  const post = { ...request, service: 'Slack', advice: {} };
  const raw = await exchange(send, post);
  if (!raw.ok) throw refused(post, raw);
  const said = parse(raw.text);
  if (said?.ok === true && typeof said.channel === 'string' && typeof said.ts === 'string')
    return { ok: true, channel: said.channel, ts: said.ts };
  if (said?.ok === false && typeof said.error === 'string')
    return { ok: false, error: excerpt(said.error, request.secrets), waitMs: retryAfter(raw.headers()) };
  const what = `Slack answered ${raw.status} with "${excerpt(raw.text, request.secrets)}"; its Web API says "ok" or an error.`;
  throw new NotifyError(`${what} Check proxies on the way.`, { retryable: false });
}

/** True when the message to be edited is not there any more, or not ours to edit. */
export function isGone(answer: SlackAnswer): boolean {
  return !answer.ok && GONE.has(answer.error);
}

/** @throws {NotifyError} when Slack refused. */
export function placeIn(answer: SlackAnswer): SlackPlace {
  if (answer.ok) return answer;
  const { error, waitMs } = answer;
  const retryable = RETRYABLE.has(error);
  const todo = retryable
    ? 'It is tried again.'
    : (ADVICE[error] ?? 'Look the word up in the documentation of chat.postMessage.');
  throw new NotifyError(`Slack refused the message: "${error}". ${todo}`, {
    retryable,
    ...(retryable && waitMs !== undefined && { retryAfterMs: waitMs }),
  });
}

interface Said {
  readonly ok?: unknown;
  readonly error?: unknown;
  readonly channel?: unknown;
  readonly ts?: unknown;
}

function parse(text: string): Said | undefined {
  try {
    return (JSON.parse(text) ?? undefined) as Said | undefined;
  } catch {
    return undefined;
  }
}
