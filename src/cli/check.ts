import { existsSync } from 'node:fs';
import { checkOnline, type ChainsReport } from './checkOnline.ts';
import { filesAt, filesByClass, NoFiles, testedAlerts } from './checkFiles.ts';
import { readConfiguration, type Choices } from './configuration.ts';
import { findingOf, runChecks } from '../checks/runChecks.ts';
import type { Finding } from '../checks/finding.ts';
import { ConfigErrors } from '../config/error.ts';
import type { Output } from './output.ts';

export interface CheckChoices extends Choices {
  readonly json?: true;
  readonly strict?: true;
  readonly online?: true;
}

export interface Checked {
  readonly findings: readonly Finding[];
  /** Facts read from the chains, for people. */
  readonly facts: readonly string[];
  /** Why a chain could not be asked, one sentence each. */
  readonly unreached: readonly string[];
  /** How many files were read. */
  readonly files: number;
}

/** `tocsin check [FILES]`: says what is wrong or doubtful in rule files. Returns the exit code: 1 errors, 2 warnings with `--strict`. */
export async function check(places: readonly string[], choices: CheckChoices, output: Output): Promise<number> {
  let checked: Checked;
  try {
    checked = await gather(places, choices);
  } catch (error) {
    if (!(error instanceof NoFiles)) throw error;
    output.stderr.write(`${error.message}\n`);
    return 1;
  }
  output.stdout.write(choices.json ? `${JSON.stringify(checked.findings.map(plain), null, 2)}\n` : print(checked));
  for (const why of checked.unreached) output.stderr.write(`${why}\n`);
  if (checked.unreached.length > 0 || checked.findings.some(({ severity }) => severity === 'error')) return 1;
  return choices.strict && checked.findings.length > 0 ? 2 : 0;
}

async function gather(places: readonly string[], choices: CheckChoices): Promise<Checked> {
  try {
    return await review(places, choices);
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error;
    const findings = error.errors.map((one) => findingOf(one, 'invalid', 'error'));
    return { findings, facts: [], unreached: [], files: new Set(findings.map(({ file }) => file)).size };
  }
}

async function review(places: readonly string[], choices: CheckChoices): Promise<Checked> {
  const { settings, files: configured, loadRules } = readConfiguration(choices);
  const named = places.length === 0 ? configured : filesAt(places);
  const isPart = Object.keys(named).every((file) => Object.hasOwn(configured, file));
  const now = Date.now();
  const files = isPart ? configured : { ...kindsOf(configured), ...named };
  const { rules } = loadable(named, files, (set) => loadRules(set, now), kindsOf(configured));
  const { found, facts, unreached } = choices.online ? await checkOnline(rules, settings) : NOTHING;
  const hasConfig = choices.config !== undefined || existsSync('tocsin.yaml');
  const byClass = filesByClass(files);
  const input = { rules, now, tested: testedAlerts(files), byClass, ...(hasConfig && { telling: settings }) };
  const judged = runChecks(input, found).filter(({ file }) => Object.hasOwn(named, file));
  const passedOver = places.length > 0 ? [] : settings.warnings.map((one) => findingOf(one, 'no-effect', 'warning'));
  const findings = [...passedOver, ...judged];
  return { findings, facts, unreached, files: Object.keys(named).length };
}

/** Of files that are wrong, only the named ones are spoken of: when they are right themselves, they are judged without the others. */
function loadable<T>(named: Files, all: Files, load: (files: Files) => T, kinds: Files): T {
  try {
    return load(all);
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error;
    const own = error.errors.filter(({ file }) => Object.hasOwn(named, file));
    if (own.length > 0) throw new ConfigErrors(own);
    return load({ ...kinds, ...named });
  }
}

type Files = Readonly<Record<string, string>>;

/** Kinds of rules are there whatever is named. */
function kindsOf(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).filter(([file]) => file.startsWith('kinds/')));
}

const NOTHING: ChainsReport = { found: [], facts: [], unreached: [] };

function plain({ id, severity, file, line, column, message }: Finding) {
  return { id, severity, file, line, column, message, docs: `docs/checks/${id}.md` };
}

/** As compilers print: `file:line:column: severity id: message`, and below it the line with a caret. */
function print({ findings, facts, files }: Checked): string {
  const texts = findings.map(({ file, line, column, severity, id, message, excerpt }) => {
    const head = `${file}:${line}:${column}: ${severity} ${id}: ${message}`;
    return excerpt === '' ? head : `${head}\n${excerpt}`;
  });
  const count = (wanted: string) => findings.filter(({ severity }) => severity === wanted).length;
  const sum = `${plural(files, 'file')}: ${plural(count('error'), 'error')}, ${plural(count('warning'), 'warning')}.`;
  return `${[...facts, ...texts, sum].join('\n')}\n`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
