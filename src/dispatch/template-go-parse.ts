/** A template that this engine cannot render; the caller keeps it as written. */
export class Unsupported extends Error {}

/** A whole number of Go is a bigint here, a float64 a number: they print differently. */
export type Literal = string | number | bigint | boolean;

export type Operand =
  | { readonly kind: 'literal'; readonly value: Literal }
  | { readonly kind: 'function'; readonly name: string }
  /** `base` is a variable's name, `.` for the dot, or a pipeline in parentheses. */
  | { readonly kind: 'path'; readonly base: string | Pipeline; readonly fields: readonly string[] };

export interface Pipeline {
  readonly declares?: string;
  readonly assigns?: string;
  readonly commands: readonly (readonly Operand[])[];
}

export type Node =
  | { readonly kind: 'text'; readonly source: string }
  | { readonly kind: 'action'; readonly source: string; readonly pipeline: Pipeline }
  | Branch;

export interface Branch {
  readonly kind: 'if' | 'with';
  readonly source: string;
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

interface Piece {
  readonly isAction: boolean;
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const LONGEST = 20_000;
const MOST_DEPTH = 50;
const ACTION = /\{\{(-(?=\s))?((?:[^"`{}]|\{(?!\{)|"(?:\\.|[^"\\])*"|`[^`]*`|\}(?!\}))*?)(?:\s(-))?\}\}/g;

/** Parses a template. @throws {Unsupported} when its blocks do not close, or it holds a construct of another kind. */
export function parseTemplate(source: string): readonly Node[] {
  if (source.length > LONGEST) throw new Unsupported();
  const parser = new Blocks(source, pieces(source));
  const nodes = parser.nodes(0);
  if (!parser.isAtEnd) throw new Unsupported();
  return nodes;
}

function pieces(source: string): readonly Piece[] {
  const found: Piece[] = [];
  let end = 0;
  let trims = false;
  for (const match of source.matchAll(ACTION)) {
    const [whole, left, body = '', right] = match;
    let text = source.slice(end, match.index);
    if (trims) text = text.trimStart();
    if (left !== undefined) text = text.trimEnd();
    found.push({ isAction: false, text, from: end, to: match.index });
    end = match.index + whole.length;
    found.push({ isAction: true, text: body.trim(), from: match.index, to: end });
    trims = right !== undefined;
  }
  const rest = source.slice(end);
  return [...found, { isAction: false, text: trims ? rest.trimStart() : rest, from: end, to: source.length }];
}

/** Reads nested blocks. */
class Blocks {
  readonly #source: string;
  readonly #pieces: readonly Piece[];
  #at = 0;

  constructor(source: string, all: readonly Piece[]) {
    this.#source = source;
    this.#pieces = all;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#pieces.length;
  }

  nodes(depth: number): readonly Node[] {
    if (depth > MOST_DEPTH) throw new Unsupported();
    const found: Node[] = [];
    for (; !this.isAtEnd; this.#at++) {
      const piece = this.#pieces[this.#at]!;
      if (piece.isAction && /^(?:end|else)\b/.test(piece.text)) return found;
      found.push(this.#node(piece, depth));
    }
    return found;
  }

  #node(piece: Piece, depth: number): Node {
    const { text } = piece;
    if (!piece.isAction) return { kind: 'text', source: text };
    if (/^\/\*.*\*\/$/s.test(text)) return { kind: 'text', source: '' };
    const [, word, rest = ''] = /^(if|with|range|define|template|block|break|continue)\b(.*)$/s.exec(text) ?? [];
    if (word === 'if' || word === 'with') return this.#branch(word, rest, depth);
    if (word !== undefined) throw new Unsupported();
    const source = this.#source.slice(piece.from, piece.to);
    return action(source, text);
  }

  #branch(kind: 'if' | 'with', condition: string, depth: number): Branch {
    const { from } = this.#pieces[this.#at]!;
    const pipeline = parsePipeline(condition);
    this.#at++;
    const body = this.nodes(depth + 1);
    const stop = this.#pieces[this.#at]?.text ?? '';
    const again = /^else\s+(if|with)\b(.*)$/s.exec(stop);
    let otherwise: readonly Node[] = [];
    if (again !== null) otherwise = [this.#branch(again[1] as 'if' | 'with', again[2]!, depth + 1)];
    else if (stop === 'else') {
      this.#at++;
      otherwise = this.nodes(depth + 1);
    }
    const end = this.#pieces[this.#at];
    if (end?.text !== 'end') throw new Unsupported();
    return { kind, source: this.#source.slice(from, end.to), pipeline, body, otherwise };
  }
}

/** An action that cannot be parsed stays as written. */
function action(source: string, text: string): Node {
  try {
    return { kind: 'action', source, pipeline: parsePipeline(text) };
  } catch (error) {
    if (error instanceof Unsupported) return { kind: 'text', source };
    throw error;
  }
}

const TOKEN =
  /\s*("(?:\\.|[^"\\])*"|`[^`]*`|:=|[=|()]|\$?(?:\.?[A-Za-z_]\w*)(?:\.\w+)*|\$|\.(?!\w)|[+-]?(?:\d[\w.]*(?:(?<=e)[+-]\d+)?|\.\d+)|(?<=\))(?:\.\w+)+)/y;

function parsePipeline(text: string): Pipeline {
  const tokens = tokensOf(text);
  const [name = '', sign] = tokens;
  if (/^\$\w+$/.test(name) && (sign === ':=' || sign === '=')) {
    const commands = new Commands(tokens.slice(2)).whole();
    return sign === ':=' ? { declares: name, commands } : { assigns: name, commands };
  }
  return { commands: new Commands(tokens).whole() };
}

function tokensOf(text: string): readonly string[] {
  const body = text.trim();
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < body.length) {
    const match = TOKEN.exec(body);
    if (match === null) throw new Unsupported();
    tokens.push(match[1]!);
  }
  return tokens;
}

class Commands {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  whole(): Pipeline['commands'] {
    const commands = this.#read(0);
    if (this.#at < this.#tokens.length) throw new Unsupported();
    return commands;
  }

  #read(depth: number): Pipeline['commands'] {
    if (depth > MOST_DEPTH) throw new Unsupported();
    const commands: Operand[][] = [[]];
    for (; this.#at < this.#tokens.length; this.#at++) {
      const token = this.#tokens[this.#at]!;
      if (token === ')') break;
      if (token === '|') commands.push([]);
      else commands.at(-1)!.push(token === '(' ? this.#group(depth) : operand(token));
    }
    if (commands.some((command) => command.length === 0)) throw new Unsupported();
    return commands;
  }

  #group(depth: number): Operand {
    this.#at++;
    const base = { commands: this.#read(depth + 1) };
    if (this.#tokens[this.#at] !== ')') throw new Unsupported();
    const next = this.#tokens[this.#at + 1] ?? '';
    if (!/^(?:\.\w+)+$/.test(next)) return { kind: 'path', base, fields: [] };
    return { kind: 'path', base, fields: next.slice(1).split('.') };
  }
}

function operand(token: string): Operand {
  if (/^["`]/.test(token))
    return { kind: 'literal', value: token.startsWith('`') ? token.slice(1, -1) : unquote(token) };
  if (/^[+-]?\d+$/.test(token)) return { kind: 'literal', value: BigInt(token.replace('+', '')) };
  if (/^[+-]?\.?\d/.test(token)) return float(token);
  if (token === 'true' || token === 'false') return { kind: 'literal', value: token === 'true' };
  if (/^[$.]/.test(token)) {
    const [base = '', ...fields] = token.split('.');
    return { kind: 'path', base: base || '.', fields: fields.filter((field) => field !== '') };
  }
  if (!/^[A-Za-z_]\w*$/.test(token)) throw new Unsupported();
  return { kind: 'function', name: token };
}

function float(token: string): Operand {
  const value = Number(token);
  if (Number.isNaN(value)) throw new Unsupported();
  return { kind: 'literal', value };
}

function unquote(word: string): string {
  try {
    return JSON.parse(word) as string;
  } catch {
    throw new Unsupported();
  }
}
