import type { RuleRow, RuleStatus, Status } from '../../model/status.ts';
import { markup } from '../markup.ts';
import { badge, labelList, reasonText, rowList, section } from './parts.ts';
import type { Markup } from '../markup.ts';

const BAR = 100;

/** Every rule with what it judges, nearest to a threshold first. */
export function ruleSection({ rules }: Status): Markup {
  const none = markup`<p>No rule is loaded.</p>`;
  return section('rules', 'Rules', rules.length === 0 ? none : markup`${rules.map(ruleBlock)}`);
}

function ruleBlock(rule: RuleStatus, index: number): Markup {
  const rows = rule.rows.toSorted((a, b) => rank(a) - rank(b)).map(judgedRow);
  const idle = markup`<p class="quiet">${rule.idle ?? 'Nothing judged yet.'}</p>`;
  return markup`<article><h3>${rule.rule} <span class="quiet">${rule.group}</span></h3>
${rows.length > 0 ? rowList(`rule-${index}`, rows, 5, 60) : idle}
<details id="rule-${index}-expr"><summary id="rule-${index}-what">expression</summary>
<pre>${rule.expr}</pre><p class="quiet">${rule.file}</p></details></article>`;
}

/** Crossed first, then unknown, then by what is left to the nearest threshold. */
function rank({ verdict, state, distances }: RuleRow): number {
  if (state !== 'inactive' || verdict === 'breached') return Number.MIN_SAFE_INTEGER;
  if (verdict === 'unknown') return Number.MIN_SAFE_INTEGER + 1;
  return distances[0]?.distance ?? Number.MAX_VALUE;
}

function judgedRow(row: RuleRow): Markup {
  const { labels, value, distances } = row;
  const [nearest] = distances;
  return markup`<li class="judged"><span>${stateBadge(row)}</span>${labelList(labels)}<b class="number">${value}</b>
<span>${nearest && markup`${bar(nearest.distance)} ${distanceText(nearest)} `}${unsure(row)}</span></li>`;
}

function stateBadge({ state, verdict, level }: RuleRow): Markup {
  if (state === 'firing') return badge(level ?? 'firing', level ?? 'warning');
  if (verdict === 'unknown') return badge('unknown', 'blind');
  if (state === 'pending') return badge('pending', 'plain');
  return verdict === 'breached' ? badge('breached', 'warning') : badge('ok', 'calm');
}

function unsure({ verdict, reason }: RuleRow): Markup | undefined {
  if (verdict !== 'unknown') return undefined;
  return markup`<span class="unsure">${badge('last known', 'blind')} ${reasonText(reason)}</span>`;
}

/** Full at the threshold. */
function bar(distance: number): Markup {
  const filled = Math.round(BAR * Math.min(1, Math.max(0, 1 - distance)));
  return markup`<svg class="bar ${distance <= 0 && 'crossed'}" viewBox="0 0 ${BAR} 8" preserveAspectRatio="none" aria-hidden="true"><rect width="${filled}" height="8"/></svg>`;
}

function distanceText({ level, threshold, distance }: RuleRow['distances'][number]): string {
  const name = level === null ? threshold : `${level} (${threshold})`;
  const share = percent(Math.abs(distance));
  return distance <= 0 ? `${share} past ${name}` : `${share} left to ${name}`;
}

function percent(share: number): string {
  if (!(share <= 10)) return 'over 1000 %';
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
