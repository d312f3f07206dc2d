import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node, type Pair } from 'yaml';
import type { Position } from '../model/rule.ts';
import { ConfigError, ConfigErrors } from './error.ts';
import { mask } from './mask.ts';
import { scalarOffset } from './scalarOffset.ts';

export type Path = readonly PropertyKey[];
type Span = readonly [from: number, to: number];

const MOST_ALIASES = 100;
const LONGEST_LINE = 160;

/** One parsed YAML text that knows where everything stands. */
export class YamlFile {
  readonly file: string;
  readonly text: string;
  readonly document: Document;
  /** What YAML itself rejects; when not empty, the contents are not to be used. */
  readonly errors: readonly ConfigError[];
  readonly #lines = new LineCounter();
  #written: readonly string[] | undefined;
  /** Lines as they are shown. Thousands of findings may point at one that holds the whole file. */
  readonly #shown = new Map<number, string>();

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.document = parseDocument(text, {
      logLevel: 'error',
      lineCounter: this.#lines,
      prettyErrors: false,
      merge: true,
    });
    this.errors = this.#firstOfEachLine([
      ...[...this.document.errors, ...this.document.warnings].map((error) =>
        this.#error(error.pos, this.#advised(error.message.split('\n')[0]!, error.pos[0])),
      ),
      ...this.#strayEnd(),
    ]);
  }

  /** Prometheus refuses the end of a document that did not begin. */
  #strayEnd(): readonly ConfigError[] {
    const before = /^(?:[ \t\r]*(?:#.*)?\n)*(?=\.\.\.\s)/.exec(`${this.text}\n`)?.[0];
    if (before === undefined) return [];
    return [this.#error([before.length, before.length + 3], '"..." ends a document that has not begun; take it out')];
  }

  /** What follows a mistake in its line is its consequence. */
  #firstOfEachLine(errors: readonly ConfigError[]): readonly ConfigError[] {
    const lines = new Set<number>();
    return errors.filter(({ line }) => !lines.has(line) && lines.add(line));
  }

  /** YAML's own words say little to somebody who writes an expression into it. */
  #advised(message: string, offset: number): string {
    const line = this.#line(this.#position(offset).line);
    if (/\bexpr:\s*[^'|>\s]/.test(line) && /^Unexpected|^Nested|^Implicit/.test(message))
      return `${message}; put the expression in single quotes: expr: '…'`;
    if (message.startsWith('Tabs')) return `${message}; write spaces`;
    return /^Sequence item|^All |^A block sequence|^Implicit keys/.test(message)
      ? `${message}; check how far this line is indented`
      : message;
  }

  /** Plain values. @throws {ConfigErrors} when aliases multiply beyond reason. */
  toJS(): unknown {
    try {
      return this.document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : 'this YAML cannot be read';
      throw new ConfigErrors([this.#error([0, 0], reason)]);
    }
  }

  /** Points at the value of `path`, or at the nearest thing around it that is written. */
  error(path: Path, message: string): ConfigError {
    return this.#error(this.#valueSpan(path), message);
  }

  /** Points at the key that ends `path`. */
  errorAtKey(path: Path, message: string): ConfigError {
    const pair = this.#pair(path);
    return this.#error(span(pair?.key) ?? this.#valueSpan(path), message);
  }

  /** Points into the text that stands at `path`: `from` and `to` count its characters. */
  errorInside(path: Path, [from, to]: Span, message: string): ConfigError {
    const node = this.#node(path);
    if (!isScalar(node) || typeof node.value !== 'string') return this.error(path, message);
    const start = scalarOffset(this.text, node, from);
    return this.#error(
      [start, Math.max(start + 1, scalarOffset(this.text, node, Math.max(from, to - 1)) + 1)],
      message,
    );
  }

  /** Points at what is written on one line; 1-based. */
  errorAtLine(line: number, message: string): ConfigError {
    const written = this.#line(line);
    const column = written.search(/\S|$/) + 1;
    return this.#errorAt({ file: this.file, line, column }, written.trim().length, message);
  }

  position(path: Path): Position {
    return this.#position(this.#valueSpan(path)[0]);
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  #error([from, to]: Span, message: string): ConfigError {
    return this.#errorAt(this.#position(from), to - from, message);
  }

  #errorAt(at: Position, width: number, message: string): ConfigError {
    const shown = this.#shown.get(at.line) ?? mask(this.#line(at.line)).replaceAll('\t', ' ').trimEnd();
    this.#shown.set(at.line, shown);
    return new ConfigError(message, at, excerpt(shown, at, width));
  }

  /** 1-based. */
  #line(line: number): string {
    this.#written ??= this.text.split('\n');
    return this.#written[line - 1] ?? '';
  }

  #valueSpan(path: Path): Span {
    for (let length = path.length; length > 0; length--) {
      const part = path.slice(0, length);
      const found = span(this.#node(part)) ?? span(this.#pair(part)?.key);
      if (found !== undefined) return found;
    }
    return span(this.document.contents) ?? [0, 0];
  }

  #node(path: Path): unknown {
    let node: unknown = this.document.contents;
    for (const step of path) {
      node = this.#resolved(node);
      if (isMap(node)) node = pairOf(node.items, step)?.value;
      else if (isSeq(node)) node = node.items[Number(step)];
      else return undefined;
    }
    return node;
  }

  #pair(path: Path): Pair | undefined {
    const parent = this.#resolved(this.#node(path.slice(0, -1)));
    return isMap(parent) ? pairOf(parent.items, path.at(-1)!) : undefined;
  }

  #resolved(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.document) : node;
  }
}

function pairOf(items: readonly Pair[], step: PropertyKey): Pair | undefined {
  return items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(step));
}

/** The characters of a node; of a collection only its first line counts for the caret. */
function span(node: unknown): Span | undefined {
  const range = (node as Node | null | undefined)?.range;
  if (range === null || range === undefined || range[0] === range[1]) return undefined;
  if (isMap(node) && node.flow !== true) return span(node.items[0]?.key) ?? [range[0], range[1]];
  return [range[0], range[1]];
}

/** The line with a caret below; of a long line, what is around the place. */
function excerpt(whole: string, { line: number, column }: Position, width: number): string {
  const from = column <= LONGEST_LINE ? 0 : column - LONGEST_LINE / 2;
  const shown = whole.slice(from, from + LONGEST_LINE);
  const start = column - 1 - from;
  const carets = Math.max(1, Math.min(width, shown.length - start));
  return `${String(number).padStart(4)} | ${shown}\n     | ${' '.repeat(start)}${'^'.repeat(carets)}`;
}
