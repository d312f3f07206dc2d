import { groupBy } from '../model/group.ts';
import { run, type Both, type Frame, type Plan, type Shape } from '../promql/index.ts';
import { divide, Family } from '../promql/index.ts';
import { Kin } from './kin.ts';

/** An alerting rule's expression, and its left side when it is a plain rule with a comparison at its root. */
export interface Subject {
  readonly plan: Plan;
  readonly judged: Plan | undefined;
  readonly calm: Calm;
}

/** The values at which nothing is in breach, both ends included; those of a comparison are not in the result then. */
export interface Calm {
  readonly isInResult: boolean;
  readonly lowest: number;
  readonly highest: number;
}

/** Evaluates the expression of an alerting rule. */
export interface Evaluator {
  readonly run: (frame: Frame) => Both;
  /** True when it is certain, without a look at each of these places by itself, that all have calm values and fresh inputs. */
  readonly isCalm: (frame: Frame, shape: Shape | undefined) => boolean;
}

/**
 * The evaluators of a group's rules, in their order; `undefined` stands for a recording rule. Rules between two of those that differ only
 * in what they select and in their threshold are evaluated together.
 */
export function evaluatorsOf(subjects: readonly (Subject | undefined)[]): readonly (Evaluator | undefined)[] {
  let recorded = 0;
  const known = subjects.map((subject) => {
    if (subject === undefined) recorded++;
    const division = subject && divide(Kin.part(subject).expr);
    return division && { ...Kin.part(subject), division, key: `${recorded} ${division.key}` };
  });
  const alike = groupBy(
    known.filter((one) => one !== undefined),
    ({ key }) => key,
  );
  const families = new Map([...alike].flatMap(([key, all]) => (all.length > 1 ? [[key, new Family(all)]] : [])));
  return subjects.map((subject, index) => {
    const { key = '', division } = known[index] ?? {};
    const family = families.get(key);
    if (subject === undefined) return undefined;
    return family && division ? new Kin(subject, family, { division, alone: alone(subject) }) : alone(subject);
  });
}

function alone({ plan, judged }: Subject): Evaluator {
  const evaluate = (frame: Frame): Both => {
    const result = run(plan, frame);
    return { result, compared: judged === undefined ? result : run(judged, frame) };
  };
  return { run: evaluate, isCalm: () => false };
}
