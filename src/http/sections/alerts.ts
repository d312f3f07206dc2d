import { roughDuration } from '../../model/duration.ts';
import type { AlertStatus, Status } from '../../model/status.ts';
import { markup } from '../markup.ts';
import { moment } from '../time.ts';
import { badge, labelList, reasonText, rowList, runbookLink, section } from './parts.ts';
import type { Markup } from '../markup.ts';

/** What fires, and what will if it lasts. */
export function alertSections(status: Status): Markup {
  return markup`${list('firing', 'Firing', status)}${list('pending', 'Pending', status)}`;
}

function list(state: 'firing' | 'pending', title: string, status: Status): Markup | undefined {
  const alerts = status.alerts.filter((alert) => alert.state === state);
  if (alerts.length === 0) return undefined;
  const rows = alerts.map((alert) =>
    alertRow(alert, status, markup`<a href="/alerts/${alert.id}">history and actions</a> · `),
  );
  return section(state, title, rowList(state, rows, state === 'firing' ? 50 : 10));
}

/** `page`: the way to the page of the alert, unless this is it. */
export function alertRow(alert: AlertStatus, status: Status, page?: Markup): Markup {
  const { level, rule, summary, labels, runbook, id, state } = alert;
  const firing = state === 'firing';
  const tone = firing ? (level ?? 'warning') : 'plain';
  const link = runbook === undefined ? undefined : markup`${runbookLink(runbook)} · `;
  return markup`<li class="alert ${tone}" id="alert-${id}">
<div>${badge(firing ? (level ?? 'firing') : state, tone)} <b>${rule}</b> ${labelList(labels)}</div>
<p class="summary">${summary}</p>
${alert.unknown && staleMark(alert.unknown, status)}
<p>${measured(alert)}${since(alert, status)}</p>
<p class="quiet">${link}${page}id <code>${id}</code></p></li>`;
}

function staleMark({ reason, since: from }: NonNullable<AlertStatus['unknown']>, status: Status): Markup {
  const mark = badge('last known', 'blind');
  return markup`<p>${mark} stale since ${moment(from, status)}: ${reasonText(reason)}. It stays until fresh data says otherwise.</p>`;
}

function measured({ shown, threshold }: AlertStatus): Markup | undefined {
  if (shown === undefined) return undefined;
  const against =
    threshold === undefined ? undefined : markup` against a threshold of <b class="number">${threshold}</b>`;
  return markup`<b class="number">${shown}</b>${against}, `;
}

function since(alert: AlertStatus, status: Status): Markup | undefined {
  if (alert.activeAt === undefined) return undefined;
  const held = Math.max(0, ...Object.values(alert.pending).map((clock) => clock.held));
  const counted = alert.state === 'pending' && `, counted for ${roughDuration(held)} so far`;
  const unseen = alert.startUnseen && ', or longer: it was so when it could be judged';
  return markup`since ${moment(alert.activeAt, status)}${unseen}${counted}`;
}
