import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { ConfigErrors } from '../config/error.ts';
import { readUnitTests } from '../config/readUnitTests.ts';
import { readNamedFiles } from '../config/ruleFiles.ts';
import type { Reading } from '../rules/compile.ts';
import * as sources from '../sources/index.ts';
import { runTests } from '../unittest/run.ts';
import type { Outcome } from '../unittest/testFile.ts';
import { KINDS } from './package.ts';

const TEST_FILE = /\.test\.ya?ml$/;

export interface TestChoices {
  readonly missing?: string;
  readonly rangeEnds?: string;
}

export interface TestIo {
  readonly cwd: string;
  readonly say: (text: string) => void;
}

/** `tocsin test PLACE…`: runs unit tests of rules. Returns the exit code: 1 when one failed, or when there are none. */
export function test(places: readonly string[], choices: TestChoices, { cwd, say }: TestIo): number {
  const reading = readingOf(choices);
  if (typeof reading === 'string') {
    say(`${reading}\n`);
    return 1;
  }
  const files = places.flatMap((place) => testFiles(resolve(cwd, place)));
  const missing = places.filter((place) => !existsSync(resolve(cwd, place)));
  for (const place of missing)
    say(`Found no file or folder "${place}". Expected a test file or a folder with *.test.yaml.\n`);
  const kinds = readNamedFiles(dirname(KINDS), [KINDS]);
  let passed = 0;
  let failed = 0;
  for (const file of files) {
    for (const outcome of outcomesOf(file, { cwd, reading, kinds })) {
      if (outcome.passed) passed++;
      else failed++;
      if (!outcome.passed) say(failureText(outcome));
    }
  }
  say(`${passed} passed, ${failed} failed\n`);
  return failed > 0 || missing.length > 0 || files.length === 0 ? 1 : 0;
}

function readingOf({ missing = 'hold', rangeEnds = 'open' }: TestChoices): Reading | string {
  if (missing !== 'hold' && missing !== 'prometheus')
    return `Found --missing="${missing}". Expected hold or prometheus.`;
  if (rangeEnds !== 'open' && rangeEnds !== 'closed')
    return `Found --range-ends="${rangeEnds}". Expected open or closed.`;
  return { ...(missing === 'prometheus' && { missing }), ...(rangeEnds === 'closed' && { rangeEnds }) };
}

/** A file that is named is a test file whatever its name. */
function testFiles(place: string): readonly string[] {
  if (!existsSync(place)) return [];
  if (!statSync(place).isDirectory()) return [place];
  const names = readdirSync(place, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => TEST_FILE.test(name) && !name.includes('node_modules') && !basename(name).startsWith('.'))
    .map((name) => join(place, name))
    .sort();
}

type Shown = Omit<Outcome, 'position'> & { readonly position?: Outcome['position'] };

interface Running {
  readonly cwd: string;
  readonly reading: Reading;
  readonly kinds: Readonly<Record<string, string>>;
}

/** A file that cannot be read is one failure. */
function outcomesOf(path: string, { cwd, reading, kinds }: Running): readonly Shown[] {
  const file = shownPath(cwd, path);
  const text = readFileSync(path, 'utf8');
  const filesOf = (patterns: readonly string[]) => {
    const rules = ruleFiles(patterns, dirname(path), cwd);
    return { ...kindsIn([text, ...Object.values(rules)], kinds), ...rules };
  };
  try {
    return runTests(readUnitTests({ file, text, sources, now: 0, filesOf }), reading);
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error;
    return [{ passed: false, about: file, error: error.message }];
  }
}

/** The kinds that these texts may use; all of them when a name is not known, so that the complaint can suggest one. */
function kindsIn(texts: readonly string[], kinds: Running['kinds']): Running['kinds'] {
  const names = texts.flatMap((text) => [...text.matchAll(/\bkind:\s*['"]?(\w+)/g)].map((match) => `${match[1]}.yaml`));
  const used = Object.entries(kinds).filter(([path]) => names.includes(basename(path)));
  return used.length < new Set(names).size ? kinds : Object.fromEntries(used);
}

/** A file that is named exactly is a rule file whatever its name. */
function ruleFiles(patterns: readonly string[], folder: string, cwd: string): Readonly<Record<string, string>> {
  const places = patterns.map((pattern) => resolve(folder, pattern));
  const named = places.filter((place) => existsSync(place) && statSync(place).isFile());
  return {
    ...readNamedFiles(cwd, places),
    ...Object.fromEntries(named.map((path) => [shownPath(cwd, path), readFileSync(path, 'utf8')])),
  };
}

function shownPath(cwd: string, path: string): string {
  const shown = relative(cwd, path);
  return shown.startsWith('..') ? path : shown;
}

function failureText({ position, about, error, expected = [], got = [] }: Shown): string {
  const place = position === undefined ? '' : `${position.file}:${position.line}: `;
  if (error !== undefined) return `FAILED ${place}${about}\n${indent(error)}\n`;
  const lines = [
    ...expected.filter((line) => !got.includes(line)).map((line) => `- ${line}`),
    ...got.filter((line) => !expected.includes(line)).map((line) => `+ ${line}`),
    ...expected.filter((line) => got.includes(line)).map((line) => `  ${line}`),
  ].sort((a, b) => (a.slice(2) < b.slice(2) ? -1 : 1));
  return `FAILED ${place}${about} (- expected, + got)\n${indent(lines.join('\n'))}\n`;
}

const indent = (text: string) => text.replace(/^/gm, '    ');
