import type { Rule } from '../model/rule.ts';
import * as checks from './index.ts';
import { readDisablings, type Disabling } from './disable.ts';
import type { Check, Finding, Problem, Severity, Subject } from './finding.ts';
import { findPlaces, type Places } from './places.ts';
import { makeWorld, type CheckInput } from './world.ts';

export const CHECKS: readonly Check[] = Object.values(checks);

/** Ids of findings that no check of the rule set makes: of the chain, of comments and of files that cannot be read. */
export const OTHER_IDS = [
  'invalid',
  'no-effect',
  'disable-expired',
  'disable-invalid',
  'no-code',
  'symbol-differs',
  'feed-pair',
  'stale-feed',
  'unreadable',
  'reverts',
] as const;

/** A finding made elsewhere: on a chain. */
export type OutsideFinding = Pick<Finding, 'id' | 'severity'> & { readonly problem: Problem };

/** What is no mistake of a rule that judges by class: its series, their pace and its tests are elsewhere. */
const ELSEWHERE = new Set(['never-produced', 'no-test', 'for-too-short']);

/** Everything a reviewer would say of a rule set, in the order of the files; `more` was found elsewhere (on a chain). */
export function runChecks(input: CheckInput, more: readonly OutsideFinding[] = []): readonly Finding[] {
  const world = makeWorld(input);
  const places = findPlaces(input.rules);
  const found = CHECKS.flatMap(({ id, severity, run }) =>
    run(world).map((problem): OutsideFinding => ({ id, severity: severityFor(severity, problem.at), problem })),
  );
  const comments = readComments(input, places);
  const shown = [...found, ...more].filter(({ id, problem }) => {
    const start = places.start(problem.at);
    const isElsewhere = ELSEWHERE.has(id) && input.byClass?.has(start.file);
    return !isElsewhere && !isDisabled(id, start, comments);
  });
  const findings = shown.map(({ id, severity, problem }) => findingOf(places.locate(problem), id, severity));
  return distinct([...findings, ...comments.misused]).sort(inOrder);
}

/** Prometheus accepts what we would refuse, so its own rules get advice only. */
function severityFor(severity: Severity, at: Subject): Severity {
  return 'rule' in at && isPlain(at.rule) ? 'warning' : severity;
}

function isPlain(rule: Rule): boolean {
  return 'record' in rule || (rule.levels.length === 0 && rule.kind === undefined);
}

interface Comments {
  readonly disablings: readonly Disabling[];
  readonly misused: readonly Finding[];
}

function readComments({ rules, now }: CheckInput, places: Places): Comments {
  const ids = [...CHECKS.map(({ id }) => id), ...OTHER_IDS];
  const read = Object.entries(rules.files).map(([file, text]) => {
    const starts = new Set(places.starts.filter((at) => at.file === file).map(({ line }) => line));
    return readDisablings({ file, text }, { starts, ids, now });
  });
  return {
    disablings: read.flatMap(({ disablings }) => disablings),
    misused: read
      .flatMap(({ misuses }) => misuses)
      .map(({ file, line, id, message }) => findingOf(places.line(file, line, message), id, 'error')),
  };
}

function isDisabled(id: string, start: { file: string; line: number }, { disablings }: Comments): boolean {
  return disablings.some((one) => one.id === id && one.file === start.file && one.target === start.line);
}

/** A finding of what a configuration error points at. */
export function findingOf(
  { file, line, column, message, text }: { file: string; line: number; column: number; message: string; text: string },
  id: string,
  severity: Severity,
): Finding {
  return { id, severity, file, line, column, message, excerpt: text.split('\n').slice(1).join('\n') };
}

/** An expression may hold the same mistake twice, and a kind's has no places of its own. */
function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [`${one.file}:${one.line}:${one.column}:${one.message}`, one])).values()];
}

function inOrder(a: Finding, b: Finding): number {
  return a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column || a.id.localeCompare(b.id);
}
