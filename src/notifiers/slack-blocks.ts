import type { Digest } from '../model/digest.ts';
import type { Notification } from '../model/notification.ts';
import { clip, describe, DOT } from './content.ts';
import type { Card, Content, Fact } from './content.ts';
import { escapeLines } from './escape.ts';
import type { ActionsBlock } from './slack-buttons.ts';
import { slackButtons } from './slack-buttons.ts';
import { code, escape, link, prose } from './slack-mrkdwn.ts';

// https://docs.slack.dev/reference/block-kit/blocks; the limit on all blocks together is nowhere documented
// (https://github.com/slackapi/bolt-js/issues/2509: about 13,200 characters).
const HEADER = 150;
const SECTION = 3000;
const BLOCKS = 50;
const TOGETHER = 12_000;

export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

interface Text {
  readonly type: 'plain_text' | 'mrkdwn';
  readonly text: string;
  readonly emoji?: false;
  readonly verbatim?: true;
}

type Block =
  | { readonly type: 'header'; readonly text: Text; readonly block_id: string }
  | { readonly type: 'section'; readonly text: Text }
  | { readonly type: 'context'; readonly elements: readonly Text[] }
  | ActionsBlock
  | { readonly type: 'divider' };

/** Lays a message out in Block Kit, within Slack's limits: as many alerts in full as fit. */
export function renderSlack(notification: Notification, hasButtons = false): SlackMessage {
  const buttons = hasButtons ? slackButtons(notification) : [];
  let full = 10;
  let blocks = blocksOf(describe(notification, full), notification.id);
  while (full > 0 && !fits(blocks)) blocks = blocksOf(describe(notification, --full), notification.id);
  return { text: fallback(notification), blocks: [...blocks, ...buttons], unfurl_links: false, unfurl_media: false };
}

/** A digest: fewer lines of each section until it is within Slack's limits. */
export function renderSlackDigest({ id, title, sections, dashboardUrl }: Digest): SlackMessage {
  const layOut = (most: number): Block[] => [
    { type: 'header', text: plain(title), block_id: id },
    ...sections.map(({ heading, lines }): Block => {
      const more = lines.length > most ? [`and ${lines.length - most} more`] : [];
      const shown = [...lines.slice(0, most), ...more].map((line) => `• ${prose(line, 170)}`);
      return { type: 'section', text: mrkdwn([`*${escape(heading, 60)}*`, ...shown].join('\n')) };
    }),
    ...(dashboardUrl === undefined
      ? []
      : [{ type: 'context' as const, elements: [mrkdwn(link(dashboardUrl, 'Dashboard'))] }]),
  ];
  let most = 16;
  let blocks = layOut(most);
  while (most > 1 && !fits(blocks)) blocks = layOut(--most);
  return { text: prose(title, 600), blocks, unfurl_links: false, unfurl_media: false };
}

/** Shown where blocks are not: the lock screen, screen readers. */
function fallback(notification: Notification): string {
  const ids = notification.alerts.slice(0, 10).map((alert) => alert.id);
  return `${prose(describe(notification, 0).title, 600)}\nAlert ${prose(ids.join(', '), 400)}`;
}

function fits(blocks: readonly Block[]): boolean {
  return blocks.length < BLOCKS && JSON.stringify(blocks).length <= TOGETHER;
}

/** `id` is the same on every retry, so that whoever reads the channel by machine can tell a repeat. */
function blocksOf(content: Content, id: string): Block[] {
  const { tone, title, body, cards, lines, more, dashboardUrl } = content;
  const blocks: Block[] = [{ type: 'header', text: plain(`${DOT[tone]} ${title}`), block_id: id }];
  if (body !== undefined) blocks.push({ type: 'section', text: mrkdwn(escapeLines(body, SECTION, prose)) });
  for (const card of cards) blocks.push(...cardBlocks(card, cards.length + lines.length > 1));
  const rest = [...lines.map((line) => `• ${prose(line, 250)}`), ...(more > 0 ? [`and ${more} more`] : [])];
  for (let index = 0; index < rest.length; index += 10) {
    blocks.push({ type: 'section', text: mrkdwn(rest.slice(index, index + 10).join('\n')) });
  }
  if (dashboardUrl !== undefined) blocks.push({ type: 'context', elements: [mrkdwn(link(dashboardUrl, 'Dashboard'))] });
  return blocks;
}

function cardBlocks({ mark, summary, description, facts, ...evidence }: Card, isOneOfMany: boolean): Block[] {
  const blocks: Block[] = isOneOfMany ? [{ type: 'divider' }] : [];
  const head = [
    isOneOfMany ? `*${escape(mark, 60)}*  ${prose(summary, 900)}` : '',
    description ? prose(description, 1500) : '',
  ];
  const text = head.filter((part) => part !== '').join('\n');
  if (text !== '') blocks.push({ type: 'section', text: mrkdwn(text) });
  blocks.push({ type: 'section', text: mrkdwn(facts.map(factLine).join('\n')) });
  const lines = evidenceLines(evidence);
  if (lines !== '') blocks.push({ type: 'context', elements: [mrkdwn(lines)] });
  return blocks;
}

function factLine({ name, text, href }: Fact): string {
  if (href !== undefined) return `*${name}*  ${link(href, text)}`;
  return `*${name}*  ${name === 'Alert' || name === 'Labels' ? code(text, 290) : prose(text, 290)}`;
}

function evidenceLines({
  expression,
  substituted,
  inputs,
}: Pick<Card, 'expression' | 'substituted' | 'inputs'>): string {
  const formulas = [expression, substituted].filter((line) => line !== '').map((line) => code(line, 680));
  return [...formulas, ...inputs.map((input) => code(input, 170))].join('\n');
}

/** Not parsed by Slack; angle brackets go nevertheless, so that nothing in it could ever ping. */
function plain(text: string): Text {
  const tame = text.replaceAll('<', '‹').replaceAll('>', '›');
  return { type: 'plain_text', text: clip(tame, HEADER - 10), emoji: false };
}

function mrkdwn(text: string): Text {
  if (text.length > SECTION)
    throw new RangeError(`A Slack text of ${text.length} characters was laid out; the limit is ${SECTION}.`);
  return { type: 'mrkdwn', text, verbatim: true };
}
