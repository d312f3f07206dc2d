import type { AlertStatus, Status } from '../model/status.ts';
import type { AlertHistory } from '../model/store.ts';
import { formatDuration } from '../model/duration.ts';
import type { Note } from '../model/mute.ts';
import { markup, trusted } from './markup.ts';
import { alertRow } from './sections/alerts.ts';
import { labelList, rowList, section } from './sections/parts.ts';
import { mutedSection } from './sections/muted.ts';
import { STYLE } from './style.ts';
import { moment, zoned } from './time.ts';
import type { Markup } from './markup.ts';

/** One alert, whether it fires or has ended. */
export interface AlertDetail extends AlertHistory {
  readonly id: string;
  readonly notes: readonly Note[];
  /** How long an acknowledgement holds unless one chooses: ms. */
  readonly unackAfter: number;
}

/** The page that messages link to; its style carries the nonce. */
export function alertPage(detail: AlertDetail, status: Status, nonce: string): Markup {
  const alert = status.alerts.find(({ id }) => id === detail.id);
  const mine = { ...status, muted: status.muted.filter((each) => each.id === detail.id || covers(each.id, alert)) };
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${detail.rule} – Tocsin</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${trusted(STYLE)}</style>
</head>
<body>
<main>
<header><a href="/">Tocsin</a> <span class="quiet">as of ${zoned(status.now, status.timezone)}</span></header>
<h1 class="${alert?.state === 'firing' ? (alert.level ?? 'warning') : 'calm'}">${detail.rule} ${alert?.state ?? 'has ended'}<span>${alert?.summary}</span></h1>
${alert && section('alert', 'Now', markup`<ul class="rows">${alertRow(alert, status)}</ul>`)}
${alert === undefined && section('labels', 'Labels', labelList(detail.labels))}
${alert?.state === 'firing' && actions(detail, status)}
${mutedSection(mine)}
${history(detail, status)}
${
  detail.notes.length > 0 &&
  section(
    'notes',
    'Notes',
    rowList(
      'notes',
      detail.notes.map((note) => noteRow(note, status)),
      20,
    ),
  )
}
</main>
</body>
</html>`;
}

function covers(silence: string, alert: AlertStatus | undefined): boolean {
  return alert?.silencedBy?.includes(silence) ?? false;
}

function actions({ id, labels, rule, unackAfter }: AlertDetail, { mayAct }: Status): Markup {
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

function history({ transitions }: AlertDetail, status: Status): Markup {
  const rows = transitions.map(({ at, kind, level, told }) => {
    const reached = told.map(({ receiver, at: when, kept }) => {
      if (when === null) return markup`<div class="quiet">${receiver}: not told yet</div>`;
      const word = kept === null ? 'told' : `not told: ${kept},`;
      return markup`<div class="quiet">${receiver}: ${word} ${moment(when, status)}</div>`;
    });
    return markup`<li><b>${kind}</b> ${level ?? undefined} ${moment(at, status)}${reached}</li>`;
  });
  const none = markup`<p class="quiet">Nothing yet.</p>`;
  return section('history', 'History', rows.length > 0 ? rowList('history', rows, 20) : none);
}

function noteRow({ by, at, text }: Note, status: Status): Markup {
  return markup`<li><b>${by}</b> ${moment(at, status)} <span>${text}</span></li>`;
}
