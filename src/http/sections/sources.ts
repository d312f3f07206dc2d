import { formatDuration } from '../../model/duration.ts';
import type { SourceStatus, Status } from '../../model/status.ts';
import { markup } from '../markup.ts';
import { moment } from '../time.ts';
import { badge, labelList, rowList, section } from './parts.ts';
import type { Markup } from '../markup.ts';

const ORDER = ['failing', 'stale', 'waiting', 'ok'] as const;
const TONES = { failing: 'blind', stale: 'blind', waiting: 'plain', ok: 'calm' } as const;

/** Every source with its health and age, troubled ones first. */
export function sourceSection(status: Status): Markup {
  const sorted = status.sources.toSorted((a, b) => ORDER.indexOf(a.health) - ORDER.indexOf(b.health));
  const rows = sorted.map((source) => sourceRow(source, status));
  const none = markup`<p>No source is configured.</p>`;
  return section('sources', 'Sources', rows.length === 0 ? none : rowList('sources', rows, 25));
}

function sourceRow(state: SourceStatus, status: Status): Markup {
  const { source, labels, health, kind, every, maxAge, lastOkAt, origin, error } = state;
  const pace = `${kind} every ${formatDuration(every)}, stale after ${formatDuration(maxAge)}`;
  return markup`<li class="source"><span>${badge(health, TONES[health])}</span>
<span><b>${source}</b> ${labelList(labels, ['source'])}</span>
<span>${lastOkAt === undefined ? 'never read' : moment(lastOkAt, status)}</span>
<span class="quiet">${pace}${origin !== undefined && `, ${origin}`}</span>
${error !== undefined && markup`<span class="error">${error}</span>`}</li>`;
}
