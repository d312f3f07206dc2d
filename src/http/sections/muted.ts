import type { MutedStatus, Status } from '../../model/status.ts';
import { markup } from '../markup.ts';
import { moment } from '../time.ts';
import { badge, labelList, rowList, section } from './parts.ts';
import type { Markup } from '../markup.ts';

const WORDS = {
  silence: 'silenced',
  ack: 'acknowledged',
  inhibited: 'inhibited',
  time: 'quiet time',
  disabled: 'disabled',
} as const;

/** Everything that is muted, with until when and by whom; who may act can end it here. */
export function mutedSection(status: Status): Markup | undefined {
  if (status.muted.length === 0) return undefined;
  return section(
    'muted',
    'Muted',
    rowList(
      'muted',
      status.muted.map((each) => mutedRow(each, status)),
      20,
    ),
  );
}

function mutedRow(muted: MutedStatus, status: Status): Markup {
  const { kind, what, labels, by, comment, until, from, alerts } = muted;
  const holds =
    kind === 'silence' &&
    markup`<span class="quiet">${alerts === 1 ? '1 alert fires' : `${alerts} alerts fire`} under it</span>`;
  return markup`<li>${badge(WORDS[kind], 'plain')} <b>${what}</b> ${labels && labelList(labels)}
<span>by ${by}${comment && `: ${comment}`}</span>
<span>${from === undefined ? undefined : markup`from ${moment(from, status)} `}${until === undefined ? 'until it ends' : markup`until ${moment(until, status)}`}</span> ${holds} ${end(muted, status)}</li>`;
}

function end({ kind, id }: MutedStatus, { mayAct }: Status): Markup | undefined {
  if (!mayAct || (kind !== 'silence' && kind !== 'ack')) return undefined;
  const action = kind === 'silence' ? 'expire' : 'unack';
  return markup`<form method="post" action="/act/${action}"><input type="hidden" name="id" value="${id}"><button>End now</button></form>`;
}
