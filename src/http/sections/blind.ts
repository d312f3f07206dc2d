import type { RuleStatus, SourceStatus, Status } from '../../model/status.ts';
import { isFailing, isLate } from '../headline.ts';
import { markup } from '../markup.ts';
import { moment } from '../time.ts';
import { badge, labelList, reasonText, rowList, section } from './parts.ts';
import type { Markup } from '../markup.ts';

const NAMED = 5;

/** What cannot be seen or judged now, and why. */
export function blindSection(status: Status): Markup | undefined {
  const rows = [
    ...status.sources.filter(isFailing).map((source) => sourceRow(source, status)),
    ...status.rules.filter((rule) => isLate(rule, status.now)).map((rule) => lateRow(rule, status)),
    ...status.rules.flatMap(unknownRow),
  ];
  return rows.length === 0 ? undefined : section('blind', 'What Tocsin cannot see', rowList('blind', rows, 20));
}

function sourceRow({ source, health, error, lastOkAt }: SourceStatus, status: Status): Markup {
  const last = lastOkAt === undefined ? 'It has never answered.' : markup`Last good ${moment(lastOkAt, status)}.`;
  const why = error ?? 'Its newest value is too old.';
  return markup`<li>${badge(health, 'blind')} source <b>${source}</b> <span>${why} ${last}</span></li>`;
}

function lateRow({ rule, judgedAt }: RuleStatus, status: Status): Markup {
  const last = judgedAt === undefined ? undefined : markup`Last judged ${moment(judgedAt, status)}.`;
  return markup`<li>${badge('not judged', 'blind')} rule <b>${rule}</b> <span>${last}</span></li>`;
}

function unknownRow({ rule, rows }: RuleStatus): Markup[] {
  const unknown = rows.filter(({ verdict }) => verdict === 'unknown');
  if (unknown.length === 0) return [];
  const reasons = [...new Set(unknown.map(({ reason }) => reasonText(reason)))].join('; ');
  const more = unknown.length > NAMED && markup`<span class="quiet">and ${unknown.length - NAMED} more</span>`;
  return [
    markup`<li>${badge('unknown', 'blind')} rule <b>${rule}</b> <span>cannot judge ${unknown.length} of ${rows.length}: ${reasons}.</span>
${unknown.slice(0, NAMED).map(({ labels }) => labelList(labels))} ${more}</li>`,
  ];
}
