import type { Notification } from '../model/notification.ts';
import { clip, DOT } from './content.ts';
import type { Card, Content, Fact, Tone } from './content.ts';
import { escapeLines, escapeWith } from './escape.ts';
import { fit } from './fit.ts';
import { webAddress } from './web-address.ts';

// https://discord.com/developers/docs/resources/message#embed-object-embed-limits
const TOGETHER = 6000;
const LONGEST_LINK = 400;

const COLOUR: Readonly<Record<Tone, number>> = {
  critical: 0xc62828,
  warning: 0xb45309,
  info: 0x1d4ed8,
  over: 0x15803d,
};
const ESCAPES = Object.fromEntries(Array.from('\\*_~`|<>[]@', (character) => [character, `\\${character}`]));

interface Embed {
  readonly title?: string;
  readonly description: string;
  readonly color: number;
}

export interface DiscordMessage {
  /** What the lock screen shows. */
  readonly content: string;
  readonly embeds: readonly Embed[];
  readonly allowed_mentions: { readonly parse: readonly [] };
}

/** Lays a message out as embeds, one for each alert told in full, within Discord's limits. */
export function renderDiscord(notification: Notification): DiscordMessage {
  return fit(notification, messageOf, ({ embeds }) => sizeOf(embeds) <= TOGETHER);
}

function sizeOf(embeds: readonly Embed[]): number {
  return embeds.reduce((sum, { title = '', description }) => sum + title.length + description.length, 0);
}

function messageOf(content: Content): DiscordMessage {
  const { tone, title, body, cards, lines, more, dashboardUrl } = content;
  const isOneOfMany = cards.length + lines.length + more > 1;
  const dashboard = webAddress(dashboardUrl, LONGEST_LINK);
  const rest = [
    ...(body === undefined ? [] : [escapeLines(body, 3500, paragraph)]),
    ...lines.map((line) => `• ${escape(line, 170)}`),
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(dashboard === undefined ? [] : [link(dashboard, 'Dashboard')]),
  ];
  const last = rest.length === 0 ? [] : [{ description: rest.join('\n'), color: COLOUR[tone] }];
  return {
    content: `${DOT[tone]} **${escape(title, 400)}**`,
    embeds: [...cards.map((card) => embedOf(card, isOneOfMany)), ...last],
    allowed_mentions: { parse: [] },
  };
}

function embedOf({ mark, tone, summary, description, facts, ...evidence }: Card, isOneOfMany: boolean): Embed {
  const lines = [description ? paragraph(description) : '', ...facts.map(factOf), ...evidenceOf(evidence)];
  return {
    ...(isOneOfMany && { title: `${escape(mark, 50)}  ${escape(summary, 200)}` }),
    description: lines.filter((line) => line !== '').join('\n'),
    color: COLOUR[tone],
  };
}

function factOf({ name, text, href }: Fact): string {
  const address = webAddress(href, LONGEST_LINK);
  if (address !== undefined) return `**${name}**  ${link(address, clip(text, 100))}`;
  return `**${name}**  ${name === 'Alert' || name === 'Labels' ? code(text, 250) : escape(text, 250)}`;
}

function evidenceOf({ expression, substituted, inputs }: Pick<Card, 'expression' | 'substituted' | 'inputs'>) {
  const formulas = [expression, substituted].filter((line) => line !== '').map((line) => code(line, 300));
  return [...formulas, ...inputs.slice(0, 4).map((input) => code(input, 170))];
}

function escape(text: string, most: number): string {
  return escapeWith(ESCAPES, text, most);
}

/** Without a list or a heading at its start. */
function paragraph(text: string, most = 700): string {
  return escape(text, most).replace(/^(?=[-+#])/, '\\');
}

function code(text: string, most: number): string {
  return `\`${clip(text.replaceAll('`', 'ˋ'), most - 2)}\``;
}

/** Angle brackets keep Discord from showing a preview. */
function link(address: string, text: string): string {
  return `[${escape(text, 120)}](<${address}>)`;
}
