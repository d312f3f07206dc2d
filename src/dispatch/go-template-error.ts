import { nearest } from '../model/nearest.ts';
import { readAction, TemplateError, type Token } from './go-template-tokens.ts';

/** Go's own functions and those that Prometheus adds. */
const FUNCTIONS = new Set(
  (
    'and call html index slice js len not or print printf println urlquery eq ge gt le lt ne ' +
    'query first label value strvalue args reReplaceAll safeHtml match title toUpper toLower graphLink tableLink sortByLabel ' +
    'stripPort stripDomain humanize humanize1024 humanizeDuration humanizePercentage humanizeTimestamp toTime toDuration now ' +
    'pathPrefix externalURL parseDuration tmpl urlQueryEscape'
  ).split(' '),
);

/** What Prometheus declares before a rule's template. */
const VARIABLES = ['$', '$labels', '$externalLabels', '$externalURL', '$value'];

const OPERANDS = new Set(['variable', 'field', 'dot', 'word', 'constant', 'text', 'open']);

const MOST_DEPTH = 100;

interface Wrong {
  readonly message: string;
  /** Characters of the template. */
  readonly span: readonly [from: number, to: number];
}

/** What Go's parser would refuse in a template of a Prometheus rule, or `undefined`. */
export function goTemplateError(source: string): Wrong | undefined {
  if (!source.includes('{{')) return undefined;
  try {
    new Parser(source).whole();
    return undefined;
  } catch (error) {
    if (error instanceof TemplateError) return { message: error.message, span: error.span };
    throw error;
  }
}

/** How a list of nodes ended. */
interface Stop {
  readonly word: 'end' | 'else' | 'eof';
  readonly rest: readonly Token[];
  readonly from: number;
}

class Parser {
  readonly #source: string;
  #at = 0;
  #variables: string[] = [...VARIABLES];
  #ranges = 0;

  constructor(source: string) {
    this.#source = source;
  }

  whole(): void {
    const { word, from } = this.#list(0);
    if (word === 'eof') return;
    throw new TemplateError(
      `The template has "{{ ${word} }}" without a block before it. Take it out.`,
      from,
      from + word.length,
    );
  }

