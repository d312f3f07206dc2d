import { parser } from '@prometheus-io/lezer-promql';
import type { SyntaxNode } from '@lezer/common';
import type { Span } from '../ast.ts';
import { PromqlError, Unsupported } from '../errors.ts';
import { assertLabelName } from '../labelName.ts';
import { refusalOf } from '../refused.ts';
import { readText } from './literals.ts';
import { suggestFunction } from './suggest.ts';

/** One expression's text with its syntax tree. */
export interface Source {
  readonly text: string;
  readonly root: SyntaxNode;
}

/** @throws {PromqlError} where the text stops being PromQL. */
export function readTree(text: string): Source {
  const tree = parser.parse(forGrammar(text));
  let wrong: Span | undefined;
  tree.iterate({
    enter: (node) => {
      if (node.name === 'StringLiteral') readQuoted(text, node);
      if (node.type.isError) wrong ??= { from: node.from, to: node.to };
      return wrong === undefined;
    },
  });
  if (wrong !== undefined) throw explain(text, wrong);
  const root = childrenOf(tree.topNode)[0];
  if (root === undefined) throw new PromqlError('The expression is empty. An expression is needed.', whole(text));
  return { text, root };
}

const UNKNOWN_TO_GRAMMAR =
  /("(?:\\[^]|[^"\\])*"|'(?:\\[^]|[^'\\])*'|`[^`]*`|#[^\n]*)|(?<![\w.:])(\d+)\.(?![\w.])|(?<=(?:^|[-(,+*/%^<>=])\s*)offset(?![\w:(])/gi;

/** Prometheus reads `1.` as 1 and `offset` as a metric where an operand stands, the grammar does not; places stay what they are. */
function forGrammar(text: string): string {
  return text.replaceAll(UNKNOWN_TO_GRAMMAR, (all: string, quoted: string | undefined, digits: string | undefined) => {
    if (quoted !== undefined) return all;
    return digits === undefined ? '_ffset' : `${digits} `;
  });
}

/** The node's children; comments left out. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'LineComment') found.push(child);
  }
  return found;
}

/** The source text of a node. */
export function textOf(source: Source, node: Span): string {
  return source.text.slice(node.from, node.to);
}

/** A node's place, without the node. */
export function spanOf({ from, to }: Span): Span {
  return { from, to };
}

/** The text that a quoted node stands for. @throws {PromqlError} */
export function readQuoted(source: string, node: Span): string {
  const quoted = source.slice(node.from, node.to);
  const text = readText(quoted);
  if (text !== undefined) return text;
  throw new PromqlError(`${quoted} is not a closed text with known escapes. Check its quotes.`, node);
}

/** Like `readQuoted`, for a text that names a label. @throws {PromqlError} */
export function readLabelName(source: string, node: Span): string {
  const name = readQuoted(source, node);
  assertLabelName(name, node);
  return name;
}

const DURATION_FUNCTION = /^(?:(?:min|max)(?:_of)?|step|range)\s*\(/i;

function explain(text: string, wrong: Span): PromqlError {
  if (text.trim() === '') return new PromqlError('The expression is empty. An expression is needed.', whole(text));
  const called = /([a-zA-Z_]\w*)\s*$/.exec(text.slice(0, wrong.from));
  if (called !== null && text[wrong.from] === '(') return unknownFunction(called[1]!, called.index);
  if (text.slice(wrong.from).trim() === '') {
    return new PromqlError('The expression ends too early. An operand or a closing bracket is missing.', wrong);
  }
  const found = /\S\w*/.exec(text.slice(wrong.from))![0];
  const from = text.indexOf(found, wrong.from);
  if (DURATION_FUNCTION.test(text.slice(from)) && isDuration(text.slice(0, from))) {
    return new Unsupported(`experimental duration arithmetic "${found}"`, { from, to: from + found.length });
  }
  const advice = isLong(text.slice(0, from))
    ? `Check the expression before it. ${TOO_LONG}`
    : 'Check the expression before it.';
  return new PromqlError(`"${found}" is not expected here. ${advice}`, { from, to: from + found.length });
}

/** The grammar gives up at between 260 and 900 operators in a row or brackets in each other, by what stands between them. */
const FEW = 250;
const TOO_LONG = `If that is right, it is too long: more than ${FEW} operators or open brackets may not be read. Record parts of it.`;

function isLong(before: string): boolean {
  return (before.match(/[-+*/%^(<>]|[=!]=|\b(?:and|or|unless|atan2)\b/gi) ?? []).length > FEW;
}

/** Whether a duration is expected behind this text. */
function isDuration(before: string): boolean {
  return before.lastIndexOf('[') > before.lastIndexOf(']') || /\boffset\s*[-+(]*\s*$/i.test(before);
}

function unknownFunction(name: string, from: number): PromqlError {
  const refusal = refusalOf(name, from);
  if (refusal !== undefined) return refusal;
  const near = suggestFunction(name);
  const advice = near === undefined ? 'Check its name.' : `Did you mean "${near}"?`;
  return new PromqlError(`"${name}" is not a PromQL function. ${advice}`, { from, to: from + name.length });
}

function whole(text: string): Span {
  return { from: 0, to: text.length };
}
