import type { Labels } from '../../model/labels.ts';
import { markup } from '../markup.ts';
import type { Markup } from '../markup.ts';

const LONGEST = 24;

const REASONS: Readonly<Record<string, string>> = {
  stale: 'its data is too old',
  not_finite: 'the value is not a finite number',
  too_expensive: 'the expression reads too many series or samples',
  failed: 'the expression could not be evaluated',
};

/** A word that also has a colour; the word alone says everything. */
export function badge(word: string, tone: string): Markup {
  return markup`<span class="badge ${tone}">${word}</span>`;
}

/** Labels as `name value` pairs, without the named ones. */
export function labelList(labels: Labels, hidden: readonly string[] = []): Markup {
  const shown = Object.entries(labels).filter(([name, value]) => value !== '' && !hidden.includes(name));
  return markup`<span class="labels">${shown.map(([name, value]) => markup`<span><i>${name}</i> ${short(value)}</span> `)}</span>`;
}

/** Why something could not be judged, for people. */
export function reasonText(reason: string | undefined): string {
  if (reason === undefined) return 'no reason is known';
  return REASONS[reason] ?? reason;
}

/** A section under its heading. */
export function section(id: string, title: string, body: Markup): Markup {
  return markup`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${body}</section>`;
}

/** The first rows at once, more behind a fold, and never so many that the page becomes slow. */
export function rowList(id: string, rows: readonly Markup[], first: number, most = 200): Markup {
  const shown = markup`<ul class="rows">${rows.slice(0, first)}</ul>`;
  if (rows.length <= first) return shown;
  const beyond = rows.length - most;
  return markup`${shown}<details id="${id}-more"><summary id="${id}-fold">${rows.length - first} more</summary>
<ul class="rows">${rows.slice(first, most)}</ul>
${beyond > 0 && markup`<p class="quiet">${beyond} more are in <a href="/status.json">status.json</a>.</p>`}</details>`;
}

/** A runbook to follow when it is an address, else its path to read. */
export function runbookLink(runbook: string): Markup {
  if (!/^https?:\/\//i.test(runbook)) return markup`runbook <code>${runbook}</code>`;
  return markup`<a href="${runbook}" rel="noreferrer">runbook</a>`;
}

/** Addresses and hashes by both ends; the whole is a hover away. */
function short(value: string): Markup {
  if (value.length <= LONGEST || value.includes(' ')) return markup`${value}`;
  return markup`<span title="${value}">${value.slice(0, 10)}…${value.slice(-8)}</span>`;
}
