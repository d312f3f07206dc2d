import type { Path } from '../config/yamlFile.ts';
import type { Rule } from '../model/rule.ts';
import type { CompiledAlert } from '../rules/compile.ts';
import { boundsOf, type Bounds } from './bounds.ts';
import type { World } from './world.ts';

/** One limit a rule judges by, with what its value can be. */
export interface Step {
  readonly rule: Rule;
  /** `above 95%`, as written. */
  readonly shown: string;
  readonly bounds: Bounds;
  /** Values at which crossing or clearing can change. */
  readonly limits: readonly number[];
  readonly crosses: (value: number) => boolean;
  readonly clears: (value: number) => boolean;
  /** Where the limit and what clears it stand. */
  readonly path: Path;
  readonly clearPath: Path;
  readonly span?: readonly [number, number];
}

/** Every level of every alert, and the comparison with a number at the root of plain ones. */
export function stepsOf({ alerts, inputs }: World): readonly Step[] {
  return alerts.flatMap((alert) => {
    if (alert.rule.levels.length > 0) return levelSteps(alert, boundsOf(alert.plan.expr, inputs));
    const { root, expr } = alert.plan;
    if (root?.threshold === undefined) return [];
    const { op, threshold } = root;
    const bounds = boundsOf(root.left.expr, inputs);
    const crosses = (value: number) => COMPARE[op](value, threshold);
    return [
      {
        rule: alert.rule,
        shown: `${op} ${threshold}`,
        bounds,
        limits: [threshold],
        crosses,
        clears: (value) => !crosses(value),
        path: ['expr'],
        clearPath: ['expr'],
        span: [expr.from, expr.to] as const,
      },
    ];
  });
}

const COMPARE = {
  '==': (a: number, b: number) => a === b,
  '!=': (a: number, b: number) => a !== b,
  '>': (a: number, b: number) => a > b,
  '<': (a: number, b: number) => a < b,
  '>=': (a: number, b: number) => a >= b,
  '<=': (a: number, b: number) => a <= b,
};

function levelSteps({ rule }: CompiledAlert, bounds: Bounds): readonly Step[] {
  return rule.levels.map(({ name, above, below, clear, written }) => {
    const side = above === undefined ? 'below' : 'above';
    return {
      rule,
      shown: `${side} ${written}`,
      bounds,
      limits: [above ?? below!, clear],
      crosses: (value) => (above === undefined ? value < below! : value > above),
      clears: (value) => (above === undefined ? value >= clear : value <= clear),
      path: ['levels', name, side],
      clearPath: ['levels', name, 'clear'],
    };
  });
}

/** Whether some value that the expression can take passes: what it does at its ends and at the limits tells. */
export function isReachable({ bounds, limits }: Step, passes: (value: number) => boolean): boolean {
  const within = limits.filter((value) => value >= bounds.min && value <= bounds.max);
  return [bounds.min, bounds.max, ...within].some(passes);
}

/** `0 or more`, `0 to 1`. */
export function printBounds({ min, max }: Bounds): string {
  if (max === Infinity) return min === -Infinity ? 'anything' : `${min} or more`;
  return min === -Infinity ? `${max} or less` : `${min} to ${max}`;
}
