import { lacksOf } from '../../model/coverage.ts';
import type { Covered } from '../../model/coverage.ts';
import type { Status } from '../../model/status.ts';
import { markup } from '../markup.ts';
import { badge, rowList, section } from './parts.ts';
import type { Markup } from '../markup.ts';

/** What is watched without a rule, a second source, an owner, a test or a backtest; things without any rule first. */
export function coverageSection({ coverage = [] }: Status): Markup | undefined {
  const lacking = coverage.filter((row) => lacksOf(row).length > 0);
  if (lacking.length === 0) return undefined;
  const bare = coverage.filter(({ rules }) => rules.length === 0).length;
  const rows = lacking.toSorted((a, b) => Number(a.rules.length > 0) - Number(b.rules.length > 0)).map(coveredRow);
  const sum = markup`<p class="quiet">${coverage.length} watched, ${bare} without any rule.</p>`;
  return section('coverage', 'Not covered', markup`${sum}${rowList('coverage', rows, 5)}`);
}

function coveredRow(row: Covered): Markup {
  const { what, name, rules, possible } = row;
  const [first, ...more] = lacksOf(row);
  return markup`<li>${rules.length === 0 ? badge('no rule', 'blind') : badge(what, 'plain')} <b>${name}</b>
<span>${rules.length === 0 ? markup`${what} without any rule` : first}</span>${more.map((lack) => markup`<div class="quiet">${lack}</div>`)}
${possible.length > 0 && markup`<div class="quiet">could have: ${possible.join(', ')}</div>`}</li>`;
}
