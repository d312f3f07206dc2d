/** What Go's `text/template` makes of an action's characters. */
export type TokenKind =
  | 'space'
  | 'pipe'
  | 'declare'
  | 'assign'
  | 'comma'
  | 'open'
  | 'close'
  | 'variable'
  | 'field'
  | 'dot'
  | 'word'
  | 'keyword'
  | 'constant'
  | 'text'
  | 'char'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly from: number;
}

export class TemplateError extends Error {
  readonly span: readonly [from: number, to: number];

  constructor(message: string, from: number, to = from + 1) {
    super(message);
    this.span = [from, Math.max(from + 1, to)];
  }
}

const KEYWORDS = new Set(['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'range', 'template', 'with']);

/** What may follow a name. */
const AFTER_NAME = String.raw`(?=[\s.,|:()]|\}\}|$)`;
const NUMBER = String.raw`[+-]?(?:0[xX][\da-fA-F_]+(?:\.[\da-fA-F_]*)?(?:[pP][+-]?\d+)?|0[bB][01_]+|0[oO]?[0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)i?(?![\w.])`;

const PATTERNS: readonly (readonly [TokenKind | 'name', RegExp])[] = (
  [
    ['space', String.raw`\s+`],
    ['declare', ':='],
    ['assign', '='],
    ['pipe', String.raw`\|`],
    ['comma', ','],
    ['open', String.raw`\(`],
    ['close', String.raw`\)`],
    ['text', String.raw`"(?:\\[^\n]|[^"\\\n])*"|${'`[^`]*`'}`],
    ['constant', String.raw`'(?:\\[^\n]+?|[^'\\\n])'`],
    ['constant', NUMBER],
    ['variable', String.raw`\$[\p{L}\p{Nd}_]*${AFTER_NAME}`],
    ['field', String.raw`\.[\p{L}_][\p{L}\p{Nd}_]*${AFTER_NAME}`],
    ['dot', String.raw`\.${AFTER_NAME}`],
    ['name', String.raw`[\p{L}_][\p{L}\p{Nd}_]*${AFTER_NAME}`],
    ['char', '[!-~]'],
  ] as const
).map(([kind, source]) => [kind, new RegExp(source, 'uy')] as const);

/** One `{{ … }}` as tokens, and where it ends. @throws {TemplateError} */
export function readAction(source: string, from: number): { readonly tokens: readonly Token[]; readonly to: number } {
  const tokens: Token[] = [];
  let depth = 0;
  for (let at = from; ;) {
    const closed = /(?:\s-)?\}\}/y;
    closed.lastIndex = at;
    if (closed.test(source)) {
      if (depth > 0) throw new TemplateError('A bracket of the template is not closed. Close it with ")".', at);
      return { tokens: [...tokens, { kind: 'end', text: '}}', from: at }], to: closed.lastIndex };
    }
    const token = tokenAt(source, at);
    depth += token.kind === 'open' ? 1 : token.kind === 'close' ? -1 : 0;
    if (depth < 0) throw new TemplateError('The template closes a bracket that is not open. Take ")" out.', at);
    tokens.push(token);
    at += token.text.length;
  }
}

function tokenAt(source: string, at: number): Token {
  if (at >= source.length) throw new TemplateError('The template has "{{" without "}}". Close it.', source.length - 1);
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    if (text === undefined) continue;
    return { kind: kind === 'name' ? kindOfName(text) : kind, text, from: at };
  }
  throw new TemplateError(
    `The template has "${source.slice(at, at + 1)}" where no template has it. Check what is before it.`,
    at,
  );
}

function kindOfName(text: string): TokenKind {
  if (KEYWORDS.has(text)) return 'keyword';
  return text === 'true' || text === 'false' || text === 'nil' ? 'constant' : 'word';
}