  /** Reads text and actions up to the end of a block. */
  #list(depth: number): Stop {
    if (depth > MOST_DEPTH) throw new TemplateError(`The template nests more than ${MOST_DEPTH} blocks.`, this.#at);
    for (;;) {
      const from = this.#source.indexOf('{{', this.#at);
      if (from === -1) return { word: 'eof', rest: [], from: this.#source.length };
      this.#at = from + 2;
      if (/^-\s/.test(this.#source.slice(this.#at, this.#at + 2))) this.#at++;
      if (this.#comment()) continue;
      const { tokens, to } = readAction(this.#source, this.#at);
      this.#at = to;
      const [first, ...rest] = tokens.filter((token, index) => index > 0 || token.kind !== 'space');
      if (first!.kind === 'keyword' && (first!.text === 'end' || first!.text === 'else'))
        return { word: first!.text, rest, from: first!.from };
      this.#action(first!, rest, depth);
    }
  }

  #comment(): boolean {
    const start = /\s*\/\*/y;
    start.lastIndex = this.#at;
    if (!start.test(this.#source)) return false;
    const end = /[^]*?\*\/(?:\s-)?\}\}/y;
    end.lastIndex = start.lastIndex;
    if (!end.test(this.#source))
      throw new TemplateError('A comment of the template is not closed with "*/}}".', this.#at);
    this.#at = end.lastIndex;
    return true;
  }

  #action(first: Token, rest: readonly Token[], depth: number): void {
    if (first.kind !== 'keyword') {
      new Pipelines([first, ...rest], this.#variables).whole('command');
      return;
    }
    const { text, from } = first;
    if (text === 'if' || text === 'with' || text === 'range') return this.#control(text, first, rest, depth);
    if (text === 'break' || text === 'continue') {
      if (this.#ranges === 0) throw new TemplateError(`"${text}" stands outside of "range".`, from, from + text.length);
      return expectEnd(rest);
    }
    if (text === 'define' && depth > 0) throw unexpected(first);
    this.#named(text, rest, depth);
  }

  /** `template "name" value`, `define "name"` or `block "name" value`. */
  #named(word: string, rest: readonly Token[], depth: number): void {
    const [name, ...after] = rest.filter((token, index) => index > 0 || token.kind !== 'space');
    if (name?.kind !== 'text') throw unexpected(name ?? rest[0]!);
    const outside = this.#variables;
    if (word === 'define') this.#variables = ['$'];
    if (word === 'define') expectEnd(after);
    else if (word === 'block' || after.some(({ kind }) => kind !== 'space' && kind !== 'end'))
      new Pipelines(after, this.#variables).whole(word);
    if (word !== 'template') {
      if (word === 'block') this.#variables = ['$'];
      this.#close(this.#list(depth + 1), word);
    }
    this.#variables = outside;
  }

  #control(word: string, first: Token, rest: readonly Token[], depth: number): void {
    const outside = this.#variables;
    this.#variables = [...outside];
    new Pipelines(rest, this.#variables).whole(word);
    if (word === 'range') this.#ranges++;
    let stop = this.#list(depth + 1);
    if (word === 'range') this.#ranges--;
    if (stop.word === 'else') {
      const [next, ...condition] = stop.rest.filter(({ kind }, index) => index > 0 || kind !== 'space');
      if (word === 'if' && next?.kind === 'keyword' && next.text === 'if') {
        this.#control('if', first, condition, depth + 1);
        this.#variables = outside;
        return;
      }
      expectEnd(stop.rest);
      stop = this.#list(depth + 1);
    }
    this.#close(stop, word);
    this.#variables = outside;
  }

  #close(stop: Stop, word: string): void {
    if (stop.word !== 'end')
      throw new TemplateError(`"{{ ${word} }}" of the template has no "{{ end }}".`, stop.from - 1);
    expectEnd(stop.rest);
  }
}

/** Reads what stands in one action: `$x := value | function argument`. */
class Pipelines {
  readonly #tokens: readonly Token[];
  readonly #variables: string[];
  #at = 0;

  constructor(tokens: readonly Token[], variables: string[]) {
    this.#tokens = tokens;
    this.#variables = variables;
  }

  whole(context: string): void {
    this.#declarations(context);
    this.#pipeline(context, 'end');
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? this.#tokens.at(-1)!;
  }

  #skip(): Token {
    while (this.#peek().kind === 'space') this.#at++;
    return this.#peek();
  }

  #declarations(context: string): void {
    const names: string[] = [];
    const start = this.#at;
    while (this.#skip().kind === 'variable') {
      names.push(this.#peek().text);
      this.#at++;
      const next = this.#skip();
      if (next.kind === 'declare' || next.kind === 'assign') {
        this.#at++;
        this.#variables.push(...names);
        return;
      }
      if (next.kind !== 'comma' || context !== 'range' || names.length > 1) break;
      this.#at++;
    }
    this.#at = start;
  }

  #pipeline(context: string, end: 'end' | 'close'): void {
    for (let stage = 0; ; stage++) {
      const token = this.#skip();
      if (token.kind === end) {
        if (stage === 0)
          throw new TemplateError(`The template has nothing where "${context}" needs a value.`, token.from);
        return;
      }
      if (!OPERANDS.has(token.kind)) throw unexpected(token);
      if (stage > 0 && ['constant', 'text', 'dot'].includes(token.kind))
        throw new TemplateError(
          `"${token.text}" cannot stand behind "|"; a function can.`,
          token.from,
          token.from + token.text.length,
        );
      this.#command();
    }
  }

  #command(): void {
    for (;;) {
      this.#skip();
      this.#operand();
      const next = this.#peek();
      if (next.kind === 'pipe') this.#at++;
      if (next.kind === 'pipe' || next.kind === 'end' || next.kind === 'close') return;
      if (next.kind !== 'space') throw unexpected(next);
      const after = this.#skip();
      if (after.kind === 'end' || after.kind === 'close') return;
      if (after.kind === 'pipe') {
        this.#at++;
        return;
      }
      if (!OPERANDS.has(after.kind)) throw unexpected(after);
    }
  }

  #operand(): void {
    const token = this.#peek();
    this.#at++;
    if (token.kind === 'word' && !FUNCTIONS.has(token.text)) throw unknown(token);
    if (token.kind === 'variable' && !this.#variables.includes(token.text))
      throw new TemplateError(
        `The template has no variable "${token.text}".`,
        token.from,
        token.from + token.text.length,
      );
    if (token.kind === 'text') readable(token);
    if (token.kind === 'open') {
      this.#declarations('parenthesized pipeline');
      this.#pipeline('parenthesized pipeline', 'close');
      this.#at++;
    }
    const isBare = token.kind === 'constant' || token.kind === 'text' || token.kind === 'dot';
    if (isBare && this.#peek().kind === 'field') throw unexpected(this.#peek());
    while (this.#peek().kind === 'field') this.#at++;
  }
}

function expectEnd(tokens: readonly Token[]): void {
  const next = tokens.find(({ kind }) => kind !== 'space')!;
  if (next.kind !== 'end') throw unexpected(next);
}

const ESCAPES = /^(?:[^\\]|\\(?:[abfnrtv\\"]|[0-7]{3}|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}))*$/;

function readable({ text, from }: Token): void {
  if (text.startsWith('`') || ESCAPES.test(text.slice(1, -1))) return;
  throw new TemplateError(
    `The template has a text with an escape that Go does not know: ${text}.`,
    from,
    from + text.length,
  );
}

function unexpected({ kind, text, from }: Token): TemplateError {
  const found =
    kind === 'end' ? 'The action of the template ends too early' : `The template has "${text}" where it cannot stand`;
  return new TemplateError(`${found}. Check what is before it.`, from, from + text.length);
}

function unknown({ text, from }: Token): TemplateError {
  const near = nearest(text, [...FUNCTIONS], Math.max(1, Math.floor(text.length / 3)));
  const advice =
    near === undefined
      ? "Prometheus' template functions are humanize, printf and the like."
      : `Did you mean "${near}"?`;
  return new TemplateError(`The template has no function "${text}". ${advice}`, from, from + text.length);
}
