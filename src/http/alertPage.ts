import type { AlertStatus, Status } from '../model/status.ts';
import type { AlertDetail } from '../jobs/alertDetail.ts';
import { formatDuration } from '../model/duration.ts';
import { markup, trusted } from './markup.ts';
import { alertRow } from './sections/alerts.ts';
import { episodeSection } from './sections/episode.ts';
import { evidenceSection } from './sections/evidence.ts';
import { labelList, rowList, section } from './sections/parts.ts';
import { mutedSection } from './sections/muted.ts';
import { STYLE } from './style.ts';
import { moment, zoned } from './time.ts';
import type { Markup } from './markup.ts';

export interface ShownAlert extends AlertDetail {
  /** How long an acknowledgement holds unless one chooses: ms. */
  readonly unackAfter: number;
}

/** The page that messages link to; its style carries the nonce. */
export function alertPage(detail: ShownAlert, status: Status, nonce: string): Markup {
  const alert = status.alerts.find(({ id }) => id === detail.id);
  const mine = { ...status, muted: status.muted.filter((each) => each.id === detail.id || covers(each.id, alert)) };
  return page(
    { title: detail.rule, nonce },
    markup`<header><a href="/">Tocsin</a> <span class="quiet">as of ${zoned(status.now, status.timezone)}</span></header>
<h1 class="${alert?.state === 'firing' ? (alert.level ?? 'warning') : 'calm'}">${detail.rule} ${alert?.state ?? 'has ended'}<span>${alert?.summary}</span></h1>
${alert && section('alert', 'Now', markup`<ul class="rows">${alertRow(alert, status)}</ul>`)}
${alert === undefined && section('labels', 'Labels', labelList(detail.labels))}
${alert?.state === 'firing' && actions(detail, status)}
${evidenceSection(detail.chart, detail.evidence, status)}
${mutedSection(mine)}
${detail.story && episodeSection(detail.story, detail.print, status)}
${earlier(detail, status)}`,
  );
}

/** In a storm people are told before everything is written down: the page looks again. */
export function unknownAlertPage(id: string, nonce: string): Markup {
  return page(
    { title: 'Not written down', nonce, again: markup`<meta http-equiv="refresh" content="3">` },
    markup`<header><a href="/">Tocsin</a></header>
<h1 class="blind">No alert ${id} is written down yet<span>When thousands of alerts begin at once, people are told of them some seconds before each has its page.</span></h1>
<p>This page looks again every three seconds. If it stays as it is for a minute, the address is wrong: what fires is on <a href="/">the status page</a>.</p>`,
  );
}

function page(
  { title, nonce, again }: { readonly title: string; readonly nonce: string; readonly again?: Markup },
  main: Markup,
): Markup {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${again}<title>${title} – Tocsin</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${trusted(STYLE)}</style>
</head>
<body>
<main>
${main}
</main>
</body>
</html>`;
}

function covers(silence: string, alert: AlertStatus | undefined): boolean {
  return alert?.silencedBy?.includes(silence) ?? false;
}

function actions({ id, labels, rule, unackAfter }: ShownAlert, { mayAct }: Status): Markup {
  if (!mayAct) {
    const how = 'To acknowledge or silence it, open the address with ?token=… that Tocsin printed when it started.';
    return section('act', 'Act', markup`<p class="quiet">${how}</p>`);
  }
  const who = markup`<label>Your name <input name="by" required maxlength="100" autocomplete="name"></label>`;
  const matched = Object.entries({ alertname: rule, ...labels }).map(
    ([name, value]) => `${name}=${JSON.stringify(value)}`,
  );
  return section(
    'act',
    'Act',
    markup`<form method="post" action="/act/ack"><input type="hidden" name="id" value="${id}">${who}
<label>Note <input name="note" maxlength="1000"></label><label>For <select name="hours"><option value="">${formatDuration(unackAfter)}</option>${hours([1, 4, 12, 24])}</select></label><button>Acknowledge</button>
<span class="quiet">No reminders and no escalation until it gets worse.</span></form>
<form method="post" action="/act/silence"><input type="hidden" name="id" value="${id}">${who}
<label>Why <input name="comment" required maxlength="1000"></label><label>For <select name="hours">${hours([1, 4, 12, 24, 72])}</select></label><button>Silence</button>
<span class="quiet">Nobody is told of ${matched.join(', ')} until then.</span></form>
<form method="post" action="/act/note"><input type="hidden" name="id" value="${id}">${who}
<label>Note <input name="note" required maxlength="1000"></label><button>Add note</button></form>`,
  );
}

function hours(choices: readonly number[]): Markup {
  return markup`${choices.map((each) => markup`<option value="${each}">${each} h</option>`)}`;
}

/** What was before the episode that is told in full. */
function earlier({ transitions, story }: ShownAlert, status: Status): Markup | undefined {
  const before = transitions.filter(({ at }) => story === undefined || at < story.startedAt);
  if (before.length === 0) return undefined;
  const rows = before.map(
    ({ at, kind, level }) => markup`<li><b>${kind}</b> ${level ?? undefined} ${moment(at, status)}</li>`,
  );
  return section('earlier', 'Earlier', rowList('earlier', rows, 10));
}
