import type { Secret } from '../../model/secret.ts';
import { email } from './email.ts';

/** One entry of a `…_configs` list, with what `global` says for it. */
export interface Written {
  /** The value of a key, `global`'s under another name when it does not say it; a text, never empty. */
  readonly text: (key: string, global?: string) => string | undefined;
  /** As `text`, also from the file that `key_file` names. */
  readonly secret: (key: string, global?: string) => Secret | undefined;
  readonly raw: (key: string) => unknown;
  /** Says that a key, or what it holds, cannot be had here. */
  readonly refuse: (key: string, message: string) => void;
}

/** What a kind of integration is here. */
export interface Integration {
  readonly kind: string;
  /** Keys that decide who is told; all others of `look` only how a message looks. */
  readonly keys: readonly string[];
  readonly look: readonly string[];
  /** Options of the kind, not checked yet. */
  readonly read: (written: Written) => Readonly<Record<string, unknown>> & { readonly kind?: string };
}

const withFile = (...keys: readonly string[]) => keys.flatMap((key) => [key, `${key}_file`]);

const slack: Integration = {
  kind: 'slack_webhook',
  keys: [...withFile('api_url'), 'channel'],
  look: [
    ...[
      'username',
      'icon_emoji',
      'icon_url',
      'link_names',
      'color',
      'title',
      'title_link',
      'pretext',
      'text',
      'fields',
    ],
    ...['short_fields', 'footer', 'fallback', 'callback_id', 'image_url', 'thumb_url', 'mrkdwn_in', 'actions'],
  ],
  read: ({ secret }) => ({ url: secret('api_url', 'slack_api_url') }),
};

const pagerduty: Integration = {
  kind: 'pagerduty',
  keys: [...withFile('routing_key', 'service_key'), 'url'],
  look: [
    ...['client', 'client_url', 'description', 'severity', 'details', 'images', 'links', 'component', 'group', 'class'],
    'source',
  ],
  read: ({ text, secret, refuse }) => {
    for (const key of withFile('service_key'))
      if (text(key))
        refuse(
          key,
          'Events API v1 is not spoken here; make an "Events API v2" integration and write its key as routing_key',
        );
    const url = text('url', 'pagerduty_url') ?? 'https://events.pagerduty.com/v2/enqueue';
    const region = /^https:\/\/events(\.eu)?\.pagerduty\.com\//.exec(url);
    return {
      routing_key: secret('routing_key'),
      ...(region ? { region: region[1] ? 'eu' : 'us' } : { api_url: url.replace(/\/v2\/enqueue\/?$/, '') }),
    };
  },
};

const opsgenie: Integration = {
  kind: 'opsgenie',
  keys: [...withFile('api_key'), 'api_url', 'responders'],
  look: [
    'message',
    'description',
    'source',
    'details',
    'tags',
    'note',
    'priority',
    'update_alerts',
    'entity',
    'actions',
  ],
  read: ({ text, secret, raw, refuse }) => {
    const url = (text('api_url', 'opsgenie_api_url') ?? 'https://api.opsgenie.com/').replace(/\/+$/, '');
    const region = /^https:\/\/api(\.eu)?\.opsgenie\.com$/.exec(url);
    return {
      key: secret('api_key', 'opsgenie_api_key'),
      teams: teamsOf(raw('responders'), refuse),
      ...(region ? { region: region[1] ? 'eu' : 'us' } : { api_url: url }),
    };
  },
};

function teamsOf(responders: unknown, refuse: Written['refuse']): readonly string[] {
  if (!Array.isArray(responders)) return [];
  return responders.flatMap((responder: unknown) => {
    const { type, name } = Object(responder) as { readonly type?: unknown; readonly name?: unknown };
    if (typeof name === 'string' && (type === 'team' || type === 'teams')) return [name];
    refuse('responders', 'only teams by their name are told here: { type: team, name: … }');
    return [];
  });
}

const telegram: Integration = {
  kind: 'telegram',
  keys: [...withFile('bot_token'), 'chat_id', 'message_thread_id', 'api_url'],
  look: ['message', 'parse_mode', 'disable_notifications'],
  read: ({ text, secret, raw }) => {
    const url = text('api_url', 'telegram_api_url');
    return {
      token: secret('bot_token', 'telegram_bot_token'),
      chat_id: raw('chat_id'),
      ...(raw('message_thread_id') !== undefined && { topic: raw('message_thread_id') }),
      ...(url !== undefined && { api_url: url }),
    };
  },
};

const discord: Integration = {
  kind: 'discord',
  keys: withFile('webhook_url'),
  look: ['title', 'message', 'content', 'username', 'avatar_url'],
  read: ({ secret }) => ({ url: secret('webhook_url') }),
};

/** The lists of a receiver that are read, by their key. */
export const INTEGRATIONS: Readonly<Record<string, Integration>> = {
  slack_configs: slack,
  email_configs: email,
  pagerduty_configs: pagerduty,
  opsgenie_configs: opsgenie,
  telegram_configs: telegram,
  discord_configs: discord,
};

/** Keys of `global` that some integration falls back to. */
export const GLOBALS: readonly string[] = [
  ...['resolve_timeout', 'pagerduty_url', 'opsgenie_api_url', 'telegram_api_url'],
  ...withFile('slack_api_url', 'opsgenie_api_key', 'telegram_bot_token', 'smtp_auth_password'),
  ...['smtp_from', 'smtp_smarthost', 'smtp_hello', 'smtp_auth_username', 'smtp_require_tls'],
];
