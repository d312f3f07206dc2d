import type { Status } from '../model/status.ts';
import { headline } from './headline.ts';
import { markup, trusted } from './markup.ts';
import { REFRESH } from './refresh.ts';
import { adviceSection } from './sections/advice.ts';
import { alertSections } from './sections/alerts.ts';
import { blindSection } from './sections/blind.ts';
import { coverageSection } from './sections/coverage.ts';
import { mutedSection } from './sections/muted.ts';
import { ruleSection } from './sections/rules.ts';
import { sourceSection } from './sections/sources.ts';
import { toldSections } from './sections/told.ts';
import { STYLE } from './style.ts';
import { zoned } from './time.ts';
import type { Markup } from './markup.ts';

/** The whole status page; its style and script carry the nonce. */
export function statusPage(status: Status, nonce: string): Markup {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title(status)}</title>
<link rel="icon" href="data:,">
<noscript><meta http-equiv="refresh" content="15"></noscript>
<style nonce="${nonce}">${trusted(STYLE)}</style>
</head>
<body data-timezone="${status.timezone}">
<p id="lost" role="alert" hidden></p>
${statusMain(status)}
<script nonce="${nonce}">${trusted(REFRESH)}</script>
</body>
</html>`;
}

/** The part that the page fetches again and again. */
export function statusMain(status: Status): Markup {
  return markup`<main data-title="${title(status)}">
<header><b>Tocsin</b> <span class="quiet">as of ${zoned(status.now, status.timezone)}</span></header>
${heading(status)}
${alertSections(status)}
${mutedSection(status)}
${blindSection(status)}
${adviceSection(status)}
${ruleSection(status)}
${sourceSection(status)}
${coverageSection(status)}
${toldSections(status)}
${footer(status)}
</main>`;
}

function heading(status: Status): Markup {
  const { mood, sentences } = headline(status);
  const [first, ...more] = sentences;
  return markup`<h1 class="${mood}">${first}${more.map((sentence) => markup` <span>${sentence}</span>`)}</h1>`;
}

function footer({ version, queue, store }: Status): Markup {
  const parts = `queue on ${queue === 'redis' ? 'Redis' : 'PostgreSQL'}, ${store === 'private' ? 'private database' : 'database by URL'}`;
  return markup`<footer class="quiet"><a href="/jobs">jobs</a> <a href="/status.json">status.json</a> <a href="/metrics">metrics</a>
<a href="/healthz">health</a> <span>Tocsin ${version}, ${parts}</span></footer>`;
}

function title(status: Status): string {
  const firing = status.alerts.filter(({ state }) => state === 'firing').length;
  if (firing > 0) return `(${firing}) Tocsin`;
  return headline(status).mood === 'calm' ? 'Tocsin' : '(?) Tocsin';
}
