import { readFileSync } from 'node:fs';
import { backtest as run } from '../backtest/backtest.ts';
import type { Backtest } from '../backtest/backtest.ts';
import { comparison, readLines } from '../backtest/compare.ts';
import { printHtml } from '../backtest/html.ts';
import { linesOf } from '../backtest/lines.ts';
import { printBacktest } from '../backtest/text.ts';
import type { Reading } from '../rules/compile.ts';
import { groupsFor, NoRules } from './backtestRules.ts';
import { incidentFolders, NoIncident, openIncident } from './incidentFiles.ts';
import type { Output } from './output.ts';

export interface BacktestChoices {
  readonly incident?: readonly string[];
  readonly rules?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly compare?: string;
  readonly json?: true;
  readonly html?: true;
  readonly record?: string;
  readonly missing?: string;
  readonly rangeEnds?: string;
}

/** A choice on the command line that says nothing. */
class BadChoice extends Error {
  override readonly name = 'BadChoice';
}

/** `tocsin backtest`: runs rules over incidents. Returns the exit code: 1 when something expected was missed or a budget was passed. */
export function backtest(choices: BacktestChoices, cwd: string, output: Output): number {
  try {
    const results = runAll(choices, cwd);
    output.stdout.write(print(results, choices));
    return results.every(isAsExpected) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof NoIncident || error instanceof NoRules || error instanceof BadChoice)) throw error;
    output.stderr.write(`${error.message}\n`);
    return 1;
  }
}

function runAll(choices: BacktestChoices, cwd: string): readonly Backtest[] {
  const options = {
    from: readTime('--from', choices.from),
    to: readTime('--to', choices.to),
    reading: readReading(choices),
  };
  return incidentFolders(choices.incident ?? [], cwd).map((folder) => {
    const incident = openIncident(folder, cwd);
    return run(incident, groupsFor(incident, { cwd, places: choices.rules ?? [] }), options);
  });
}

function isAsExpected({ expectations, quiet }: Backtest): boolean {
  return expectations.every(({ met }) => met) && quiet.isWithinBudget;
}

function print(results: readonly Backtest[], { json, html, compare }: BacktestChoices): string {
  if (compare !== undefined) return comparison(readLines(readFileSync(compare, 'utf8')), results);
  if (html) return printHtml(results);
  if (!json) return results.map(printBacktest).join('\n');
  return results
    .flatMap(linesOf)
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}

function readTime(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = /^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(at))
    throw new BadChoice(`Found ${name} "${text}". Expected a UTC time such as 2023-03-11T03:11:00Z, or a date.`);
  return at;
}

function readReading({ missing = 'hold', rangeEnds = 'open' }: BacktestChoices): Reading {
  if (missing !== 'hold' && missing !== 'prometheus')
    throw new BadChoice(`Found --missing "${missing}". Expected hold or prometheus.`);
  if (rangeEnds !== 'open' && rangeEnds !== 'closed')
    throw new BadChoice(`Found --range-ends "${rangeEnds}". Expected open or closed.`);
  return { ...(missing === 'prometheus' && { missing }), ...(rangeEnds === 'closed' && { rangeEnds }) };
}
