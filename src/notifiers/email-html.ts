import type { Digest } from '../model/digest.ts';
import type { Notification } from '../model/notification.ts';
import { describe } from './content.ts';
import type { Card, Content, Fact, Tone } from './content.ts';
import { chartAlt, CHART_WIDTH } from './chart-svg.ts';
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

// Inline styles are for light, which every client understands; those that know dark take these instead.
const DARK = `@media (prefers-color-scheme:dark){
.page{background:#111827!important;color:#e5e7eb!important}
.card{background:#1f2937!important;border-top-color:#374151!important;border-right-color:#374151!important;border-bottom-color:#374151!important}
.quiet{color:#9ca3af!important}.line{border-color:#374151!important}.link{color:#93c5fd!important}
.critical{color:#f87171!important}.warning{color:#fbbf24!important}.info{color:#93c5fd!important}.over{color:#4ade80!important}}`;

export interface HtmlExtras {
  /** Where the picture of the alert at this place is: a `cid:` or `data:` address. */
  readonly chartAt?: (index: number) => string | undefined;
  /** Signed: whoever has it may acknowledge. */
  readonly acknowledge?: string | undefined;
}

/** The whole message as HTML that mail clients show: inline styles, nothing loaded, no scripts; readable in light and in dark. */
export function renderHtml(notification: Notification, extras: HtmlExtras = {}): string {
  const content = describe(notification);
  const parts = [
    heading(content),
    bodyOf(content),
    ...(content.body === undefined
      ? []
      : notification.alerts.map((alert, index) => pictureOf(alert, extras.chartAt?.(index)))),
    ...content.cards.map((card, index) => cardOf(card, content, extras.chartAt?.(index))),
    restOf(content),
    buttonOf(extras.acknowledge),
  ];
  return htmlPage(content.title, parts);
}

/** A digest as a mail: a card for each section. */
export function digestHtml({ title, sections, dashboardUrl }: Digest): string {
  const cards = sections.map(({ heading: name, lines }) => {
    const items = lines.map((line) => `<li style="margin:0 0 4px">${escape(line)}</li>`).join('\n');
    return `<div class="card" style="background:#fff;border:1px solid #e5e7eb;border-radius:6px;padding:14px 18px;margin:0 0 14px">
<p style="margin:0 0 8px;font-weight:600">${escape(name)}</p>
<ul style="margin:0;padding-left:18px">
${items}
</ul></div>`;
  });
  const link =
    dashboardUrl && `<p><a href="${escape(dashboardUrl)}" class="link" style="color:#1d4ed8">Dashboard</a></p>`;
  const head = `<p style="margin:0 0 12px;font-size:18px;font-weight:600">${escape(title)}</p>`;
  return htmlPage(title, [head, ...cards, link ?? '']);
}

/** Frames a mail. */
function htmlPage(title: string, parts: readonly string[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"><title>${escape(title)}</title>
<style>${DARK}</style></head>
<body class="page" style="margin:0;padding:16px;background:#f3f4f6;color:#111827;font:15px/1.45 system-ui,-apple-system,'Segoe UI',Arial,sans-serif">
<div style="max-width:680px;margin:0 auto;${WRAP}">
${parts.filter((part) => part !== '').join('\n')}
</div></body></html>
`;
}

function heading({ title, tone, body, cards, lines }: Content): string {
  if (body === undefined && cards.length + lines.length < 2) return '';
  return `<p class="${tone}" style="margin:0 0 12px;font-size:18px;font-weight:600;color:${COLOUR[tone]}">${escape(title)}</p>`;
}

function bodyOf({ body = [], tone }: Content): string {
  if (body.length === 0) return '';
  return `<div class="card" style="background:#fff;border:1px solid #e5e7eb;border-left:6px solid ${COLOUR[tone]};border-radius:6px;padding:16px 18px;margin:0 0 14px">${body.map(escape).join('<br>\n')}</div>`;
}

function cardOf(card: Card, { dashboardUrl }: Content, picture: string | undefined): string {
  const { tone } = card;
  const description = card.description ? `<p style="margin:0 0 12px">${escape(card.description)}</p>` : '';
  const dashboard = { name: 'Dashboard', text: dashboardUrl ?? '', href: dashboardUrl };
  const facts = dashboardUrl === undefined ? card.facts : [...card.facts, dashboard];
  return `<div class="card" style="background:#fff;border:1px solid #e5e7eb;border-left:6px solid ${COLOUR[tone]};border-radius:6px;padding:16px 18px;margin:0 0 14px">
<p class="${tone}" style="margin:0;font-size:13px;font-weight:700;letter-spacing:.04em;color:${COLOUR[tone]}">${escape(card.mark)}</p>
<p style="margin:2px 0 12px;font-size:20px;line-height:1.3;font-weight:600">${escape(card.summary)}</p>
${description}${pictureOf(card, picture)}<table role="presentation" cellpadding="0" cellspacing="0" style="border-collapse:collapse;width:100%">
${facts.map(rowOf).join('\n')}
</table>
${evidenceOf(card)}</div>`;
}

function pictureOf({ chart }: Partial<Pick<Card, 'chart'>>, picture: string | undefined): string {
  if (chart === undefined || picture === undefined) return '';
  return `<img src="${escape(picture)}" alt="${escape(chartAlt(chart))}" width="${CHART_WIDTH}" style="display:block;width:100%;max-width:${CHART_WIDTH}px;height:auto;margin:0 0 12px;border:0;border-radius:8px">`;
}

function rowOf({ name, text, href }: Fact): string {
  const isCode = name === 'Alert' || name === 'Labels';
  const shown =
    href === undefined
      ? escape(text)
      : `<a href="${escape(href)}" class="link" style="color:#1d4ed8">${escape(text)}</a>`;
  return `<tr><td class="quiet" style="${QUIET};padding:3px 14px 3px 0;vertical-align:top;white-space:nowrap;width:1%">${name}</td><td style="padding:3px 0;${WRAP};${isCode ? MONO : ''}">${shown}</td></tr>`;
}

function evidenceOf({ expression, substituted, inputs }: Card): string {
  const formulas = [expression, substituted].filter((line) => line !== '').map(escape);
  if (formulas.length + inputs.length === 0) return '';
  const read = inputs.map((input) => `<li style="margin:4px 0">${escape(input)}</li>`).join('');
  return `<div class="line" style="margin:14px 0 0;padding:12px 0 0;border-top:1px solid #e5e7eb">
<p class="quiet" style="margin:0 0 6px;${QUIET}">Computed from</p>
<div style="${MONO};${WRAP}">${formulas.join('<br>= ')}<ul class="quiet" style="margin:8px 0 0;padding:0 0 0 18px;${QUIET}">${read}</ul></div>
</div>`;
}

function restOf({ lines, more }: Content): string {
  if (lines.length === 0) return '';
  const items = [...lines, ...(more > 0 ? [`and ${more} more`] : [])];
  return `<ul style="margin:0;padding:0 0 0 20px">${items.map((line) => `<li>${escape(line)}</li>`).join('')}</ul>`;
}

function buttonOf(address: string | undefined): string {
  if (address === undefined) return '';
  return `<p style="margin:16px 0 0"><a href="${escape(address)}" style="display:inline-block;padding:10px 18px;border-radius:6px;background:#1d4ed8;color:#fff;font-weight:600;text-decoration:none">Acknowledge …</a>
<span class="quiet" style="${QUIET};padding-left:8px">opens a page that asks once more</span></p>`;
}

/** A number stays on one line with its percent sign. */
function escape(text: string): string {
  return escapeHtml(text).replaceAll(' %', '&nbsp;%');
}
