import type { TemplateScope } from './template.ts';
import { goFloat, goGeneral, humanize, humanize1024, humanizeDuration, humanizePercentage } from './render-go.ts';

type Value = string | number;
type Call = (...args: readonly Value[]) => Value;

const FUNCTIONS: Readonly<Record<string, Call>> = {
  humanize: (value) => humanize(toNumber(value)),
  humanize1024: (value) => humanize1024(toNumber(value)),
  humanizeDuration: (value) => humanizeDuration(toNumber(value)),
  humanizePercentage: (value) => humanizePercentage(toNumber(value)),
  toUpper: (value) => toText(value).toUpperCase(),
  toLower: (value) => toText(value).toLowerCase(),
  print: (...args) => args.map(toText).join(''),
  printf,
};

const TOKEN = /\s*(?:("(?:\\.|[^"\\])*"|`[^`]*`)|(\||[^\s|"`()]+))/y;

class Unsupported extends Error {}

/**
 * Renders the part of Go's templates that Prometheus' rule files mostly use: labels, the value and pipelines of the functions
 * above. An action it does not know (`if`, `range`, `query`, …) stays as written.
 */
export function renderGo(template: string, scope: TemplateScope): string {
  return template.replace(/(\s*\{\{-\s|\{\{)([^{}]*?)(\s-\}\}\s*|\}\})/g, (action: string, _open, body: string) => {
    try {
      return /^\s*\/\*.*\*\/\s*$/s.test(body) ? '' : toText(evaluate(body, scope));
    } catch (error) {
      if (error instanceof Unsupported) return action;
      throw error;
    }
  });
}

function evaluate(body: string, scope: TemplateScope): Value {
  let piped: Value | undefined;
  for (const command of commands(body)) {
    const [name, ...words] = command;
    const call = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    const args = words.map((word) => operand(word, scope));
    if (piped !== undefined) args.push(piped);
    if (call !== undefined) {
      if (args.length === 0) throw new Unsupported();
      piped = call(...args);
    } else {
      if (args.length > 0) throw new Unsupported();
      piped = operand(name, scope);
    }
  }
  return piped ?? '';
}

function commands(body: string): readonly [string, ...string[]][] {
  const text = body.trim();
  const found: string[][] = [[]];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) throw new Unsupported();
    if (match[2] === '|') found.push([]);
    else found.at(-1)!.push(match[1] ?? match[2]!);
  }
  if (found.some((command) => command.length === 0)) throw new Unsupported();
  return found as [string, ...string[]][];
}

function operand(word: string, { labels, value }: TemplateScope): Value {
  if (word === '$value' || word === '.Value') return value ?? NaN;
  const label = /^(?:\$labels|\.Labels)\.(\w+)$/.exec(word)?.[1];
  if (label !== undefined) return labels[label] ?? '';
  if (word.startsWith('`')) return word.slice(1, -1);
  if (word.startsWith('"')) return unquote(word);
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(word)) return Number(word);
  throw new Unsupported();
}

function unquote(word: string): string {
  try {
    return JSON.parse(word) as string;
  } catch {
    throw new Unsupported();
  }
}

const VERB = /%(%|(?:\.(\d{1,2}))?([vsdqfge]))/g;

function printf(format: Value, ...args: readonly Value[]): string {
  let next = 0;
  const text = toText(format).replace(VERB, (_verb, what: string, precision: string | undefined, letter: string) => {
    if (what === '%') return '%';
    const value = args[next++];
    if (value === undefined) throw new Unsupported();
    return printVerb(letter, value, precision === undefined ? undefined : Number(precision));
  });
  if (next !== args.length || /%/.test(toText(format).replace(VERB, ''))) throw new Unsupported();
  return text;
}

function printVerb(letter: string, value: Value, precision: number | undefined): string {
  if (letter === 'v' || letter === 's') return toText(value);
  if (letter === 'q') return JSON.stringify(toText(value));
  const number = toNumber(value);
  if (!Number.isFinite(number)) return goFloat(number);
  if (letter === 'f') return number.toFixed(precision ?? 6);
  if (letter === 'd') return String(Math.trunc(number));
  if (letter === 'e') return number.toExponential(precision ?? 6).replace(/e([+-])(\d)$/, 'e$10$2');
  return precision === undefined ? goFloat(number) : goGeneral(number, precision);
}

function toText(value: Value | undefined): string {
  return typeof value === 'number' ? goFloat(value) : (value ?? '');
}

function toNumber(value: Value | undefined): number {
  if (typeof value === 'number') return value;
  const number = value === undefined || value.trim() === '' ? NaN : Number(value);
  if (Number.isNaN(number)) throw new Unsupported();
  return number;
}
