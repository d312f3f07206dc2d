import type { SyntaxNode } from '@lezer/common';
import type { Binary, Expr } from '../ast.ts';
import { Unsupported } from '../errors.ts';
import { readAtom } from './atoms.ts';
import { flatten, type Item } from './flatten.ts';
import { readNumber } from './literals.ts';
import { readModifiers } from './modifiers.ts';
import { applyPostfix } from './postfix.ts';
import { readTree, textOf, type Source } from './tree.ts';

/** Reads an expression; types are not checked here. @throws {PromqlError} */
export function parse(text: string): Expr {
  const source = readTree(text);
  return readExpr(source, source.root);
}

/** How tightly an operator binds; `^` alone groups to the right. */
const BINDING: Readonly<Record<Binary['op'], number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '>': 3,
  '<': 3,
  '>=': 3,
  '<=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};
const POWER = BINDING['^'];

function readExpr(source: Source, node: SyntaxNode): Expr {
  return readOperations({ source, items: flatten(source.text, node), at: 0 }, 0);
}

interface Reader {
  readonly source: Source;
  readonly items: readonly Item[];
  at: number;
}

/** Precedence climbing: takes operators that bind at least as tightly as `least`. */
function readOperations(reader: Reader, least: number): Expr {
  let left = readOperand(reader);
  for (;;) {
    const item = reader.items[reader.at];
    if (item?.kind !== 'operator') return left;
    const op = textOf(reader.source, item.node).toLowerCase();
    if (!isOperator(op)) throw new Unsupported(`native histogram operator "${op}"`, item.node);
    if (BINDING[op] < least) return left;
    reader.at++;
    const right = readOperations(reader, op === '^' ? POWER : BINDING[op] + 1);
    const modifiers = readModifiers(reader.source, item.modifiers);
    left = { kind: 'binary', op, left, right, ...modifiers, from: left.from, to: right.to };
  }
}

function isOperator(op: string): op is Binary['op'] {
  return Object.hasOwn(BINDING, op);
}

function readOperand(reader: Reader): Expr {
  const item = reader.items[reader.at++]!;
  if (item.kind === 'sign') return signed(item.op, readOperations(reader, POWER), item.from);
  let operand = readItem(reader.source, item);
  for (let next = reader.items[reader.at]; next?.kind === 'postfix'; next = reader.items[++reader.at]) {
    operand = applyPostfix(reader.source, operand, next.node);
  }
  return operand;
}

function readItem(source: Source, item: Item): Expr {
  if (item.kind === 'number') {
    return { kind: 'number', value: readNumber(textOf(source, item)), from: item.from, to: item.to };
  }
  if (item.kind !== 'atom') throw new TypeError(`An operand was expected, not a ${item.kind}.`);
  return readAtom(source, item.node, (node) => readExpr(source, node));
}

function signed(op: '+' | '-', operand: Expr, from: number): Expr {
  if (operand.kind !== 'number') return { kind: 'unary', op, operand, from, to: operand.to };
  return { ...operand, value: op === '-' ? -operand.value : operand.value, from };
}
