import type { Notification } from '../model/notification.ts';
import { describe } from './content.ts';
import type { Card, Content, Fact, Tone } from './content.ts';
import { escapeHtml } from '../model/html.ts';

const COLOUR: Readonly<Record<Tone, string>> = {
  critical: '#c62828',
  warning: '#b45309',
  info: '#1d4ed8',
  over: '#15803d',
};
const MONO = "font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:13px;line-height:1.45";
const QUIET = 'color:#5b6472';
const WRAP = 'overflow-wrap:anywhere;word-break:break-word';

/** The whole message as HTML that mail clients show: inline styles, no images, no scripts, nothing loaded. */
export function renderHtml(notification: Notification): string {
  const content = describe(notification);
  const parts = [heading(content), ...content.cards.map((card) => cardOf(card, content)), restOf(content)];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light"><title>${escape(content.title)}</title></head>
<body style="margin:0;padding:16px;background:#f3f4f6;color:#111827;font:15px/1.45 system-ui,-apple-system,'Segoe UI',Arial,sans-serif">
<div style="max-width:680px;margin:0 auto;${WRAP}">
${parts.filter((part) => part !== '').join('\n')}
</div></body></html>
`;
}

function heading({ title, tone, cards, lines }: Content): string {
  if (cards.length + lines.length < 2) return '';
  return `<p style="margin:0 0 12px;font-size:18px;font-weight:600;color:${COLOUR[tone]}">${escape(title)}</p>`;
}

function cardOf(card: Card, { dashboardUrl }: Content): string {
  const description = card.description ? `<p style="margin:0 0 12px">${escape(card.description)}</p>` : '';
  const facts = dashboardUrl === undefined ? card.facts : [...card.facts, { name: 'Dashboard', text: dashboardUrl }];
  return `<div style="background:#fff;border:1px solid #e5e7eb;border-left:6px solid ${COLOUR[card.tone]};border-radius:6px;padding:16px 18px;margin:0 0 14px">
<p style="margin:0;font-size:13px;font-weight:700;letter-spacing:.04em;color:${COLOUR[card.tone]}">${escape(card.mark)}</p>
<p style="margin:2px 0 12px;font-size:20px;line-height:1.3;font-weight:600">${escape(card.summary)}</p>
${description}<table role="presentation" cellpadding="0" cellspacing="0" style="border-collapse:collapse;width:100%">
${facts.map(rowOf).join('\n')}
</table>
${evidenceOf(card)}</div>`;
}

function rowOf({ name, text }: Fact): string {
  const isCode = name === 'Alert' || name === 'Labels';
  const shown = /^https?:\/\//.test(text)
    ? `<a href="${escape(text)}" style="color:#1d4ed8">${escape(text)}</a>`
    : escape(text);
  return `<tr><td style="${QUIET};padding:3px 14px 3px 0;vertical-align:top;white-space:nowrap;width:1%">${name}</td><td style="padding:3px 0;${WRAP};${isCode ? MONO : ''}">${shown}</td></tr>`;
}

function evidenceOf({ expression, substituted, inputs }: Card): string {
  const formulas = [expression, substituted].filter((line) => line !== '').map(escape);
  if (formulas.length + inputs.length === 0) return '';
  const read = inputs.map((input) => `<li style="margin:4px 0">${escape(input)}</li>`).join('');
  return `<div style="margin:14px 0 0;padding:12px 0 0;border-top:1px solid #e5e7eb">
<p style="margin:0 0 6px;${QUIET}">Computed from</p>
<div style="${MONO};${WRAP}">${formulas.join('<br>= ')}<ul style="margin:8px 0 0;padding:0 0 0 18px;${QUIET}">${read}</ul></div>
</div>`;
}

function restOf({ lines, more }: Content): string {
  if (lines.length === 0) return '';
  const items = [...lines, ...(more > 0 ? [`and ${more} more`] : [])];
  return `<ul style="margin:0;padding:0 0 0 20px">${items.map((line) => `<li>${escape(line)}</li>`).join('')}</ul>`;
}

/** A number stays on one line with its percent sign. */
function escape(text: string): string {
  return escapeHtml(text).replaceAll(' %', '&nbsp;%');
}
