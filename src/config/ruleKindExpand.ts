import type { z } from 'zod';
import type { ConfigError } from './error.ts';
import { unknownWord } from './nearest.ts';
import type { Complain, Entry } from './ruleFile.ts';
import { PLACEHOLDER, type RuleKind, type RuleKinds } from './ruleKinds.ts';
import { printAs, type Known } from './ruleKindValue.ts';
import type { kindRuleSchema } from './ruleSchema.ts';

type KindRule = z.output<typeof kindRuleSchema>;
type Span = readonly [from: number, to: number];

export interface ExpandWorld {
  readonly kinds: RuleKinds;
  readonly known: Known;
  readonly complain: Complain;
}

export interface Expansion {
  readonly kind: RuleKind;
  readonly expr: string;
  /** Parameter → what stands for it in `expr`. */
  readonly printed: Readonly<Record<string, string>>;
  /** Points at what a part of `expr` comes from: the rule's line, and the kind's below. */
  readonly errorAt: (span: Span, message: string) => ConfigError;
}

/** Puts a rule's values into its kind's expression; complains of each that does not fit. */
export function expandKind(rule: KindRule, entry: Entry, world: ExpandWorld): Expansion | undefined {
  const { yaml, path } = entry;
  const kind = world.kinds.get(rule.kind);
  if (kind === undefined) {
    world.complain(yaml.error([...path, 'kind'], unknownWord('kind', rule.kind, world.kinds.keys())));
    return undefined;
  }
  const printed = printValues(rule.with, kind, entry, world);
  return printed && { kind, printed, ...fill(kind, printed, entry) };
}

function printValues(
  written: KindRule['with'],
  { yaml: kindFile, kind, parameters }: RuleKind,
  { yaml, path }: Entry,
  { known, complain }: ExpandWorld,
): Readonly<Record<string, string>> | undefined {
  const printed: Record<string, string> = {};
  const names = Object.keys(parameters);
  const unknown = Object.keys(written).filter((name) => !names.includes(name));
  for (const name of unknown) {
    complain(yaml.errorAtKey([...path, 'with', name], unknownWord(`parameter of ${kind}`, name, names)));
  }
  for (const [name, parameter] of Object.entries(parameters)) {
    const declared = kindFile.errorAtKey(['parameters', name], `${name} is ${parameter.about}`);
    const value = Object.hasOwn(written, name) ? written[name] : parameter.default;
    const at = Object.hasOwn(written, name) ? ['with', name] : ['kind'];
    const result =
      value === undefined
        ? { problem: `missing parameter "${name}"; write it as with: { ${name}: … }` }
        : printAs(parameter.type, value, known);
    if ('text' in result) printed[name] = result.text;
    else complain(yaml.error([...path, ...at], result.problem).and(declared));
  }
  return unknown.length === 0 && names.every((name) => Object.hasOwn(printed, name)) ? printed : undefined;
}

/** A stretch of the expansion and the stretch of the kind's `expr` that it comes from. */
interface Piece {
  readonly to: number;
  readonly template: Span;
  readonly name?: string;
}

function fill(
  { yaml: kindFile, kind, expr: template }: RuleKind,
  printed: Readonly<Record<string, string>>,
  { yaml, path }: Entry,
): Pick<Expansion, 'expr' | 'errorAt'> {
  const pieces: Piece[] = [];
  let expr = '';
  let done = 0;
  for (const { index, 0: whole, 1: name = '' } of template.matchAll(PLACEHOLDER)) {
    const text = printed[name] ?? whole;
    expr += template.slice(done, index);
    if (text === '') expr = expr.replace(/,\s*$/, '');
    pieces.push({ to: expr.length, template: [done, index] });
    expr += text;
    done = index + whole.length;
    pieces.push({ to: expr.length, template: [index, done], name });
  }
  expr += template.slice(done);
  pieces.push({ to: Infinity, template: [done, template.length] });
  const errorAt = ([from, to]: Span, message: string) => {
    const index = pieces.findIndex((piece) => from < piece.to);
    const { template: at, name } = pieces[index]!;
    const moved = at[0] - (pieces[index - 1]?.to ?? 0);
    const span: Span = name === undefined ? [from + moved, Math.min(to + moved, at[1])] : at;
    const place = name === undefined ? ['kind'] : ['with', name];
    return yaml
      .error([...path, ...place], message)
      .and(kindFile.errorInside(['expr'], span, `here, where kind ${kind} is expanded`));
  };
  return { expr: expr.trimEnd(), errorAt };
}
