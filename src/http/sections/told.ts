import type { InboxMessage } from '../../model/config.ts';
import type { Status } from '../../model/status.ts';
import type { SentNotification } from '../../model/claim.ts';
import type { ReceiverState } from '../../model/store.ts';
import { markup } from '../markup.ts';
import { moment } from '../time.ts';
import { badge, labelList, rowList, section } from './parts.ts';
import type { Markup } from '../markup.ts';

const NAMED = 5;

/** What people were told, and whether they can be told. */
export function toldSections(status: Status): Markup {
  const inbox = status.inbox.map((message) => inboxRow(message, status));
  const sent = status.sent.map((notification) => sentRow(notification, status));
  const receivers = status.receivers.map((receiver) => receiverRow(receiver, status));
  return markup`${list('inbox', 'Inbox', inbox)}${list('sent', 'Last notifications', sent)}${list('receivers', 'Receivers', receivers)}`;
}

function list(id: string, title: string, rows: readonly Markup[]): Markup {
  return section(id, title, rows.length > 0 ? rowList(id, rows, 10) : markup`<p class="quiet">Nothing yet.</p>`);
}

function inboxRow({ id, level, status: state, title, text, at }: InboxMessage, status: Status): Markup {
  const word = state === 'resolved' ? badge(state, 'calm') : badge(level ?? state, level ?? 'warning');
  return markup`<li><details id="inbox-${id}"><summary id="inbox-${id}-title">${word} <b>${title}</b> ${moment(at, status)}</summary>
<pre>${text}</pre></details></li>`;
}

function sentRow({ receiver, at, status: state, alerts }: SentNotification, status: Status): Markup {
  const told = alerts.slice(0, NAMED).map(toldAlert);
  const more = alerts.length > NAMED && markup`<div class="quiet">and ${alerts.length - NAMED} more</div>`;
  const tone = state === 'resolved' ? 'calm' : 'plain';
  return markup`<li>${badge(state, tone)} to <b>${receiver}</b> ${moment(at, status)}${told}${more}</li>`;
}

function toldAlert({ rule, labels, changes }: SentNotification['alerts'][number]): Markup {
  const change = changes.length === 0 ? 'reminder' : changes.join(', ');
  return markup`<div><b>${rule}</b> ${labelList(labels)} ${change}</div>`;
}

function receiverRow(state: ReceiverState, status: Status): Markup {
  const { receiver, lastAcceptedAt, lastError, lastErrorAt, waiting } = state;
  const last =
    lastAcceptedAt === undefined ? 'nothing accepted yet' : markup`last accepted ${moment(lastAcceptedAt, status)}`;
  const when = lastErrorAt === undefined ? undefined : moment(lastErrorAt, status);
  return markup`<li>${receiverBadge(state)} <b>${receiver}</b> <span>${last}</span>${waiting > 0 && `, ${waiting} waiting`}
${lastError !== undefined && markup`<span class="error">${lastError} ${when}</span>`}</li>`;
}

/** `refused`: a person must act. `retrying`: the newest try failed and is repeated. */
function receiverBadge({ dead, lastErrorAt, lastAcceptedAt }: ReceiverState): Markup {
  if (dead) return badge('refused', 'critical');
  if (lastErrorAt !== undefined && lastErrorAt > (lastAcceptedAt ?? 0)) return badge('retrying', 'blind');
  return lastAcceptedAt === undefined ? badge('unused', 'plain') : badge('ok', 'calm');
}
