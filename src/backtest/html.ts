import { createHash } from 'node:crypto';
import { escapeHtml } from '../model/html.ts';
import type { Backtest } from './backtest.ts';
import { printBacktest } from './text.ts';
import { timeline } from './timeline.ts';

/** Colours only repeat what the text says. No script, no other file. */
const STYLE = `
:root { color-scheme: light dark; --ink: #1b1c1e; --quiet: #55595f; --line: #d9dadb; --critical: #b3141d; --warning: #b06a00; --info: #0b57a4; --calm: #1c6b3a22; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e6; --quiet: #a4a9b0; --line: #34383d; --critical: #ff8a86; --warning: #f2b35c; --info: #8cc0ff; --calm: #7fd09c22; }
}
body { max-width: 72rem; margin: 0 auto; padding: 1rem; color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
section { margin: 0 0 2.5rem; }
svg { display: block; width: 100%; height: auto; font: 11px system-ui, sans-serif; }
svg text { fill: var(--ink); }
svg .note { fill: var(--quiet); }
svg .lane { stroke: var(--line); }
svg .event { stroke: var(--quiet); stroke-dasharray: 3 3; }
svg .quiet { fill: var(--calm); }
svg .critical { fill: var(--critical); }
svg .warning { fill: var(--warning); }
svg .info { fill: var(--info); }
pre { overflow-x: auto; padding: .75rem; border: 1px solid var(--line); font-size: 13px; }
`;

/** One self-contained page that a browser may open under the strictest content security policy. */
export function printHtml(results: readonly Backtest[]): string {
  const hash = createHash('sha256').update(STYLE).digest('base64');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Backtest</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Backtest</h1>
${results.map(section).join('\n')}
</main>
</body>
</html>
`;
}

function section(result: Backtest): string {
  const { incident } = result;
  const summary = incident.summary === undefined ? '' : `<p>${escapeHtml(incident.summary)}</p>\n`;
  return `<section>
<h2>${escapeHtml(incident.title)}</h2>
${summary}${timeline(result)}
<pre>${escapeHtml(printBacktest(result))}</pre>
</section>`;
}
