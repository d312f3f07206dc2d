import { groupBy } from '../model/group.ts';
import { COMPARE, divide, Family, run, sheets } from '../promql/index.ts';
import type { Both, Division, Frame, Plan } from '../promql/index.ts';

/** Evaluates the expression of an alerting rule. */
export type Evaluator = (frame: Frame) => Both;

/** An alerting rule's expression, and its left side when it is a plain rule with a comparison at its root. */
export interface Subject {
  readonly plan: Plan;
  readonly judged: Plan | undefined;
}

/**
 * The evaluators of a group's rules, in their order; `undefined` stands for a recording rule. Rules between two of those that differ only
 * in what they select and in their threshold are evaluated together.
 */
export function evaluatorsOf(subjects: readonly (Subject | undefined)[]): readonly (Evaluator | undefined)[] {
  let recorded = 0;
  const kin = subjects.map((subject) => {
    if (subject === undefined) recorded++;
    const division = subject && divide(dividedOf(subject).expr);
    return division && { subject, division, key: `${recorded} ${division.key}` };
  });
  const families = new Map<string, Family>();
  for (const [key, members] of groupBy(
    kin.filter((one) => one !== undefined),
    ({ key: own }) => own,
  ))
    if (members.length > 1) families.set(key, new Family(members.map(memberOf)));
  return subjects.map((subject, index) => {
    const { key = '', division } = kin[index] ?? {};
    const family = families.get(key);
    if (subject === undefined) return undefined;
    return family && division ? together(subject, division, family) : alone(subject);
  });
}

/** What is evaluated for all of a family: a number at the other side of the root is each rule's own. */
function dividedOf({ plan, judged }: Subject): Plan {
  return judged !== undefined && plan.root?.threshold !== undefined ? judged : plan;
}

function memberOf({ subject, division }: { readonly subject: Subject; readonly division: Division }) {
  const { expr, leaves } = dividedOf(subject);
  return { expr, division, selections: leaves.map(({ selection }) => selection) };
}

function alone({ plan, judged }: Subject): Evaluator {
  return (frame) => {
    const result = run(plan, frame);
    return { result, compared: judged === undefined ? result : run(judged, frame) };
  };
}

function together(subject: Subject, { values }: Division, family: Family): Evaluator {
  const byItself = alone(subject);
  const { judged, plan } = subject;
  const cut = cutter(judged === undefined ? 'result' : plan.root!);
  return (frame) => {
    const both = family.run(frame);
    return both === undefined ? byItself(frame) : cut(both, family.cut(values));
  };
}

/** Takes one member's places out of the columns of all, and compares them with its threshold. */
function cutter(root: NonNullable<Plan['root']> | 'result'): (all: Both, cut: ReturnType<Family['cut']>) => Both {
  const compared = sheets();
  const result = sheets();
  const threshold = root === 'result' ? undefined : root.threshold;
  const holds = root === 'result' ? undefined : COMPARE[root.op];
  return (all, { shape, places }) => {
    const { values, present } = root === 'result' ? all.result : all.compared;
    const own = compared(shape);
    const kept = result(shape);
    kept.values = own.values;
    for (let index = 0; index < places.length; index++) {
      const place = places[index]!;
      const value = values[place]!;
      own.values[index] = value;
      own.present[index] = present[place]!;
      if (threshold === undefined) kept.present[index] = all.result.present[place]!;
      else kept.present[index] = present[place] === 1 && holds!(value, threshold) ? 1 : 0;
    }
    return { result: kept, compared: own };
  };
}
