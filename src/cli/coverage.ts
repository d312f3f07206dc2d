import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'yaml';
import { readNamedFiles } from '../config/ruleFiles.ts';
import type { RuleSet } from '../model/config.ts';
import { lacksOf } from '../model/coverage.ts';
import type { Covered } from '../model/coverage.ts';
import { coverage as cover } from '../rules/coverage.ts';
import type { CatalogueKind } from '../rules/coverage.ts';
import { testedAlerts } from './checkFiles.ts';
import { readConfiguration, type Choices } from './configuration.ts';
import { incidentFolders } from './incidentFiles.ts';
import type { Output } from './output.ts';
import { KINDS } from './package.ts';

export interface CoverageChoices extends Choices {
  readonly json?: true;
}

/** `tocsin coverage`: what is watched without a rule, a second source, an owner, a test or a backtest. Returns the exit code. */
export function coverage(choices: CoverageChoices, output: Output): number {
  const { files, loadRules } = readConfiguration(choices);
  const { rules } = loadRules(files, Date.now());
  const rows = readCoverage(rules, files);
  output.stdout.write(choices.json ? `${JSON.stringify(rows, null, 2)}\n` : print(rows));
  return 0;
}

/** What these rules leave open, by the unit tests beside them, the incidents at hand and the catalogue. */
export function readCoverage(rules: RuleSet, files: Readonly<Record<string, string>>): readonly Covered[] {
  return cover({
    rules,
    catalogue: readCatalogue(),
    tested: testedAlerts(files),
    backtested: backtestedAlerts(),
  });
}

function readCatalogue(): readonly CatalogueKind[] {
  return Object.entries(readNamedFiles(KINDS, [KINDS])).map(([path, text]) => {
    const { kind = basename(path, '.yaml'), expr = '' } = parse(text) as Partial<CatalogueKind>;
    return { kind, expr };
  });
}

/** Alerts that an incident expects, shipped ones and the user's. */
function backtestedAlerts(): ReadonlySet<string> {
  const texts = incidentFolders([], process.cwd()).map((folder) => readFileSync(`${folder}/incident.yaml`, 'utf8'));
  const expected = texts.flatMap((text) => (parse(text) as { expect?: readonly { alert?: string }[] }).expect ?? []);
  return new Set(expected.flatMap(({ alert }) => alert ?? []));
}

function print(rows: readonly Covered[]): string {
  if (rows.length === 0) return 'Nothing is watched: no asset, market, vault or holding is configured.\n';
  const bare = rows.filter(({ rules }) => rules.length === 0).length;
  const texts = rows.map(
    (row) => `${[`${row.what} ${row.name}`, ...linesOf(row).map((line) => `  ${line}`)].join('\n')}\n`,
  );
  return `${texts.join('')}${rows.length} watched, ${bare} without any rule.\n`;
}

function linesOf(row: Covered): readonly string[] {
  const { rules, possible } = row;
  return [
    ...(rules.length === 0 ? [] : [`rules: ${rules.join(', ')}`]),
    ...lacksOf(row).map((lack) => (lack === 'no rule' ? 'NO RULE' : lack)),
    ...(possible.length === 0 ? [] : [`could have: ${possible.join(', ')}`]),
  ];
}
