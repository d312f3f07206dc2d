import { RE2JS } from 're2js';
import { NAME, type Labels } from '../../model/labels.ts';
import type { Call, Expr } from '../ast.ts';
import { NotAhead, PromqlError } from '../errors.ts';
import { elementsOf } from '../column.ts';
import { assertLabelName } from '../labelName.ts';
import { assertDistinct } from '../labels.ts';
import { listed } from '../listed.ts';
import { remember } from '../remember.ts';
import { Shape } from '../shape.ts';
import type { Compiled, Element, Vector } from '../value.ts';
import { expand } from './expand.ts';
import type { FunctionTable } from './definition.ts';

/** Functions that write one label from others. */
export const RELABEL: FunctionTable = {
  label_replace: {
    kind: 'whole',
    args: ['vector', 'string', 'string', 'string', 'string'],
    returns: 'vector',
    compile: labelReplace,
  },
  label_join: {
    kind: 'whole',
    args: ['vector', 'string', 'string', 'string'],
    optional: 1,
    variadic: true,
    returns: 'vector',
    compile: labelJoin,
  },
};

function labelReplace([input]: readonly Compiled[], { args }: Call): Vector {
  const [target, template, from] = args.slice(1).map(textOf) as [string, string, string];
  assertLabelName(target, args[1]!);
  const pattern = compilePattern(args[4]!);
  return relabelled(input as Vector, target, (labels) => {
    const match = pattern.matcher(labels[from] ?? '');
    return match.matches() ? expand(template, match) : undefined;
  });
}

function labelJoin([input]: readonly Compiled[], { args }: Call): Vector {
  const [target, separator, ...from] = args.slice(1).map(textOf) as [string, string, ...string[]];
  assertLabelName(target, args[1]!);
  return relabelled(input as Vector, target, (labels) => from.map((name) => labels[name] ?? '').join(separator));
}

/** Writes the label; `undefined` leaves an element as it is, an empty text takes the label away. */
function relabelled(input: Vector, target: string, valueOf: (labels: Labels) => string | undefined): Vector {
  const labelsOf = remember((labels: Labels): Labels => {
    const value = valueOf(labels);
    if (value === undefined) return labels;
    const { [target]: _, ...rest } = labels;
    return value === '' ? rest : { ...rest, [target]: value };
  });
  const relabelledShape = remember(({ labels, nameless }: Shape) => {
    const written = labels.map(labelsOf);
    const stays = target === NAME ? nameless?.map((one, place) => one && written[place] === labels[place]) : nameless;
    return new Shape(written, stays);
  });
  const { run } = listed((frame) => {
    const elements = elementsOf(input.run(frame)).map(({ labels, value, nameless }): Element => {
      const written = labelsOf(labels);
      return { labels: written, value, nameless: target === NAME && written !== labels ? undefined : nameless };
    });
    assertDistinct(elements);
    return elements;
  });
  return {
    type: 'vector',
    run: (frame) => {
      const column = input.run(frame);
      const shape = relabelledShape(column.shape);
      if (shape.isDistinct && shape.nameless === undefined) return { ...column, shape };
      if (frame.instants !== undefined) throw new NotAhead();
      return run(frame);
    },
  };
}

function textOf(expr: Expr): string {
  return expr.kind === 'text' ? expr.value : '';
}

function compilePattern(expr: Expr): RE2JS {
  try {
    return RE2JS.compile(textOf(expr), RE2JS.DOTALL);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PromqlError(`"${textOf(expr)}" is not a regular expression in RE2 syntax: ${reason}.`, expr);
  }
}
