import type { Notification } from '../model/notification.ts';
import { describe, DOT } from './content.ts';
import type { Card } from './content.ts';
import { escapeLines } from './escape.ts';
import type { SlackMessage } from './slack-blocks.ts';
import { escape, prose } from './slack-mrkdwn.ts';

const FULL = 10;
const SHOWN = new Set(['Value', 'Since', 'Stale', 'Ended', 'Peak', 'Changed']);

export interface SlackReply extends SlackMessage {
  /** Also shows the reply in the channel: a thread alone wakes nobody who does not follow it. */
  readonly reply_broadcast: boolean;
}

/** What changed since the last message, for the thread of the first; what began, moved or still lasts is shown in the channel too. */
export function renderSlackReply(notification: Notification): SlackReply {
  const { alerts, reminder } = notification;
  const changed = reminder ? alerts : alerts.filter(({ changes }) => changes.length > 0);
  const { title, tone, body, cards, lines, more } = describe({ ...notification, alerts: changed }, FULL);
  const rest = [...lines.map((line) => `• ${prose(line, 120)}`), ...(more > 0 ? [`and ${more} more`] : [])];
  const own = body === undefined ? '' : `${DOT[tone]} *${prose(title, 300)}*\n${escapeLines(body, 2500, prose)}`;
  const texts = [own, ...cards.map(cardOf), rest.join('\n')].filter((text) => text !== '');
  return {
    text: prose(title, 600),
    blocks: texts.map((text) => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } })),
    unfurl_links: false,
    unfurl_media: false,
    reply_broadcast: changed.some(({ state }) => state === 'firing'),
  };
}

function cardOf({ mark, tone, summary, facts }: Card): string {
  const shown = facts.filter(({ name }) => SHOWN.has(name)).map(({ name, text }) => `*${name}*  ${prose(text, 100)}`);
  return [`${DOT[tone]} *${escape(mark, 60)}*  ${prose(summary, 300)}`, ...shown].join('\n');
}
