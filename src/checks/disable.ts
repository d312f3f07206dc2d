import type { Position } from '../model/rule.ts';

/** A comment that takes back one finding of what stands below it, for a time. */
export interface Disabling {
  readonly file: string;
  /** Where the comment stands. */
  readonly line: number;
  /** First line below the comments, where the rule, source or asset begins. */
  readonly target: number;
  readonly id: string;
  /** Unix ms: the first moment at which it does not count any more. */
  readonly until: number;
}

export interface Misuse extends Pick<Position, 'file' | 'line'> {
  readonly id: 'disable-expired' | 'disable-invalid';
  readonly message: string;
}

const MARK = /^\s*#\s*tocsin\s*:/;
const FORM =
  /^\s*#\s*tocsin\s*:\s*disable\s+(?<id>[\w-]+)\s+until\s+(?<date>\d{4}-\d{2}-\d{2})(?:\s+(?<reason>\S.*))?$/;
const EXPECTED = 'Expected "# tocsin: disable <check> until 2026-12-31 <reason>" right above a rule, source or asset.';
const DAY = 86_400_000;

/** Finds the disabling comments of one file; `starts` are the lines at which something begins that they may stand above. */
export function readDisablings(
  { file, text }: { readonly file: string; readonly text: string },
  { starts, ids, now }: { readonly starts: ReadonlySet<number>; readonly ids: readonly string[]; readonly now: number },
): { readonly disablings: readonly Disabling[]; readonly misuses: readonly Misuse[] } {
  const lines = text.split(/\r?\n/);
  const disablings: Disabling[] = [];
  const misuses: Misuse[] = [];
  for (const [index, written] of lines.entries()) {
    if (!MARK.test(written)) continue;
    const line = index + 1;
    const target = targetOf(lines, index);
    const read = readOne(written, { ids, now, isAbove: starts.has(target) });
    if ('message' in read) misuses.push({ file, line, ...read });
    else disablings.push({ file, line, target, ...read });
  }
  return { disablings, misuses };
}

type Read = Pick<Disabling, 'id' | 'until'> | Pick<Misuse, 'id' | 'message'>;

function readOne(
  written: string,
  { ids, now, isAbove }: { readonly ids: readonly string[]; readonly now: number; readonly isAbove: boolean },
): Read {
  const { id, date, reason } = FORM.exec(written)?.groups ?? {};
  if (id === undefined || date === undefined) return invalid('This comment to Tocsin says nothing it understands.');
  if (!ids.includes(id)) return invalid(`Found no check "${id}".`);
  if (reason === undefined) return invalid(`"${id}" is disabled without a reason.`);
  const until = Date.parse(date) + DAY;
  if (Number.isNaN(until)) return invalid(`Found "${date}", which is no date.`);
  if (!isAbove) return invalid(`"${id}" is disabled for nothing: no rule, source or asset begins below.`);
  if (now < until) return { id, until };
  const advice = 'Fix what it says, or remove this comment, or give it a later date and a reason that still holds.';
  return { id: 'disable-expired', message: `"${id}" was disabled until ${date}, which has passed. ${advice}` };
}

const invalid = (what: string): Read => ({ id: 'disable-invalid', message: `${what} ${EXPECTED}` });

/** The first line below that is no comment; 1-based. */
function targetOf(lines: readonly string[], from: number): number {
  let index = from + 1;
  while (index < lines.length && /^\s*#/.test(lines[index]!)) index++;
  return index + 1;
}
