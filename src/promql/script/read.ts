import { parseDuration } from '../../model/duration.ts';

/** A line with its number in the file. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** One evaluation of a script and what it should yield. */
export interface Case {
  readonly line: number;
  readonly query: string;
  /** ms; `step` is absent for an instant. */
  readonly start: number;
  readonly end: number;
  readonly step?: number;
  readonly fails: boolean;
  readonly ordered: boolean;
  /** The text of `expect string`. */
  readonly text?: string;
  /** Where the samples of `expect range vector` lie. */
  readonly range?: { readonly start: number; readonly step: number };
  /** True when the script expects a warning or an info, or none. */
  readonly annotated: boolean;
  readonly results: readonly Line[];
}

export type Command =
  | { readonly kind: 'clear' }
  | {
      readonly kind: 'load';
      readonly step: number;
      readonly makesHistograms: boolean;
      readonly series: readonly Line[];
    }
  | ({ readonly kind: 'eval' } & Case);

/** A script that is not written as Prometheus' test scripts are. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

/** Reads a script of `load`, `clear` and `eval`. @throws {ScriptError} */
export function readScript(text: string): readonly Command[] {
  const blocks: Line[][] = [];
  let open = false;
  text.split('\n').forEach((raw, index) => {
    const line = { number: index + 1, text: raw.replace(/^\s*#.*$/, '').trim() };
    const begins = COMMAND.test(line.text) && (!open || /^\S/.test(raw));
    if (begins || (line.text !== '' && !open && /^\S/.test(raw))) blocks.push([line]);
    else if (line.text !== '') blocks.at(-1)?.push(line);
    open = line.text !== '' && line.text !== 'clear';
  });
  return blocks.map(([head, ...body]) => readCommand(head!, body));
}

const COMMAND = /^(?:clear$|load(?:_with_nhcb)?\s|eval(?:_\w+)?\s)/;

const LOAD = /^load(_with_nhcb)?\s+(\S+)$/;
const EVAL =
  /^eval(?:_(fail|warn|info|ordered))?\s+(?:instant\s+at\s+(\S+)|range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+))\s+(.*)$/;

function readCommand(head: Line, body: readonly Line[]): Command {
  if (head.text === 'clear') return { kind: 'clear' };
  const load = LOAD.exec(head.text);
  if (load !== null) {
    return { kind: 'load', step: readMs(load[2]!), makesHistograms: load[1] !== undefined, series: body };
  }
  const found = EVAL.exec(head.text);
  if (found !== null) return { kind: 'eval', ...readCase(head.number, found, body) };
  throw new ScriptError(`Line ${head.number}: "${head.text}" is no command. A script has load, clear and eval.`);
}

/** As many as Prometheus answers to one query. */
const MOST_STEPS = 11_000;

function readCase(number: number, found: readonly (string | undefined)[], body: readonly Line[]): Case {
  const [, old, instant, from, to, step, query] = found;
  const isExpectation = ({ text }: Line): boolean => /^expect(ed)?[ _]/.test(text);
  const expectations = body.filter(isExpectation).map(({ text }) => text);
  const expects = (pattern: RegExp): boolean => expectations.some((text) => pattern.test(text));
  const [start, end] = [readMs(instant ?? from!), readMs(instant ?? to!)];
  const every = step === undefined ? undefined : readMs(step);
  if (every !== undefined && every > 0 && (end - start) / every > MOST_STEPS)
    throw new ScriptError(`Line ${number}: "${step}" makes more than ${MOST_STEPS} steps. Take a longer step.`);
  return {
    ...{ line: number, query: query!, start, end },
    ...(every !== undefined && { step: every }),
    fails: old === 'fail' || expects(/^expect fail/),
    ordered: old === 'ordered' || expects(/^expect ordered/),
    annotated: old === 'warn' || old === 'info' || expects(/^expect (no_)?(warn|info)/),
    ...readText(expectations),
    ...readRange(expectations),
    results: body.filter((line) => !isExpectation(line)),
  };
}

function readText(expectations: readonly string[]): { text?: string } {
  const text = expectations
    .map((line) => /^expect string(?: |$)(.*)$/.exec(line)?.[1])
    .find((one) => one !== undefined);
  return text === undefined ? {} : { text };
}

const RANGE = /^expect range vector from (\S+) to (\S+) step (\S+)$/;

function readRange(expectations: readonly string[]): Pick<Case, 'range'> {
  const found = expectations.map((line) => RANGE.exec(line)).find((match) => match !== null);
  return found ? { range: { start: readMs(found[1]!), step: readMs(found[3]!) } } : {};
}

/** A duration, or seconds without a unit, as ms. */
function readMs(text: string): number {
  const bare = text.replace(/^[+-]/, '');
  const ms = parseDuration(bare) ?? Number(bare) * 1000;
  if (Number.isNaN(ms)) throw new ScriptError(`"${text}" is no duration.`);
  return text.startsWith('-') ? -ms : ms;
}
