import type { Notification } from '../model/notification.ts';
import { DOT } from './content.ts';
import type { Card, Content, Fact } from './content.ts';
import { escapeLines, escapeWith } from './escape.ts';
import { fit } from './fit.ts';
import { webAddress } from './web-address.ts';

// https://core.telegram.org/bots/api#html-style; the limit counts what is left after parsing, so this errs on the safe side.
const MOST = 4096;
const LONGEST_LINK = 300;
const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' } as const;

/** The message as Telegram's HTML, within its limit. */
export function renderTelegram(notification: Notification): string {
  return fit(notification, htmlOf, (html) => html.length <= MOST);
}

function htmlOf({ title, tone, body, cards, lines, more, dashboardUrl }: Content): string {
  const isOneOfMany = cards.length + lines.length + more > 1;
  const rest = [...lines.map((line) => `• ${escape(line, 170)}`), ...(more > 0 ? [`and ${more} more`] : [])];
  const dashboard = webAddress(dashboardUrl, LONGEST_LINK);
  const parts = [
    `${DOT[tone]} <b>${escape(title, 300)}</b>`,
    body === undefined ? '' : escapeLines(body, 3000, escape),
    ...cards.map((card) => cardOf(card, isOneOfMany)),
    rest.join('\n'),
    dashboard === undefined ? '' : link(dashboard, 'Dashboard'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function cardOf({ mark, tone, summary, description, facts, ...evidence }: Card, isOneOfMany: boolean): string {
  const lines = [
    isOneOfMany ? `${DOT[tone]} <b>${escape(mark, 60)}</b>  ${escape(summary, 250)}` : '',
    description ? escape(description, 500) : '',
    ...facts.map(factOf),
    evidenceOf(evidence),
  ];
  return lines.filter((line) => line !== '').join('\n');
}

function factOf({ name, text, href }: Fact): string {
  const address = webAddress(href, LONGEST_LINK);
  if (address !== undefined) return `<b>${name}</b>  ${link(address, text)}`;
  const isCode = name === 'Alert' || name === 'Labels';
  return `<b>${name}</b>  ${isCode ? `<code>${escape(text, 200)}</code>` : escape(text, 200)}`;
}

/** Folded away: what counts at night stands above it. */
function evidenceOf({ expression, substituted, inputs }: Pick<Card, 'expression' | 'substituted' | 'inputs'>): string {
  const lines = [expression, substituted].filter((line) => line !== '').map((line) => escape(line, 250));
  const all = [...lines, ...inputs.slice(0, 3).map((input) => escape(input, 150))];
  return all.length === 0 ? '' : `<blockquote expandable>${all.join('\n')}</blockquote>`;
}

function link(address: string, text: string): string {
  return `<a href="${escape(address, 5 * LONGEST_LINK)}">${escape(text, 100)}</a>`;
}

function escape(text: string, most: number): string {
  return escapeWith(ESCAPES, text, most);
}
