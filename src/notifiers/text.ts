import { describe } from './content.ts';
import type { Card, Content, Fact } from './content.ts';
import type { Notification } from '../model/notification.ts';

const COLUMN = 12;

/** The whole message as plain text; its first line says what and how bad. */
export function renderText(notification: Notification): string {
  const content = describe(notification);
  if (content.body !== undefined)
    return `${[content.title, content.body.join('\n'), ...restOf(content)].join('\n\n')}\n`;
  const only = content.cards.length === 1 && content.lines.length === 0;
  const blocks = only
    ? [bodyOf(content.cards[0]!)]
    : content.cards.map((card) => `${heading(card)}\n\n${bodyOf(card)}`);
  return `${[content.title, ...blocks, ...restOf(content)].join('\n\n')}\n`;
}

/** The lines below the alerts told in full. */
function restOf({ cards, lines, more, dashboardUrl }: Content): string[] {
  const rest = more > 0 ? [...lines, `and ${more} more`] : lines;
  const link = dashboardUrl === undefined || cards.length === 1 ? '' : row('Dashboard', dashboardUrl);
  return [rest.join('\n'), link].filter((part) => part !== '');
}

function heading({ mark, summary }: Card): string {
  return `── ${mark}  ${summary}`;
}

function bodyOf({ description, facts, expression, substituted, inputs }: Card): string {
  const rows = facts.map(factRow);
  const evidence = [
    row('Expression', expression),
    row('With', substituted),
    row('Inputs', inputs.join(`\n${' '.repeat(COLUMN)}`)),
  ];
  return [...(description ? [description, ''] : []), ...rows, ...evidence.filter((line) => line.length > COLUMN)].join(
    '\n',
  );
}

/** An address that says more than the text stands beside it. */
function factRow({ name, text, href }: Fact): string {
  return row(name, href === undefined || href === text ? text : `${text} · ${href}`);
}

function row(name: string, text: string): string {
  return `${name.padEnd(COLUMN - 1)} ${text}`;
}
